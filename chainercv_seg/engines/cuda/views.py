"""What views do to images and scores ``(n_class, H, W)`` on a GPU, by kernels. Channels lie last."""

from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.runner import CUDARunner
from chainercv_seg.engines.cuda.tail import Tail, label_type
from chainercv_seg.engines.cuda.tape import MOST_QUADS, THREADS

Size = tuple[int, int]
Part = tuple[slice, slice]


class Crossing:
    """A label map on its way to this computer's memory.

    Args:
        runner: What computed the scores.
        arrive: Waits for it, and returns the labels and whether half precision did not do.
        size: Height and width.
    """

    def __init__(self, runner: CUDARunner, arrive: Any, size: Size) -> None:
        self._runner, self._arrive, self._size = runner, arrive, size

    def fetch(self) -> np.ndarray:
        """Wait for it.

        Returns:
            ``(H, W)`` int32.

        Raises:
            PrecisionError: Numbers of the network did not fit into half precision.
        """
        labels, flag = self._arrive()
        self._runner.check(flag)
        return labels.reshape(self._size).astype(np.int32)


class CUDAViews:
    """Operations on images and scores on the GPU of a runner, in the order of CuPy's current stream.

    Args:
        runner: The runner.
    """

    def __init__(self, runner: CUDARunner) -> None:
        self._runner = runner

    def send(self, image: np.ndarray) -> Any:
        """Bring an image ``(3, H, W)`` float32 over: as bytes if all its numbers are bytes."""
        image = bytes_or_floats(image)  # first: meanwhile another thread's image can be computed
        with self._runner.entered() as gpu:
            return gpu.send(image)

    def zeros(self, shape: tuple[int, int, int]) -> Any:
        """Make scores ``(n_class, H, W)`` that are 0."""
        with self._runner.entered() as gpu:
            made = self._new(gpu, shape)
            made.fill(0)
            return made

    def label_input(self, x: Any, tail: Tail) -> Crossing | None:
        """Make the label map of an image that is one network input, by one graph.

        Args:
            x: The network input ``(3, H, W)``.
            tail: How labels are made of its scores.

        Returns:
            The label map on its way; None where scores are not as the tail takes them.
        """
        runner = self._runner
        if tail.as_they_are and runner.scores_size(x.shape[1:]) != tail.size:
            return None
        with runner.entered() as gpu:
            labels = runner.labels(x[None], tail)
            size = tail.rows[1] - tail.rows[0], tail.columns[1] - tail.columns[0]
            return Crossing(runner, gpu.fetch(labels, runner.overflow), size)

    def labels(
        self, scores: Any, size: Size, part: Part, *, align_corners: bool = True
    ) -> Crossing:
        """Resize and take the class of the largest, the first of equals.

        Args:
            scores: ``(n_class, h, w)`` float32.
            size: To what they are resized.
            part: Rows and columns of these that are wanted.
            align_corners: Whether corners lie on corners; else edges on edges.
        """
        with self._runner.entered() as gpu:
            scores = self._quads(gpu, scores)
            (top, height), (left, width) = _spans(part)
            kind = label_type(len(scores))
            labels = gpu.empty((height * width,), kind)
            place = np.intp(gpu.pointer(labels))
            places = (place, np.intp(0)) if kind is np.uint8 else (np.intp(0), place)
            self._launch(
                gpu, 'largest', height * width, *self._read(gpu, scores), height * width, len(scores),
                *scores.shape[1:], *size, align_corners, top, left, width, *places,
            )  # fmt: skip
            return Crossing(self._runner, gpu.fetch(labels, self._runner.overflow), (height, width))

    def add_probabilities(
        self,
        total: Any,
        scores: Any,
        size: Size,
        part: Part,
        *,
        more: bool = True,
        align_corners: bool = True,
    ) -> None:
        """Resize, take softmax over the classes and add it to a total, in place.

        Args:
            total: ``(n_class, ...)`` of the size of ``part``, as `zeros` makes it; may be a view.
            scores: ``(n_class, h, w)`` float32.
            size: To what they are resized.
            part: Rows and columns of these that are wanted.
            more: Whether to add; else what is there is written over.
            align_corners: How they are resized.
        """
        with self._runner.entered() as gpu:
            scores = self._quads(gpu, scores)
            if not _in_quads(gpu, total):
                raise ValueError('a total must be made by zeros')
            (top, height), (left, width) = _spans(part)
            self._launch(
                gpu, 'softmax', height * width, *self._read(gpu, scores), height * width, len(scores),
                *scores.shape[1:], *size, align_corners, top, left, width,
                *self._read(gpu, total), more,
            )  # fmt: skip

    def probabilities(self, scores: Any) -> Any:
        """Take softmax over the classes of ``(n_class, H, W)``."""
        size = scores.shape[1], scores.shape[2]
        with self._runner.entered() as gpu:
            made = self._new(gpu, scores.shape)
            self.add_probabilities(
                made, scores, size, (slice(0, size[0]), slice(0, size[1])), more=False
            )
            return made

    def resize(self, scores: Any, size: Size, *, align_corners: bool = True) -> Any:
        """Resize ``(n_class, h, w)``, corners on corners or edges on edges."""
        with self._runner.entered() as gpu:
            scores = self._quads(gpu, scores)
            made = self._new(gpu, (len(scores), *size))
            C4 = -(-len(scores) // 4)
            n = C4 * size[0] * size[1]
            place = np.intp(gpu.address(made))
            self._launch(
                gpu, 'resize_scores', n, *self._read(gpu, scores), place, n, C4, *scores.shape[1:], *size,
                align_corners,
            )  # fmt: skip
            return made

    @staticmethod
    def _new(gpu: Any, shape: tuple[int, int, int]) -> Any:
        """Make scores of whole quads, without values."""
        n_class, H, W = shape
        return gpu.empty((H, W, -(-n_class // 4) * 4), np.float32)[..., :n_class].transpose(2, 0, 1)

    def _quads(self, gpu: Any, scores: Any) -> Any:
        """Return scores that lie in quads, those given or a copy."""
        if _in_quads(gpu, scores):
            return scores
        made = self._new(gpu, scores.shape)
        made[...] = scores
        return made

    @staticmethod
    def _read(gpu: Any, scores: Any) -> tuple[np.intp, np.int64, np.int64]:
        """Return where scores begin, and the quads between rows and between columns."""
        _, line, column = scores.strides
        return np.intp(gpu.address(scores)), np.int64(line // 16), np.int64(column // 16)

    @staticmethod
    def _launch(gpu: Any, name: str, count: int, *arguments: Any) -> None:
        if count > MOST_QUADS:
            raise ValueError(f'an image is too large for the GPU: {name} would count to {count}')
        grid = (max(1, min(-(-count // THREADS), gpu.blocks)),)
        converted = tuple(
            np.int32(argument) if isinstance(argument, int) else argument for argument in arguments
        )
        gpu.function(name)(grid, (THREADS,), converted)


def bytes_or_floats(image: np.ndarray) -> np.ndarray:
    """Return an image as bytes, if all its numbers are bytes, else as it is."""
    with np.errstate(invalid='ignore'):
        small = image.astype(np.uint8)
    return small if np.array_equal(small, image) else image


def _spans(part: Part) -> tuple[tuple[int, int], tuple[int, int]]:
    rows, columns = part
    return (rows.start, rows.stop - rows.start), (columns.start, columns.stop - columns.start)


def _in_quads(gpu: Any, scores: Any) -> bool:
    """Tell whether a pixel's classes lie side by side, and each pixel's begin where a quad may."""
    classes, line, column = scores.strides
    room = (abs(column) >= 4 * len(scores) and abs(line) >= 4 * len(scores)) or scores[0].size == 1
    return (
        scores.dtype == np.float32
        and (classes == 4 or len(scores) == 1)
        and line % 16 == column % 16 == gpu.address(scores) % 16 == 0
        and room
    )
