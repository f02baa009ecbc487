"""How a graph of ONNX looks at images: what is before a network in it, and what is behind.

As `predict` does it, but for what a graph cannot: it looks at each image once, at its own scale and not
mirrored.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from chainercv_seg.engines.onnx import Graph
from chainercv_seg.engines.program import Program, Size
from chainercv_seg.inference import CanvasViews, TiledViews, WholeViews
from chainercv_seg.inference.canvas import canvas_size
from chainercv_seg.inference.image_resize import image_resize_matrix
from chainercv_seg.transforms import resize_backend

#: What of the settings is written down, or does not matter to one look at an image.
_KNOWN: dict[type, set[str]] = {
    WholeViews: set(),
    TiledViews: {
        *('input_size', 'mean', 'std', 'align_corners'),
        *('scales', 'flip', 'sum_flips', 'stride_rate', 'tiling'),
    },
    CanvasViews: {'min_input_size', 'mean', 'softmax_first', 'scales', 'flip'},
}


@dataclass(frozen=True)
class Frame:
    """What a network in a graph is put into.

    Attributes:
        size: Height and width of the images; None where these vary.
        before: Writes what makes network inputs of images. Takes and returns names in the graph.
        input_size: Height and width of the network inputs; None where these vary.
        behind: Writes what makes scores of the size of the images. Takes names of the scores and of the
            images.
    """

    size: Size | None
    before: Callable[[Graph, str], str]
    input_size: Size | None
    behind: Callable[[Graph, str, str], str]


def plan_frame(views: Any, program: Program, size: Size | None) -> Frame:
    """Decide what is before a network and behind.

    Args:
        views: How the network looks at an image.
        program: The network.
        size: Height and width of the images; None for any, or for the only one that will do.

    Raises:
        TypeError: There are such views or settings of them that are not known here.
        ValueError: The network does not take images of this size.
    """
    known = _KNOWN.get(type(views))
    if known is None:
        raise TypeError(f'no graph can be written that looks at images by {type(views).__name__}')
    for field in fields(views):
        if field.name not in known and getattr(views, field.name) is not None:
            raise TypeError(f'no graph can be written with the setting {field.name}')
    if isinstance(views, WholeViews):
        return _whole(program, size)
    return _tile(views, size) if isinstance(views, TiledViews) else _canvas(views, size)


def _whole(program: Program, size: Size | None) -> Frame:
    def behind(graph: Graph, scores: str, images: str) -> str:
        if size is None:
            return scores
        rows, columns = (
            (wanted, own) for own, wanted in zip(program.sizes(size)[-1], size, strict=True)
        )
        smooth = resize_backend() == 'PIL'
        if rows[0] != rows[1]:
            matrix = image_resize_matrix(rows[1], rows[0], smooth=smooth, xp=np)
            scores = graph.add('MatMul', graph.constant(matrix), scores)
        if columns[0] != columns[1]:
            matrix = image_resize_matrix(columns[1], columns[0], smooth=smooth, xp=np)
            scores = graph.add('MatMul', scores, graph.constant(matrix.T))
        return scores

    return Frame(size, lambda graph, images: images, size, behind)


def _tile(views: TiledViews, size: Size | None) -> Frame:
    height, width = views.input_size
    if size not in (None, (height, width)):
        raise ValueError(
            f'the graph of this network takes images of {height}x{width}, the size of a tile: make the '
            'network for another --input-size, or cut images into tiles'
        )

    def before(graph: Graph, images: str) -> str:
        if views.mean is not None:
            images = graph.add('Sub', images, graph.constant(views.mean))
        return images if views.std is None else graph.add('Div', images, graph.constant(views.std))

    def behind(graph: Graph, scores: str, images: str) -> str:
        return graph.resize(scores, (height, width), align_corners=views.align_corners)

    return Frame((height, width), before, (height, width), behind)


def _canvas(views: CanvasViews, size: Size | None) -> Frame:
    (background,) = set(views.mean.ravel().tolist()) if np.ptp(views.mean) == 0 else (None,)
    if background is None:
        raise TypeError(f'no graph can be written with a canvas of the colour {views.mean.ravel()}')

    def canvas(graph: Graph, images: str) -> str:
        """The canvas's size, in the graph."""
        if size is not None:
            return graph.size(canvas_size(size, views.min_input_size))
        return graph.add('Max', graph.size_of(images), graph.size(views.min_input_size))

    def before(graph: Graph, images: str) -> str:
        if size is None:
            missing = graph.add('Sub', canvas(graph, images), graph.size_of(images))
            images = graph.pad(images, missing, value=background)
        else:
            ends = zip(canvas_size(size, views.min_input_size), size, strict=True)
            images = graph.pad(images, [large - own for large, own in ends], value=background)
        scaled = graph.add('Div', images, graph.constant(127.5))
        return graph.add('Sub', scaled, graph.constant(1))

    def behind(graph: Graph, scores: str, images: str) -> str:
        if views.softmax_first:
            scores = graph.add('Softmax', scores, axis=1)
        large = graph.resize(scores, canvas(graph, images))
        if not views.softmax_first:
            large = graph.add('Softmax', large, axis=1)
        if size is not None and size == canvas_size(size, views.min_input_size):
            return large
        return graph.cut(large, size or graph.size_of(images))

    input_size = None if size is None else canvas_size(size, views.min_input_size)
    return Frame(size, before, input_size, behind)
