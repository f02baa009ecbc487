"""The integer counts that are the only state of an evaluation."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from chainercv_seg.evaluations.label_maps import count_pairs, pairs
from chainercv_seg.utils.arguments import natural_int
from chainercv_seg.utils.array_files import ArrayHeader, open_npz
from chainercv_seg.utils.output_files import replaced_file

_NAMES = ('counts', 'void_predictions')


class ConfusionMatrix:
    """Pixels counted by true and predicted class.

    Beside the square of counts, pixels whose prediction is void (-1) are counted by their true class:
    they are misses of that class, as in the official evaluation of Cityscapes. Pixels whose truth is
    void count nowhere.

    Args:
        n_class: Number of classes, fixed for the life of the matrix.

    Raises:
        ValueError: ``n_class`` is no integer or negative, or the counts would take more than
            ``$CHAINERCV_SEG_MAX_ARRAY_BYTES``, by default 1 GiB.

    Attributes:
        counts: ``(n_class, n_class)`` int64; ``counts[i, j]`` is the number of pixels of true class
            ``i`` that were predicted as class ``j``.
        void_predictions: ``(n_class,)`` int64; pixels of each true class that were predicted void.
    """

    def __init__(self, n_class: int) -> None:
        n_class = natural_int(n_class, name='n_class')
        try:  # 65535, which stands for void in files, asks for 32 GiB
            ArrayHeader((n_class, n_class), np.dtype(np.int64)).check_size()
        except ValueError as error:
            raise ValueError(f'a confusion matrix of {n_class} classes: {error}') from error
        self.counts = np.zeros((n_class, n_class), dtype=np.int64)
        self.void_predictions = np.zeros(n_class, dtype=np.int64)

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return len(self.counts)

    def update(
        self,
        pred_labels: np.ndarray | Iterable[np.ndarray],
        gt_labels: np.ndarray | Iterable[np.ndarray],
    ) -> None:
        """Count the pixels of one pair of label maps, or of many.

        Args:
            pred_labels: A label map ``(H, W)`` of an integer type, or an iterable of such: classes in
                ``[0, n_class - 1]``, or -1 for void. What lies under void truth is not looked at.
            gt_labels: As many label maps of the same shapes: the truth, -1 for void.

        Raises:
            ValueError: Labels are out of range, shapes or numbers differ, or a label map is not a
                two-dimensional array of integers. The pair in question is not counted.
        """
        for pred, gt in pairs(pred_labels, gt_labels):
            table = count_pairs(pred, gt, self.n_class)
            self.counts += table[1:, 1:]
            self.void_predictions += table[1:, 0]

    def merge(self, other: 'ConfusionMatrix') -> None:
        """Add the counts of another matrix to this one.

        Raises:
            ValueError: It is no such matrix, or has another number of classes.
        """
        if not isinstance(other, ConfusionMatrix):
            raise ValueError(f'expected a ConfusionMatrix to add, found {type(other).__name__}')
        if other.n_class != self.n_class:
            raise ValueError(
                f'a matrix of {other.n_class} classes cannot be added to one of {self.n_class}'
            )
        self.counts += other.counts
        self.void_predictions += other.void_predictions

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the counts to a npz file, which is complete or not there at all.

        Args:
            path: The file, whatever its suffix. An existing file is replaced.
        """
        with replaced_file(path) as file:
            np.savez(file, counts=self.counts, void_predictions=self.void_predictions)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> 'ConfusionMatrix':
        """Read what :meth:`save` wrote.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file does not hold a confusion matrix.
        """
        try:
            with open_npz(path) as file:
                headers = [file.header(name) for name in _NAMES]
                _check_headers(*headers)
                counts, void_predictions = (file.read(name) for name in _NAMES)
        except FileNotFoundError:
            raise
        except Exception as error:  # of a broken header NumPy raises whatever its parsers do
            raise ValueError(f'{path} does not hold a confusion matrix: {error}') from error
        n = len(counts)
        if (counts < 0).any() or (void_predictions < 0).any():
            raise ValueError(f'{path} does not hold a confusion matrix: it has negative counts')
        matrix = cls(n)
        matrix.counts[...] = counts
        matrix.void_predictions[...] = void_predictions
        return matrix

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, ConfusionMatrix)
            and np.array_equal(self.counts, other.counts)
            and np.array_equal(self.void_predictions, other.void_predictions)
        )

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        pixels = self.counts.sum() + self.void_predictions.sum()
        return f'<ConfusionMatrix of {self.n_class} classes and {pixels} pixels>'


def _check_headers(counts: ArrayHeader, void_predictions: ArrayHeader) -> None:
    n = counts.shape[0] if counts.shape else 0
    shapes = counts.shape, void_predictions.shape
    if shapes != ((n, n), (n,)) or {counts.dtype, void_predictions.dtype} != {np.dtype(np.int64)}:
        raise ValueError(
            f'expected int64 of shape (n, n) and (n,), found {counts.dtype} {counts.shape} and '
            f'{void_predictions.dtype} {void_predictions.shape}'
        )
    counts.check_size()
