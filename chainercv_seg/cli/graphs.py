"""Exported graphs of ONNX in the place of weights: --pretrained-model FILE.onnx."""

import argparse
from collections.abc import Sequence
from typing import Any

from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.utils.errors import WeightsError

#: What the network of a graph is called, which is in the graph itself.
GRAPH = 'onnx'


def is_graph(options: argparse.Namespace) -> bool:
    """Tell whether the options ask for an exported graph."""
    return (options.pretrained_model or '').lower().endswith('.onnx')


def check_graph_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with 2 where an option would change what is fixed in the graph."""
    for name in ('model', 'input_size', 'scales', 'flip'):
        if getattr(options, name) is not None:
            parser.error(
                f'--{name.replace("_", "-")} has no meaning for a graph, which was exported with it'
            )
    if options.gpu >= 0:
        parser.error('--gpu has no meaning for a graph: ONNX Runtime computes it on the CPU')
    if options.precision != DEFAULT_PRECISION:
        parser.error(f'--precision has no meaning for a graph, which is in {DEFAULT_PRECISION}')
    options.model = GRAPH


def open_graph(options: argparse.Namespace, *, label_names: Sequence[str]) -> Any:
    """Open the graph that the options ask for.

    Args:
        options: What was parsed.
        label_names: A name for each class.

    Raises:
        UserError: It is missing, broken, of other classes, or ONNX Runtime is not installed.
    """
    from chainercv_seg.export.onnx_network import ONNXNetwork

    network = ONNXNetwork(options.pretrained_model, threads=options.threads)
    if network.n_class != len(label_names):
        raise WeightsError(
            f'{options.pretrained_model} knows {network.n_class} classes, but {options.dataset} has '
            f'{len(label_names)}'
        )
    return network
