"""Convolution on GPUs where Chainer has no cuDNN: by cuDNN's frontend if it is there, else piece by piece."""

import logging
from functools import cache
from typing import Any

import chainer
import numpy as np

from chainercv_seg.engines.cuda.choice import TIMED
from chainercv_seg.engines.cuda.convolver import Convolver
from chainercv_seg.engines.cuda.depthwise_gradients import (
    DepthwiseGradients,
    is_depthwise,
)
from chainercv_seg.engines.cuda.gradients import CuDNNGradients
from chainercv_seg.engines.cuda.libraries import cupy, frontend
from chainercv_seg.engines.cuda.plan_table import PlanTable
from chainercv_seg.engines.piecewise.pieces import Pair, Window
from chainercv_seg.functions.piecewise_function import Piecewise
from chainercv_seg.functions.window_convolution import Methods, window_convolution_2d
from chainercv_seg.utils.errors import DeviceError

_logger = logging.getLogger(__name__)


def chainer_has_cudnn(x: Any, W: Any) -> bool:
    """Tell whether Chainer convolves two arrays that are on a GPU by a cuDNN of its own."""
    return chainer.should_use_cudnn('>=auto') and x.dtype == W.dtype


def gpu_convolution_2d(
    x: Any,
    W: Any,
    b: Any = None,
    *,
    stride: Pair = (1, 1),
    pad: Pair = (0, 0),
    dilate: Pair = (1, 1),
    groups: int = 1,
) -> chainer.Variable:
    """Convolve on a GPU, with gradients of any order.

    Of Chainer's configuration it obeys ``use_cudnn``, ``cudnn_deterministic`` and ``autotune``; besides,
    ``convolution_precision`` says in what float32 is computed (``'float32'``, the default, or ``'tf32'``),
    and ``convolution_workspace`` how many bytes a piece may take where there is no cuDNN. Where no gradients
    will be asked for, an image gives the same bits in every batch.

    Args:
        x: ``(N, C, H, W)`` array or variable, of any floating type.
        W: ``(O, C / groups, kh, kw)`` array or variable.
        b: ``(O,)`` array or variable, or None.
        stride: Distance between the positions of the result, down and right.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        groups: Number of groups of channels.

    Returns:
        ``(N, O, height, width)``, of the type of ``x``.

    Raises:
        ValueError: The shapes do not fit each other.
    """
    W = chainer.as_variable(W)
    window = Window(W.shape[2:], stride, pad, dilate, groups)
    with chainer.using_device(W.device):  # another may be the current one
        return window_convolution_2d(x, W, b, window, choose_methods(x, W, groups))


def choose_methods(x: Any, W: Any, groups: int) -> Methods:
    """Choose what computes a convolution on the current GPU.

    Args:
        x: The maps, an array or a variable.
        W: The kernel.
        groups: Number of groups of channels.
    """
    if is_depthwise(x, W, groups):
        return DepthwiseGradients(xp=cupy())
    wanted = chainer.config.use_cudnn in ('always', 'auto')
    fits = groups == 1 and x.dtype == W.dtype and x.dtype in (np.float16, np.float32)
    if not (wanted and fits and frontend_is_there()):
        return Piecewise()
    precision = getattr(chainer.config, 'convolution_precision', None) or 'float32'
    return WithFallback(CuDNNGradients(_convolver(), precision, xp=cupy()))


@cache
def frontend_is_there() -> bool:
    """Tell whether cuDNN's frontend is there; where it is not, say so once a process."""
    try:
        frontend()
    except DeviceError as error:
        _logger.warning('%s. Until then convolutions go piece by piece, more slowly', error)
        return False
    return True


def _convolver() -> Convolver:
    """What computes on the current GPU as Chainer's configuration says."""
    device = int(cupy().cuda.runtime.getDevice())
    if not chainer.config.enable_backprop:
        return _steady_convolver(device)
    most = TIMED if chainer.config.autotune else 1
    return _training_convolver(device, most, bool(chainer.config.cudnn_deterministic))


@cache
def _training_convolver(device: int, most: int, deterministic: bool) -> Convolver:
    return Convolver(most=most, deterministic=deterministic)


@cache
def _steady_convolver(device: int) -> Convolver:
    """One that gives an image the same bits in every batch and process: it times nothing."""
    return Convolver(table=PlanTable(f'GPU {device}', closed=True))


class WithFallback:
    """Methods, and piecewise ones for what they cannot compute.

    Args:
        methods: The methods; they raise a DeviceError for what they cannot compute.
    """

    def __init__(self, methods: Methods) -> None:
        self._methods, self._piecewise = methods, Piecewise()

    def forward(self, x: Any, W: Any, window: Window) -> Any:
        """Compute the result."""
        return self._compute('forward', x, W, window)

    def data(self, gy: Any, W: Any, window: Window, size: Pair) -> Any:
        """Compute the gradient with respect to the maps."""
        return self._compute('data', gy, W, window, size)

    def weights(self, x: Any, gy: Any, window: Window, dtype: Any) -> Any:
        """Compute the gradient with respect to the kernel."""
        return self._compute('weights', x, gy, window, dtype)

    def _compute(self, name: str, *arguments: Any) -> Any:
        try:
            return getattr(self._methods, name)(*arguments)
        except DeviceError as error:
            _tell(str(error))
            return getattr(self._piecewise, name)(*arguments)


@cache
def _tell(message: str) -> None:
    _logger.warning('%s: it goes piece by piece, more slowly', message)
