"""A convolution, or one of its gradients, as cuDNN is asked for it. Pure planning."""

import math
from dataclasses import dataclass, replace

Pair = tuple[int, int]
Shape = tuple[int, int, int, int]

#: What is computed from what: the result from maps and kernel; the gradient with respect to the maps from
#: that of the result and the kernel; that with respect to the kernel from the maps and that of the result.
OPERANDS = {
    'forward': ('x', 'kernel', 'y'),
    'data': ('y', 'kernel', 'x'),
    'weights': ('x', 'y', 'kernel'),
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Sizes, layout and arithmetic. Shapes are in the order ``(N, C, H, W)`` whatever the layout.

    Attributes:
        kind: A key of `OPERANDS`.
        x: ``(N, C, H, W)`` of the maps.
        kernel: ``(O, C / groups, kh, kw)``.
        stride: Distance between the positions of the result, down and right.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        channels_last: Whether maps lie as ``(N, H, W, C)`` and kernels as ``(O, kh, kw, C)``.
        precision: One of `PRECISIONS`; with ``'float16'`` all numbers are of half precision, else float32.
    """

    kind: str = 'forward'
    x: Shape
    kernel: Shape
    stride: Pair = (1, 1)
    pad: Pair = (0, 0)
    dilate: Pair = (1, 1)
    channels_last: bool = False
    precision: str = 'float32'

    @property
    def y(self) -> Shape:
        """``(N, O, height, width)`` of the result."""
        height, width = (
            (self.x[2 + i] + 2 * self.pad[i] - self.dilate[i] * (self.kernel[2 + i] - 1) - 1)
            // self.stride[i]
            + 1
            for i in (0, 1)
        )
        return self.x[0], self.kernel[0], height, width

    @property
    def shapes(self) -> tuple[Shape, Shape, Shape]:
        """The shapes of both operands and of what is computed, in the order of `OPERANDS`."""
        first, second, result = (getattr(self, name) for name in OPERANDS[self.kind])
        return first, second, result

    @property
    def itemsize(self) -> int:
        """Bytes of a number."""
        return 2 if self.precision == 'float16' else 4

    @property
    def nbytes(self) -> tuple[int, int, int]:
        """Bytes of both operands and of what is computed."""
        first, second, result = (math.prod(shape) * self.itemsize for shape in self.shapes)
        return first, second, result

    def strides(self, shape: Shape) -> list[int]:
        """How many numbers lie between neighbours along each axis ``(N, C, H, W)`` in memory."""
        _, C, H, W = shape
        return [C * H * W, 1, W * C, C] if self.channels_last else [C * H * W, H * W, W, 1]

    @property
    def alone(self) -> 'Problem':
        """The same for a batch of one."""
        return replace(self, x=(1, *self.x[1:]))

    @property
    def key(self) -> str:
        """All of it in one line of text."""
        pairs = ' '.join(
            f'{name} {"x".join(map(str, getattr(self, name)))}'
            for name in ('x', 'kernel', 'stride', 'pad', 'dilate')
        )
        layout = 'NHWC' if self.channels_last else 'NCHW'
        return f'{self.kind} {pairs} {layout} {self.precision}'
