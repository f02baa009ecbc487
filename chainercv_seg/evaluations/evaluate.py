"""The evaluation loop: a network's predictions on a data set, counted as they come."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from functools import partial
from typing import Any, Protocol

import numpy as np

from chainercv_seg.evaluations.agreement import evaluation_terms, require_agreement
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.data_protocol import data_protocol
from chainercv_seg.evaluations.evaluation_result import EvaluationResult
from chainercv_seg.evaluations.gpu_plans import gpu_terms, share_plans
from chainercv_seg.evaluations.identity import evaluation_identity
from chainercv_seg.evaluations.image_stamps import ImageStamps
from chainercv_seg.evaluations.journal import Journal
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES, AbsentClass
from chainercv_seg.evaluations.predicted_counts import naming, predicted_counts
from chainercv_seg.evaluations.progress import show_progress
from chainercv_seg.evaluations.samples import sample_name
from chainercv_seg.evaluations.shares import share_of_rank
from chainercv_seg.evaluations.side_by_side import choose_threads
from chainercv_seg.evaluations.sum_over_ranks import sum_over_ranks
from chainercv_seg.utils.arguments import check_able, positive_int
from chainercv_seg.utils.rank_watch import watched

#: Called with the number of an image in the whole data set, the image ``(3, H, W)``, its label map
#: ``(H, W)`` or None where the data set has no labels, and its prediction ``(H, W)``.
OnImage = Callable[[int, np.ndarray, np.ndarray | None, np.ndarray], None]
#: Called with all that is known of an image that is done: its number in the whole data set, its counts.
OnDone = Callable[[Entry], None]


class SegmentationLink(Protocol):
    """What the loop asks of a network."""

    def predict(self, imgs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Label maps ``(H, W)`` of images ``(3, H, W)``."""


