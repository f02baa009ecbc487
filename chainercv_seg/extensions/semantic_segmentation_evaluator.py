"""An extension of Chainer's trainer that evaluates a network while it is trained."""

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import chainer
import numpy as np
from chainer.training import extensions

from chainercv_seg.evaluations import ConfusionMatrix, calc_semantic_segmentation_confusion, metrics
from chainercv_seg.evaluations.agreement import require_agreement, version_terms
from chainercv_seg.evaluations.gpu_plans import share_plans
from chainercv_seg.prepared import optimize_if_there
from chainercv_seg.utils.apply_to_iterator import apply_to_iterator
from chainercv_seg.utils.parameters_sha256 import parameters_sha256


class SemanticSegmentationEvaluator(extensions.Evaluator):
    """Reports the scores of a network on a validation set.

    Predictions are counted and forgotten. The reported names start with ``validation/main/``:

    - ``miou``, ``pixel_accuracy``, ``mean_class_accuracy``;
    - with ``label_names`` also ``iou/<name>`` and ``class_accuracy/<name>``, NaN for classes that do not
      occur. The means leave those out.

    With a communicator all its ranks call the extension. First they compare their weights, batch statistics
    and the names of the classes. (Without ChainerMN's ``MultiNodeBatchNormalization``, or its
    ``AllreducePersistent``, each rank has batch statistics of its own.) The first one's iterator is dealt out
    to the ranks, batch by batch; each predicts and counts its part. Only the first reports. If a rank fails,
    all raise; where they do not agree, it is a RankError.

    Args:
        iterator: Gives lists of ``(img, label)``: ``(3, H, W)`` float32 RGB in [0, 255] and ``(H, W)``
            integers, -1 for void. None in ranks other than the first.
        target: A link whose ``predict`` takes a list of images and returns their label maps.
        label_names: A name for each class. Labels beyond them are errors.
        comm: A ChainerMN communicator, or None for one process.
        optimize: Whether the network is prepared by `chainercv_seg.inference.optimize` each time it is
            evaluated: the labels are equal but for ties, and found several times faster.
    """

    trigger = 1, 'epoch'
    default_name = 'validation'
    priority = chainer.training.PRIORITY_WRITER

    def __init__(
        self,
        iterator: Any,
        target: Any,
        label_names: Iterable[str] | None = None,
        comm: Any = None,
        *,
        optimize: bool = False,
    ) -> None:
        super().__init__({} if iterator is None else iterator, target)
        self.optimize = optimize
        self.label_names = None if label_names is None else tuple(label_names)
        self.comm = comm

    def evaluate(self) -> dict[str, Any]:
        """Evaluate the network once.

        Returns:
            What was reported; nothing in ranks other than the first.
        """
        target = self._targets['main']
        n_class = None if self.label_names is None else len(self.label_names)
        if self.comm is not None:
            terms = {
                'weights and batch statistics': parameters_sha256(target),
                'class names': self.label_names,
                'optimize': self.optimize,
                **version_terms(),
            }
            require_agreement(self.comm.mpi_comm, terms)
        network = optimize_if_there(target) if self.optimize else target
        if self.comm is not None:
            share_plans(self.comm.mpi_comm, network)
        counter = _Counter(network.predict, n_class)
        if self.comm is not None and self.comm.rank != 0:
            apply_to_iterator(counter, None, n_input=2, comm=self.comm)
            self.comm.gather_obj(counter.matrix)
            return {}
        applied: Any = apply_to_iterator(counter, self._iterator(), n_input=2, comm=self.comm)
        (outputs,) = applied[1]
        del applied  # else all images would be kept
        for _ in outputs:
            pass
        matrices = [counter.matrix] if self.comm is None else self.comm.gather_obj(counter.matrix)
        observation: dict[str, Any] = {}
        with chainer.reporter.report_scope(observation):
            chainer.report(self._scores(_sum(matrices)), target)
        return observation

    def _iterator(self) -> Any:
        iterator = self._iterators['main']
        if hasattr(iterator, 'reset'):
            iterator.reset()
            return iterator
        return copy.copy(iterator)

    def _scores(self, matrix: ConfusionMatrix) -> dict[str, float]:
        counts, void = matrix.counts, matrix.void_predictions
        iou, class_accuracy = metrics.iou(counts, void), metrics.recall(counts, void)
        scores = {
            'miou': metrics.mean(iou),
            'pixel_accuracy': metrics.pixel_accuracy(counts, void),
            'mean_class_accuracy': metrics.mean(class_accuracy),
        }
        for i, name in enumerate(self.label_names or ()):
            scores[f'iou/{name}'] = iou[i]
            scores[f'class_accuracy/{name}'] = class_accuracy[i]
        return scores


class _Counter:
    """Predicts and counts; its outputs say nothing, so that there is nothing to send."""

    def __init__(self, predict: Callable[[Any], Any], n_class: int | None) -> None:
        self._predict, self._n_class = predict, n_class
        self.matrix = ConfusionMatrix(n_class or 0)

    def __call__(self, imgs: list[np.ndarray], labels: list[np.ndarray]) -> list[None]:
        preds = self._predict(imgs)
        if self._n_class is not None:
            self.matrix.update(preds, labels)
        else:
            found = ConfusionMatrix(0)
            found.counts = calc_semantic_segmentation_confusion(preds, labels)
            found.void_predictions = np.zeros(len(found.counts), dtype=np.int64)
            self.matrix = _sum([self.matrix, found])
        return [None] * len(imgs)


def _sum(matrices: Sequence[ConfusionMatrix]) -> ConfusionMatrix:
    """The sum of matrices, which may have different numbers of classes."""
    total = ConfusionMatrix(max(matrix.n_class for matrix in matrices))
    for matrix in matrices:
        n = matrix.n_class
        total.counts[:n, :n] += matrix.counts
        total.void_predictions[:n] += matrix.void_predictions
    return total
