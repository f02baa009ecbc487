"""What writing a network in some format gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainercv_seg.inference import CanvasViews, TiledViews

#: Height and width.
Size = tuple[int, int]
#: Computes scores ``(n_class, H, W)`` and labels ``(H, W)`` of an image ``(3, H, W)``.
Compute = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Exported:
    """A network in a format of others.

    Attributes:
        files: What each file is, by its name.
        use: How it is used, in Markdown.
        signature: What goes in and comes out, in Markdown.
        sizes: Heights and widths of images by which it can be verified.
        runtime: What computes it.
        compute: Opens it there: gives a function of an image.
        config: What ``config.json`` says of it besides.

    ``compute`` raises `MissingExtraError` where the runtime is not installed.
    """

    files: Mapping[str, str]
    use: str
    signature: str
    sizes: Sequence[Size]
    runtime: str
    compute: Callable[[], Compute]
    config: Mapping[str, Any] = field(default_factory=dict)


def kind_of_scores(views: Any) -> str:
    """Say what scores are, of which the labels are the largest."""
    return 'probabilities' if isinstance(views, CanvasViews) else 'before softmax'


def sizes_of(views: Any) -> list[Size]:
    """Choose heights and widths of two images that a network takes: one odd, if it may be."""
    return [views.input_size] * 2 if isinstance(views, TiledViews) else [(360, 480), (173, 241)]
