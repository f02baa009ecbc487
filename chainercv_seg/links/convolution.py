"""Chainer's convolution link, constructed without writing memory that nothing reads."""

from typing import Any

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

from chainercv_seg.functions.convolution_function import convolution_2d
from chainercv_seg.functions.gpu_convolution import chainer_has_cudnn, gpu_convolution_2d
from chainercv_seg.utils.arguments import positive_int, size_pair


def leave_unset(array: Any) -> None:
    """Initialize nothing: for kernels that are loaded right afterwards.

    Args:
        array: The array that other initializers fill.
    """


def goes_our_way(x: Any, W: Any) -> bool:
    """Tell whether `gpu_convolution_2d` convolves a map: on a GPU, where Chainer has no cuDNN to ask."""
    return isinstance(W.device, chainer.backend.GpuDevice) and not chainer_has_cudnn(x, W)


class Convolution2D(L.Convolution2D):
    """:class:`chainer.links.Convolution2D` that starts without a gradient.

    Chainer allocates the gradient together with the kernel and fills it with NaN: for networks as
    large as these, more time and memory than loading the weights takes. In training on the CPU,
    convolutions with stride 1 go by FFT, Winograd or matrix products (`convolution_2d`); on a GPU
    where Chainer has no cuDNN, by its frontend or piece by piece (`gpu_convolution_2d`). Arguments and
    parameters are Chainer's, and so are the numerics but for rounding. With :func:`leave_unset` as
    initializer, the kernel has a shape, but no memory of its own and no values until weights are
    loaded.

    Chainer convolves float32 with a kernel of another type, as ``CHAINER_DTYPE`` makes one, unless there
    is a bias, which has to have the map's type: here it is converted.

    Raises:
        ValueError: A number is out of range, or none. The message names the argument.
    """

    def __init__(
        self,
        in_channels: int | None,
        out_channels: int,
        ksize: int | tuple[int, int] | None = None,
        stride: int | tuple[int, int] = 1,
        pad: int | tuple[int, int] = 0,
        nobias: bool = False,
        initialW: Any = None,
        initial_bias: Any = None,
        *,
        dilate: int | tuple[int, int] = 1,
        groups: int = 1,
    ) -> None:
        if ksize is None:
            if in_channels is None:
                raise ValueError('ksize is missing: expected (in_channels, out_channels, ksize)')
            out_channels, ksize, in_channels = in_channels, out_channels, None
        super().__init__(
            None if in_channels is None else positive_int(in_channels, name='in_channels'),
            positive_int(out_channels, name='out_channels'),
            size_pair(ksize, name='ksize'),
            size_pair(stride, name='stride'),
            size_pair(pad, name='pad', may_be_zero=True),
            nobias,
            initialW,
            initial_bias,
            dilate=size_pair(dilate, name='dilate'),
            groups=positive_int(groups, name='groups'),
        )

    def _initialize_params(self, in_channels: int) -> None:
        # Before the kernel exists, this says that the gradient shall not exist either.
        self.W.cleargrad()
        super()._initialize_params(in_channels)
        if self.W.initializer is leave_unset:
            # What Chainer has just allocated goes back, so that the loading uses it again.
            self.W.array = np.broadcast_to(np.zeros((), self.W.dtype), self.W.shape)
            # For copies that start anew (`copy('init')`, `repeat`): Chainer's default.
            self.W.initializer = chainer.initializers.LeCunNormal(dtype=self.W.dtype)

    def forward(self, x: Any) -> chainer.Variable:
        """Convolve ``(N, C, H, W)``."""
        if self.W.array is None:
            self._initialize_params(x.shape[1])
        b = self.b
        if b is not None and b.dtype != x.dtype:  # see the class on CHAINER_DTYPE
            b = F.cast(b, x.dtype)
        if goes_our_way(x, self.W):
            return gpu_convolution_2d(
                x,
                self.W,
                b,
                stride=self.stride,
                pad=self.pad,
                dilate=self.dilate,
                groups=self.groups,
            )
        height, width = self.pad
        rows, columns = self.dilate
        plain = self.stride == (1, 1) and self.groups == 1 and height == width and rows == columns
        if chainer.config.train and plain:
            return convolution_2d(x, self.W, b, pad=height, dilate=rows)
        if b is self.b:
            return super().forward(x)
        return F.convolution_2d(
            x, self.W, b, self.stride, self.pad, dilate=self.dilate, groups=self.groups
        )
