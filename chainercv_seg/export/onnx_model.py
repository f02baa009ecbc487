"""A network as a file of ONNX: from images to scores and label maps."""

import os
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from chainercv_seg.engines.onnx import Graph, check_file, write_program
from chainercv_seg.export.onnx_views import plan_frame
from chainercv_seg.prepared.program_of import program_of
from chainercv_seg.utils.output_files import replaced_file

#: What a graph can give.
OUTPUTS = ('scores', 'labels')
_NOTHING: Mapping[str, str] = MappingProxyType({})


def write_onnx(
    link: Any,
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    outputs: Collection[str] = OUTPUTS,
    unpooling: str = 'max',
    metadata: Mapping[str, str] = _NOTHING,
) -> None:
    """Write a network as a graph of ONNX, checked.

    The graph takes ``images``, ``(N, 3, H, W)`` float32 RGB in [0, 255], any number of them. It looks at each
    once, at its own scale and not mirrored, whatever the network is set to; else it gives what ``predict``
    does:

    - ``scores``, ``(N, n_class, H, W)`` float32: what the labels are the largest of. Those of DeepLab are
      probabilities, those of the others are before softmax.
    - ``labels``, ``(N, H, W)`` int32.

    Args:
        link: A network of `chainercv_seg.links`, on the CPU. It is left as it is.
        path: The file.
        size: Height and width of the images. None for any where the network allows that: DeepLab, and SegNet
            in multiples of 16; PSPNet takes images of its ``input_size`` alone.
        outputs: Which of the two it gives.
        unpooling: How SegNet puts values back where pooling took them: ``'max'``, by the operator
            ``MaxUnpool``; or ``'gather'``, by simple ones, for runtimes that lack that.
        metadata: Texts to keep in the file.

    Raises:
        TypeError: A part of the network is not known.
        ValueError: The network does not take images of this size, there is no such output, or the file would
            have more than 2 GiB.
        OutputError: The file cannot be written.
    """
    graph = onnx_graph(link, size=size, outputs=outputs, unpooling=unpooling)
    graph.annotate(metadata)
    with replaced_file(path) as file:
        graph.write(file)
        file.flush()
        check_file(file.name)


def onnx_graph(
    link: Any, *, size: tuple[int, int] | None, outputs: Collection[str], unpooling: str
) -> Graph:
    """Make the graph; see `write_onnx`."""
    if not outputs or not set(outputs) <= set(OUTPUTS):
        raise ValueError(f'outputs should be some of {", ".join(OUTPUTS)}; found {outputs!r}')
    program, _ = program_of(link)
    if link.device.name != '@numpy':
        raise ValueError(
            f'expected a network on the CPU, found one on {link.device.name}: call to_cpu'
        )
    frame = plan_frame(link.views, program, size)
    graph = Graph()
    H, W = frame.size or ('H', 'W')
    images = graph.input('images', ['N', 3, H, W])
    x = frame.before(graph, images)
    scores = write_program(graph, program, x, size=frame.input_size, unpooling=unpooling)
    scores = frame.behind(graph, scores, images)
    if 'labels' in outputs:
        best = graph.add('ArgMax', scores, axis=1, keepdims=0)
        graph.cast(best, np.int32, name='labels')
        graph.output('labels', np.int32, ['N', H, W])
    if 'scores' in outputs:
        graph.add('Identity', scores, name='scores')
        graph.output('scores', np.float32, ['N', program.nodes[-1].channels, H, W])
    return graph
