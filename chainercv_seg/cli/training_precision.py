"""In what a training computes: the option, and what it sets."""

import argparse
from importlib import import_module

from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.utils.errors import DeviceError, UsageError

#: Precisions in which gradients are computed.
TRAINING_PRECISIONS = (DEFAULT_PRECISION, 'tf32')


def add_training_precision_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses a precision."""
    parser.add_argument(
        '--precision',
        choices=TRAINING_PRECISIONS,
        default=DEFAULT_PRECISION,
        help='in what convolutions are computed: float32 (the default) or, on a GPU, tf32, which is faster',
    )


def set_training_precision(precision: str, gpu: int) -> None:
    """Let convolutions be computed in a precision from now on, on a GPU by the fastest plans.

    Args:
        precision: One of `TRAINING_PRECISIONS`.
        gpu: Number of the GPU, or -1 for the CPU.

    Raises:
        UsageError: The CPU does not compute in it.
        DeviceError: What computes in it on a GPU is not installed.
    """
    if gpu < 0:
        if precision != DEFAULT_PRECISION:
            raise UsageError(
                f'--precision {precision} needs a GPU: the CPU trains in {DEFAULT_PRECISION}'
            )
        return
    config = import_module('chainer').global_config
    if precision != DEFAULT_PRECISION:
        import_module('chainercv_seg.engines.cuda.libraries').frontend()
        if import_module('chainer').should_use_cudnn('>=auto'):
            raise DeviceError(
                f'--precision {precision} needs CuPy 14: this one has a cuDNN of its own, by which Chainer '
                f'trains in {DEFAULT_PRECISION}'
            )
    config.convolution_precision = precision
    config.autotune = True
