"""The files that a command writes while it runs and at its end."""

import argparse
import os
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.cli.benchmarks import Benchmark
from chainercv_seg.cli.per_image import PerImage, wants_per_image
from chainercv_seg.cli.result_folder import make_result_folder, report_path, write_result_files
from chainercv_seg.datasets import LabelFormat
from chainercv_seg.evaluations import ConfusionMatrix, EvaluationResult
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.measures_table import measures_table
from chainercv_seg.evaluations.per_image import PerImageCounts
from chainercv_seg.evaluations.prediction_files import PredictionFiles, read_prediction
from chainercv_seg.evaluations.samples import sample_name
from chainercv_seg.evaluations.saved_predictions import SavedPredictions
from chainercv_seg.evaluations.worst_images import WorstImages
from chainercv_seg.utils.errors import UserError
from chainercv_seg.utils.output_files import make_output_folder
from chainercv_seg.utils.printable import printable


class Results:
    """The files that a command writes: predictions as they come, and its result at the end.

    Made before the first image, so that a folder that cannot be written is noticed then.

    Args:
        options: What :func:`add_result_options` parsed, and ``command``.
        benchmark: The data set's.
        dataset: The data set, whose samples are images and label maps, or images alone.
        save_predictions: A folder for the label maps.
        labelled: Whether there are label maps, and so scores, of all images.
        n_own: Number of images that are predicted; None: of all.
        measures: What is measured besides.

    Raises:
        OutputError: A folder cannot be written.
        DatasetError: Two predictions would be written to one file.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        benchmark: Benchmark,
        dataset: Any,
        *,
        save_predictions: Path | None = None,
        labelled: bool = True,
        n_own: int | None = None,
        measures: Sequence[Measure] = (),
    ) -> None:
        self._labelled = labelled
        self._options, self._benchmark, self._dataset = options, benchmark, dataset
        self._names = [sample_name(dataset, i) for i in range(len(dataset))]
        self._n_own = len(self._names) if n_own is None else n_own
        self._folder = make_result_folder(options)
        self._per_image = (
            PerImage(options, benchmark, self._names, measures)
            if labelled and wants_per_image(options)
            else None
        )
        self._worst = WorstImages(len(benchmark.label_names)) if options.report else None
        self._earlier: dict[int, int] = {}  # images that a run before this one did: CRC of counts
        self._files = None
        self._predictions: SavedPredictions | None = None  # where they are files
        if save_predictions is not None:
            self._files = PredictionFiles(
                make_output_folder(save_predictions),
                self._names,
                label_format=benchmark.label_format,
                key=benchmark.key,
            )
            self.take_predictions(save_predictions, benchmark.label_format)

    def take_predictions(self, folder: Path, label_format: LabelFormat) -> None:
        """Take notice of where the predictions are, and of the values in their files."""
        self._predictions = SavedPredictions(folder, label_format, self._benchmark.label_colors)

    def on_done(self, entry: Entry) -> None:
        """Take notice of the counts of an image."""
        if self._files is not None:
            self._earlier[entry.image] = _crc(entry.counts)
        if self._per_image is not None:
            self._per_image.on_done(entry)
        if self._worst is not None:
            self._worst.rank(entry.image, entry.counts)

    def on_image(
        self, index: int, img: np.ndarray, label: np.ndarray | None, pred: np.ndarray
    ) -> None:
        """Take notice of the prediction of an image."""
        if self._files is not None:
            del self._earlier[index]
            self._files.write(index, pred)
        if self._worst is not None:
            self._worst.show(index, img, label, pred)

    def finish(
        self,
        result: EvaluationResult,
        *,
        title: str,
        predict: Callable[[int, np.ndarray], np.ndarray],
        published: Sequence[tuple[float, str]] = (),
        comm: Any = None,
    ) -> None:
        """Write what the options ask for, then print the scores and where the files are.

        What a run before this one has predicted is predicted again where pictures of it are missing,
        or where its files are or do not agree with the counts in the journal.

        Args:
            result: What was found.
            title: What was evaluated on what.
            predict: Gives the prediction of an image, by its number and itself.
            published: Published mean IoUs, and what each is.
            comm: A ChainerMN communicator, or None for one process. All ranks call this; the first
                writes the result. The worst images of the others are sent to it, whose number has a
                bound.
        """
        written: list[str] = []
        counts = None
        if self._per_image is not None:
            result, counts = self._per_image.finish(result, self._label_size, comm)
        try:
            self._write(result, counts, written, title, predict, published, comm)
        finally:  # the scores are not lost where a disk is full
            if comm is None or comm.rank == 0:
                print_result(result, written, scores=self._labelled)

    def _write(
        self,
        result: EvaluationResult,
        counts: PerImageCounts | None,
        written: list[str],
        title: str,
        predict: Callable[[int, np.ndarray], np.ndarray],
        published: Sequence[tuple[float, str]],
        comm: Any,
    ) -> None:
        """Write the files, and append to ``written`` where they are, as they are done."""
        if self._files is not None:
            for i, crc in self._earlier.items():
                img, label = self._sample(i)
                if not self._is_written(self._files, i, label, crc):
                    self._files.write(i, predict(i, img))
        if self._worst is not None and comm is not None:
            for others in comm.gather_obj(self._worst) or ():
                self._worst.merge(others)
        if comm is not None and comm.rank > 0:
            return
        if self._files is not None:
            written.append(f'{self._files.folder}: {self._n_own} predictions')
        if self._folder is not None:
            written.append(
                write_result_files(self._options, self._folder, result, counts, self._predictions)
            )
        if self._worst is not None:
            path = self._write_report(self._worst, result, counts, title, predict, published)
            written.append(str(path))

    def _is_written(
        self, files: PredictionFiles, index: int, label: np.ndarray | None, crc: int
    ) -> bool:
        """Whether the file of a prediction has the counts of the journal: else it may be anyone's."""
        if label is None:
            return False  # nothing was counted
        counts = ConfusionMatrix(len(self._benchmark.label_names))
        try:
            counts.update(read_prediction(files.path(index), files.label_format), label)
        except (UserError, ValueError, FileNotFoundError):  # ValueError: of another size
            return False
        return _crc(counts) == crc

    def _write_report(
        self,
        worst: WorstImages,
        result: EvaluationResult,
        counts: PerImageCounts | None,
        title: str,
        predict: Callable[[int, np.ndarray], np.ndarray],
        published: Sequence[tuple[float, str]],
    ) -> Path:
        from chainercv_seg.evaluations.report import write_report

        for i in worst.missing():
            img, label = self._sample(i)
            worst.show(i, img, label, predict(i, img))
        path = report_path(self._options)
        write_report(
            result,
            path,
            title=title,
            published=published,
            worst=worst,
            per_image=counts,
            image_name=lambda i: os.path.basename(self._names[i]),
            label_colors=self._benchmark.label_colors,
            command=self._options.command,
        )
        return path

    def _label_size(self, index: int) -> tuple[int, ...]:
        return self._dataset.slice[index : index + 1, 'label'][0].shape

    def _sample(self, index: int) -> tuple[np.ndarray, np.ndarray | None]:
        sample = self._dataset[index]
        return (sample, None) if isinstance(sample, np.ndarray) else sample


def print_result(result: EvaluationResult, written: Sequence[str], *, scores: bool = True) -> None:
    """Print scores, protocol, where files are, and the notes.

    Args:
        result: What was found.
        written: Where files are.
        scores: Whether there are any.
    """
    if scores:
        print(result.table())
        if result.measures:
            print(measures_table(result))
        print(result.protocol_line())
        if result.intervals is not None:
            print(result.intervals_line())
    for line in written:
        print(printable(f'written to {line}'))
    for note in result.notes:
        print(printable(f'note: {note}'), file=sys.stderr)


def _crc(counts: ConfusionMatrix) -> int:
    return zlib.crc32(counts.void_predictions.tobytes(), zlib.crc32(counts.counts.tobytes()))
