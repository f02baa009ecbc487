"""An exported graph of ONNX as a network, computed by ONNX Runtime."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import chainer
import numpy as np

from chainercv_seg.inference.arrays import Arrays
from chainercv_seg.inference.predict import predict
from chainercv_seg.utils.errors import MissingExtraError, WeightsError
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.utils.regular_file import check_regular


class ONNXNetwork:
    """A graph that `write_onnx` wrote with metadata, as a network that predicts.

    Args:
        path: The file.
        threads: How many threads compute; None: one a core.
        batchsize: Number of images of one size that ``predict`` runs at once. An attribute, too.

    Attributes:
        class_names: A name for each class.
        protocol: How it looks at an image.
        parameters_sha256: Hash of the file.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        WeightsError: The file is missing, broken, or another graph.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, threads: int | None = None, batchsize: int = 1
    ) -> None:
        self.path = Path(path)
        self.batchsize = batchsize
        self._session = open_session(self.path, threads=threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            self.class_names: tuple[str, ...] = tuple(json.loads(metadata['class_names']))
            protocol: dict[str, str] = dict(json.loads(metadata['protocol']))
            (images,) = (x for x in self._session.get_inputs() if x.name == 'images')
            (_,) = (y for y in self._session.get_outputs() if y.name == 'labels')
        except (KeyError, ValueError, TypeError) as error:
            raise WeightsError(
                f'{path} is not a graph from images to labels as chainercv-seg export writes it'
            ) from error
        self.protocol = {**protocol, 'arithmetic': 'ONNX Runtime'}
        self.parameters_sha256 = file_sha256(self.path)
        self._size = tuple(images.shape[2:])

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    def predict(self, imgs: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Predict the class of each pixel.

        Args:
            imgs: RGB images ``(3, H, W)`` in [0, 255], of sizes that the graph takes; float32, other real
                types are converted. They are read as they are needed.

        Returns:
            Label maps ``(H, W)`` int32 NumPy arrays, one an image.

        Raises:
            ValueError: An image is of another shape, is empty, or holds NaN or infinity.
            WeightsError: The graph does not take its size.
        """
        return predict(
            imgs,
            self._labels,
            plan=_Whole,
            batchsize=self.batchsize,
            device=chainer.get_device('@numpy'),
        )

    def _labels(self, x: np.ndarray) -> np.ndarray:
        found = x.shape[2:]
        wrong = f'{self.path} takes images of'
        for own, wanted in zip(found, self._size, strict=True):
            if isinstance(wanted, int) and own != wanted:
                height, width = self._size
                raise WeightsError(
                    f'{wrong} {height}x{width}, and this one is {found[0]}x{found[1]}: export the network '
                    f'with --size {found[0]}x{found[1]}'
                )
        try:
            labels = self._session.run(['labels'], {'images': np.ascontiguousarray(x)})[0]
        except MemoryError:
            raise
        except Exception as error:  # the runtime's own, which are of no common kind
            raise WeightsError(
                f'{wrong} some sizes only, and {found[0]}x{found[1]} is none of them: export the network '
                f'with --size {found[0]}x{found[1]} ({str(error).splitlines()[0]})'
            ) from error
        return labels


class _Whole:
    """The plan of a graph: it takes the image, and gives the label map."""

    def __init__(self, image: np.ndarray, arrays: Arrays) -> None:
        self.image = image

    def inputs(self) -> Iterator[np.ndarray]:
        yield self.image

    def label(self, scores: Iterator[np.ndarray]) -> np.ndarray:
        return next(scores)


def open_session(path: Path, *, threads: int | None = None) -> Any:
    """Open a graph in ONNX Runtime, on the CPU.

    Args:
        path: The file.
        threads: How many threads compute; None: one a core.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        WeightsError: The file is missing or no such graph.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            'a graph of ONNX needs onnxruntime, which is not installed. Install it with: pip install '
            'onnxruntime'
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # not errors, which are raised
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        check_regular(path)
        return onnxruntime.InferenceSession(
            os.fspath(path), options, providers=['CPUExecutionProvider']
        )
    except OSError as error:
        raise WeightsError(f'{path} cannot be read: {error.strerror or error}') from error
    except Exception as error:  # the runtime's own, which are of no common kind
        raise WeightsError(
            f'{path} is no sound graph of ONNX: {str(error).splitlines()[0]}'
        ) from error
