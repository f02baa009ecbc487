"""Convolution with gradients of any order over methods that compute it and both of its gradients."""

from typing import Any, Protocol

import chainer
import chainer.functions as F

from chainercv_seg.engines.piecewise.pieces import Pair, Window


class Methods(Protocol):
    """What computes a convolution and its gradients; all are linear in both of their arrays.

    Arrays are of NumPy or CuPy: maps ``(N, C, H, W)``, kernels ``(O, C / groups, kh, kw)``, results
    ``(N, O, height, width)``.
    """

    def forward(self, x: Any, W: Any, window: Window) -> Any:
        """Compute the result, of the type of ``x``."""

    def data(self, gy: Any, W: Any, window: Window, size: Pair) -> Any:
        """Compute the gradient with respect to maps of a height and width, of the type of ``gy``."""

    def weights(self, x: Any, gy: Any, window: Window, dtype: Any) -> Any:
        """Compute the gradient with respect to the kernel, of ``dtype``."""


class WindowConvolution2D(chainer.FunctionNode):
    """Convolution.

    Args:
        window: How the kernel slides.
        methods: What computes.
    """

    def __init__(self, window: Window, methods: Methods) -> None:
        super().__init__()
        self.window, self.methods = window, methods

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Convolve ``(N, C, H, W)`` with ``(O, C / groups, kh, kw)``."""
        self.retain_inputs((0, 1))
        x, W = inputs
        return (self.methods.forward(x, W, self.window),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate; the gradients can themselves be differentiated."""
        x, W = self.get_retained_inputs()
        (gy,) = grads
        results: list[Any] = []
        if 0 in indexes:
            results += DataGradient(self.window, self.methods, x.shape[2:]).apply((gy, W))
        if 1 in indexes:
            results += WeightGradient(self.window, self.methods, W.dtype).apply((x, gy))
        return tuple(results)


class DataGradient(chainer.FunctionNode):
    """The gradient of `WindowConvolution2D` with respect to its input.

    Args:
        window: How the kernel slides.
        methods: What computes.
        size: Height and width of that input.
    """

    def __init__(self, window: Window, methods: Methods, size: Pair) -> None:
        super().__init__()
        self.window, self.methods, self.size = window, methods, size

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Spread ``(N, O, height, width)`` by ``(O, C / groups, kh, kw)``."""
        self.retain_inputs((0, 1))
        gy, W = inputs
        return (self.methods.data(gy, W, self.window, self.size),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate: the operation is linear in both inputs."""
        gy, W = self.get_retained_inputs()
        (ggx,) = grads
        results: list[Any] = []
        if 0 in indexes:
            results += WindowConvolution2D(self.window, self.methods).apply((ggx, W))
        if 1 in indexes:
            results += WeightGradient(self.window, self.methods, W.dtype).apply((ggx, gy))
        return tuple(results)


class WeightGradient(chainer.FunctionNode):
    """The gradient of `WindowConvolution2D` with respect to its kernel.

    Args:
        window: How the kernel slides.
        methods: What computes.
        dtype: Type of the kernel.
    """

    def __init__(self, window: Window, methods: Methods, dtype: Any) -> None:
        super().__init__()
        self.window, self.methods, self.dtype = window, methods, dtype

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Correlate ``(N, C, H, W)`` with ``(N, O, height, width)``."""
        self.retain_inputs((0, 1))
        x, gy = inputs
        return (self.methods.weights(x, gy, self.window, self.dtype),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate: the operation is linear in both inputs."""
        x, gy = self.get_retained_inputs()
        (ggW,) = grads
        results: list[Any] = []
        if 0 in indexes:
            results += DataGradient(self.window, self.methods, x.shape[2:]).apply((gy, ggW))
        if 1 in indexes:
            results += WindowConvolution2D(self.window, self.methods).apply((x, ggW))
        return tuple(results)


def window_convolution_2d(
    x: Any, W: Any, b: Any, window: Window, methods: Methods
) -> chainer.Variable:
    """Convolve, with gradients of any order.

    Args:
        x: ``(N, C, H, W)`` array or variable, of any floating type.
        W: ``(O, C / groups, kh, kw)`` array or variable.
        b: ``(O,)`` array or variable, or None.
        window: How the kernel slides.
        methods: What computes.

    Returns:
        ``(N, O, height, width)``, of the type of ``x``.

    Raises:
        ValueError: The shapes do not fit each other.
    """
    x, W = chainer.as_variable(x), chainer.as_variable(W)
    groups = window.groups
    if x.shape[1] != W.shape[1] * groups or len(W) % groups:
        raise ValueError(
            f'expected a map of {W.shape[1] * groups} channels for a kernel of {W.shape} in {groups} '
            f'groups, which divide {len(W)}; found one of {x.shape}'
        )
    (y,) = WindowConvolution2D(window, methods).apply((x, W))
    return y if b is None else F.bias(y, b)
