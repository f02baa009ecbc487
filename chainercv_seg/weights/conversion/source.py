"""What a file of another framework turned out to be, and what its owner knows of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.conversion import Conversion, array_names


@dataclass(frozen=True)
class Known:
    """What is known of a file by its owner; None is "look for yourself".

    Attributes:
        prototxt: The description of a network of Caffe.
        stride_first: Whether a PSPNet of Caffe has its stride in a 1x1 convolution.
        input_size: Height and width of the tiles of a PSPNet, of the smallest input of DeepLabV3+.
        mean: What is subtracted from an image, red, green and blue.
        std: What the rest is divided by.
        output_stride: Of DeepLabV3+.
        task: What a DeepLabV3+ was trained on: ``'voc'``, ``'cityscapes'``, ``'ade20k'``.
    """

    prototxt: Path | None = None
    stride_first: bool | None = None
    input_size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    output_stride: int | None = None
    task: str | None = None


def _unknown(names: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    return {}


@dataclass(frozen=True)
class Source:
    """A network in a file of another framework, which is one of ours.

    Attributes:
        what: What it is, for people: ``'PSPNet of semseg (PyTorch)'``.
        model: Our network, as in the records of published weights.
        arguments: Of its constructor.
        arrays: What the file holds.
        rules: From our network to which of the arrays is which of its.
        geometry: From the names of the arrays of our network to stride and dilation of its convolutions, by
            their names, as far as the file tells.
        notes: What was assumed, a sentence each.
    """

    what: str
    model: str
    arguments: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    rules: Callable[[Any], Conversion]
    geometry: Callable[[Sequence[str]], Mapping[str, tuple[int, int]]] = _unknown
    notes: tuple[str, ...] = ()

    def check_geometry(self, link: Any, *, origin: object) -> None:
        """Check that the convolutions of a network do what those in the file are said to.

        Args:
            link: The network, made with the arguments.
            origin: The file, for errors.

        Raises:
            WeightsError: One does not. The message names it.
        """
        links = dict(link.namedlinks())
        for name, (stride, dilation) in self.geometry(array_names(link)).items():
            ours = links[f'/{name}']
            if (ours.stride, ours.dilate) != ((stride,) * 2, (dilation,) * 2):
                raise WeightsError(
                    f'{origin} holds another network: its convolution that would be {name} has stride '
                    f'{stride} and dilation {dilation}, where {type(link).__name__} has '
                    f'{ours.stride[0]} and {ours.dilate[0]}'
                )