def evaluate(
    link: SegmentationLink,
    dataset: Any,
    *,
    label_names: Sequence[str],
    batchsize: int = 1,
    absent_class: AbsentClass = 'skip',
    protocol: Mapping[str, Any] | None = None,
    weights: str | None = None,
    weights_sha256: str | None = None,
    on_image: OnImage | None = None,
    on_done: OnDone | None = None,
    measures: Sequence[Measure] = (),
    share: tuple[int, int] = (1, 1),
    resume: str | os.PathLike[str] | None = None,
    mixed_gpus: bool = False,
    details: Mapping[str, Any] | None = None,
    comm: Any = None,
) -> EvaluationResult:
    """Evaluate a network on a data set.

    Samples are read in threads while the network predicts those before; with a network on a GPU images are
    counted while it predicts those after, too. Predictions are counted and forgotten, so that memory does not
    grow with the data set. Progress is shown on standard error: a bar on a
    terminal, elsewhere a line every ten seconds.

    With a communicator all its ranks call this function alike. Before the first image they compare what
    they are about to do. Each reads and predicts only its own share of the images, and at the end the counts
    are summed up over the ranks. A rank in which this raises leaves the others waiting: see
    :func:`chainercv_seg.utils.abort_on_failure`. A rank that is not heard of for ten minutes ends all, and
    so does an image that takes as long: see its ``rank_timeout``.

    Args:
        link: Its ``predict`` takes a list of images and returns their label maps.
        dataset: ``len(dataset)`` samples ``(img, label)``: ``(3, H, W)`` float32 RGB in [0, 255] and
            ``(H, W)`` integers, -1 for void. Or images alone, as test splits have them: they are
            predicted, and nothing is counted. Several threads index it at a time. Ranks compare some of the
            label maps: these must be the same whenever they are read.
        label_names: A name for each class; their number is the number of classes.
        batchsize: Images given to ``predict`` at once.
        absent_class: The policy for classes in neither truth nor prediction; see :func:`metrics.iou`.
        protocol: What the caller wants to say of the data. What ``link.protocol`` says of the
            network and its inference, where it has that attribute, the number of images, how many of
            them EXIF turns, if any, and the policy for absent classes are added.
        weights: What the network's weights are called.
        weights_sha256: Hash of their file.
        on_image: Called once an image, in the order of the data set, in the rank that predicted it.
            Images that are done in the journal are not predicted again.
        on_done: Called once an image, before ``on_image``, and for those that are done in the journal
            too.
        measures: What to measure besides; see :func:`~chainercv_seg.evaluations.measures.make_measures`.
        share: Which share of the images, from 1 on, of how many: only these are evaluated. The journal is
            that of all images, so that those of all shares can be merged; see
            :func:`~chainercv_seg.evaluations.merge_journals.merge_journals`.
        resume: The journal of finished images: what is in it is not done again, what is done is appended.
            It is made if it is missing; see :class:`~chainercv_seg.evaluations.journal.Journal`. It goes
            with the weights: ``weights_sha256``, or else the parameters of the link; and with the
            data: the files of ``dataset.sample_files``, where there are any, and ``protocol['data']``.
            An image that has changed since it was counted is an error; a copy of it is none.
        mixed_gpus: Whether ranks, and the runs of a journal, may have GPUs of different kinds: counts then
            depend a little on which predicted what, fewer than one pixel in 10,000.
        details: What the header of the journal says besides, as JSON has it. It is not compared.
        comm: A ChainerMN communicator, or None for one process.

    Returns:
        Counts, scores, protocol; the same in all ranks.

    Raises:
        DatasetError: An image and its label map differ in size, or a label is outside the classes.
        RankError: In all ranks: these have not the same network, weights, data, class names, protocol and
            versions. Nothing was written.
        JournalError: ``resume`` is not the journal of this evaluation.
        ValueError: With ``resume``: there is nothing to tell the weights or the data from others.
            ``batchsize`` or ``absent_class`` is no value that there is, or the network predicts
            labels outside the classes. What is raised in the course of the loop names the images in
            question, in its message or in its notes.
    """
    positive_int(batchsize, name='batchsize')
    check_able(link, 'predict', name='link')
    if absent_class not in ABSENT_CLASS_POLICIES:
        raise ValueError(
            f'absent_class must be one of {ABSENT_CLASS_POLICIES}, not {absent_class!r}'
        )
    start = time.monotonic()
    rank, size = (0, 1) if comm is None else (comm.rank, comm.size)
    protocol = {
        **(protocol or {}),
        'images': len(dataset),
        **data_protocol(dataset),
        **getattr(link, 'protocol', {}),
        'absent_class': absent_class,
    }
    matrix = ConfusionMatrix(len(label_names))
    sums = MeasureSums(measures, label_names)
    indices = share_of_rank(len(dataset), share, rank, size)
    done: set[int] = set()
    with watched(comm.mpi_comm) if size > 1 else nullcontext(), ExitStack() as stack:
        if size > 1:
            terms = evaluation_terms(
                link,
                dataset,
                label_names=label_names,
                protocol=protocol,
                weights_sha256=weights_sha256,
            )
            terms |= {'share': share, **gpu_terms(link, mixed=mixed_gpus)}
            require_agreement(comm.mpi_comm, terms)
            share_plans(comm.mpi_comm, link, partial(_warm_up, link, dataset))
        journal, stamps = None, ImageStamps(dataset)
        if resume is not None:
            identity = evaluation_identity(
                link,
                dataset,
                label_names=label_names,
                protocol=protocol,
                weights_sha256=weights_sha256,
                weights=weights,
                mixed_gpus=mixed_gpus,
                details=details,
            )
            journal = stack.enter_context(
                Journal(
                    resume,
                    identity,
                    n_class=matrix.n_class,
                    n_image=len(dataset),
                    stamps=stamps,
                    rank=rank,
                    size=size,
                )
            )
            done = journal.load(matrix, indices, on_done, sums)
        n_own = len(share_of_rank(len(dataset), share, 0, 1))
        progress = stack.enter_context(show_progress(n_own, done=len(done), comm=comm))
        images = predicted_counts(
            link,
            dataset,
            [i for i in indices if i not in done],
            batchsize=batchsize,
            n_class=matrix.n_class,
            sums=sums,
            before_read=None if journal is None else stamps.take,
            threads=choose_threads(link, comm if size > 1 else None),
        )
        stack.enter_context(closing(images))
        for (i, img, label), pred, entry in images:
            with naming(dataset, i):
                if on_done is not None:
                    on_done(entry)
                if on_image is not None:
                    on_image(i, img, label, pred)
            matrix.merge(entry.counts)
            sums.add(i, entry.counts, entry.tallies)
            if journal is not None:
                journal.append(entry)
            progress(1, sample_name(dataset, i))
            del img, label, pred  # before the next one is predicted
        stack.close()  # a rank that waits for the others is at no image
        n_done = len(done)
        if comm is not None:
            n_done = _sum_up(comm, matrix, sums, n_done)
    if share[1] > 1:
        protocol['share'] = f'{share[0]}/{share[1]}'
    return EvaluationResult(
        counts=matrix.counts,
        void_predictions=matrix.void_predictions,
        label_names=tuple(label_names),
        protocol=protocol,
        weights=weights,
        weights_sha256=weights_sha256,
        seconds=time.monotonic() - start,
        resumed=n_done,
        measures=sums.scores(matrix, absent_class),
    )


def _warm_up(link: SegmentationLink, dataset: Any) -> None:
    """Predict an image, as most will be."""
    if len(dataset):
        sample = dataset[0]
        link.predict([sample if isinstance(sample, np.ndarray) else sample[0]])


def _sum_up(comm: Any, matrix: ConfusionMatrix, sums: MeasureSums, n_done: int) -> int:
    """Add what the other ranks have counted; return how many images earlier runs of all had done."""
    arrays = [matrix.counts, matrix.void_predictions, np.array([n_done]), *sums.tallies.values()]
    totals = sum_over_ranks(comm, arrays)
    matrix.counts, matrix.void_predictions, n_done = totals[0], totals[1], int(totals[2][0])
    sums.tallies = dict(zip(sums.tallies, totals[3:], strict=True))
    sums.gather_images(comm)
    return n_done
