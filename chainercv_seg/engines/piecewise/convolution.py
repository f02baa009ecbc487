"""Convolution as matrix products, piece by piece: for GPUs without cuDNN.

A piece's patches are laid out as columns, and one matrix product makes its result. A piece never
takes more than a set workspace, whatever the batch: the columns of a whole batch, which is what
Chainer makes without cuDNN, are gigabytes for the networks here, and beyond 2^31 elements the kernel
that adds them up again counts wrongly. Arrays are channels first, of NumPy or CuPy.
"""

from typing import Any, NamedTuple

import numpy as np

from chainercv_seg.engines.piecewise.pieces import WORKSPACE, Pair, Piece, Window, cut, piece_size


class _Axis(NamedTuple):
    """What a piece looks at along one axis."""

    length: int  # padding included
    image: slice  # the part of it that is on the image
    inside: slice  # the same part, counted from the start of what the piece looks at


def _axis(window: Window, axis: int, positions: slice, size: int) -> _Axis:
    first = positions.start * window.stride[axis] - window.pad[axis]
    length = window.reach(axis, positions.stop - positions.start)
    start = min(max(first, 0), size)
    stop = max(min(first + length, size), start)
    return _Axis(length, slice(start, stop), slice(start - first, stop - first))


def _axes(window: Window, piece: Piece, size: Pair) -> tuple[_Axis, _Axis]:
    return _axis(window, 0, piece.rows, size[0]), _axis(window, 1, piece.columns, size[1])


def _area(piece: Piece) -> Pair:
    return piece.rows.stop - piece.rows.start, piece.columns.stop - piece.columns.start


def _patches(x: Any, window: Window, piece: Piece, dtype: Any, xp: Any) -> Any:
    """Lay out the patches of a piece: ``(groups, C / groups * kh * kw, positions)``."""
    C, H, W = x.shape[1:]
    y_axis, x_axis = _axes(window, piece, (H, W))
    part = xp.zeros((C, y_axis.length, x_axis.length), dtype)
    part[:, y_axis.inside, x_axis.inside] = x[piece.image, :, y_axis.image, x_axis.image]
    (kh, kw), (rows, columns) = window.kernel, _area(piece)
    channel, row, column = part.strides
    (sy, sx), (dy, dx) = window.stride, window.dilate
    patches = xp.lib.stride_tricks.as_strided(
        part,
        (C, kh, kw, rows, columns),
        (channel, dy * row, dx * column, sy * row, sx * column),
    )
    return patches.reshape(window.groups, C // window.groups * kh * kw, rows * columns)


def _add_patches(gx: Any, patches: Any, window: Window, piece: Piece, xp: Any) -> None:
    """Add the patches of a piece to where they lie on the map: the transpose of `_patches`."""
    C, H, W = gx.shape[1:]
    y_axis, x_axis = _axes(window, piece, (H, W))
    (kh, kw), (rows, columns) = window.kernel, _area(piece)
    patches = patches.reshape(C, kh, kw, rows, columns)
    part = xp.zeros((C, y_axis.length, x_axis.length), patches.dtype)
    (sy, sx), (dy, dx) = window.stride, window.dilate
    for u in range(kh):
        for v in range(kw):  # places of one tap never meet: no addition gets lost
            taken_rows = slice(u * dy, u * dy + sy * (rows - 1) + 1, sy)
            taken_columns = slice(v * dx, v * dx + sx * (columns - 1) + 1, sx)
            part[:, taken_rows, taken_columns] += patches[:, u, v]
    gx[piece.image, :, y_axis.image, x_axis.image] += part[:, y_axis.inside, x_axis.inside]


def _of_piece(y: Any, window: Window, piece: Piece, dtype: Any) -> Any:
    """Take a piece out of a result: ``(groups, O / groups, positions)``."""
    part = y[piece.image, :, piece.rows, piece.columns].astype(dtype, copy=False)
    return part.reshape(window.groups, y.shape[1] // window.groups, -1)


def _grouped(W: Any, window: Window, dtype: Any) -> Any:
    """Lay out a kernel as matrices: ``(groups, O / groups, C / groups * kh * kw)``."""
    return W.reshape(window.groups, len(W) // window.groups, -1).astype(dtype, copy=False)


def _pieces(
    window: Window, N: int, C: int, O: int, size: Pair, dtype: Any, workspace: int
) -> list[Piece]:
    itemsize = np.dtype(dtype).itemsize
    piece = piece_size(window, C, O, size, itemsize=itemsize, workspace=workspace)
    return list(cut(N, size, piece))


def piecewise_convolution(
    x: Any, W: Any, window: Window, *, xp: Any, workspace: int = WORKSPACE
) -> Any:
    """Convolve maps.

    Args:
        x: ``(N, C, H, W)``, of any floating type.
        W: ``(O, C / groups, kh, kw)``, of any floating type.
        window: How the kernel slides.
        xp: NumPy or CuPy, whichever the arrays are of.
        workspace: Bytes that a piece may take. Not counted: the kernel.

    Returns:
        ``(N, O, height, width)``, of the type of ``x``.

    Raises:
        ValueError: The padded map is smaller than the kernel, or the workspace too small for one
            position of the result.
    """
    N, C, *size = x.shape
    O, result_size = len(W), window.result_size((size[0], size[1]))
    dtype = np.result_type(x.dtype, W.dtype)
    kernel = _grouped(W, window, dtype)
    y = xp.empty((N, O, *result_size), x.dtype)
    for piece in _pieces(window, N, C, O, result_size, dtype, workspace):
        # No name keeps the arrays of one piece while those of the next are made.
        y[piece.image, :, piece.rows, piece.columns] = xp.matmul(
            kernel, _patches(x, window, piece, dtype, xp)
        ).reshape(O, *_area(piece))
    return y


def piecewise_data_gradient(
    gy: Any, W: Any, window: Window, size: Pair, *, xp: Any, workspace: int = WORKSPACE
) -> Any:
    """Differentiate a convolution with respect to its input: a transposed convolution.

    Args:
        gy: ``(N, O, height, width)``, the gradient of its result.
        W: ``(O, C / groups, kh, kw)``, its kernel.
        window: How the kernel slides.
        size: Height and width of its input.
        xp: NumPy or CuPy, whichever the arrays are of.
        workspace: Bytes that a piece may take. Not counted: the kernel.

    Returns:
        ``(N, C, *size)``, of the type of ``gy``.

    Raises:
        ValueError: The workspace is too small for one position of the result.
    """
    N, O, *result_size = gy.shape
    C = W.shape[1] * window.groups
    dtype = np.result_type(gy.dtype, W.dtype)
    kernel = _grouped(W, window, dtype).transpose(0, 2, 1)
    gx = xp.zeros((N, C, *size), gy.dtype)
    for piece in _pieces(window, N, C, O, (result_size[0], result_size[1]), dtype, workspace):
        _add_patches(gx, xp.matmul(kernel, _of_piece(gy, window, piece, dtype)), window, piece, xp)
    return gx


def piecewise_weight_gradient(
    x: Any, gy: Any, window: Window, *, dtype: Any, xp: Any, workspace: int = WORKSPACE
) -> Any:
    """Differentiate a convolution with respect to its kernel.

    Args:
        x: ``(N, C, H, W)``, its input.
        gy: ``(N, O, height, width)``, the gradient of its result.
        window: How the kernel slides.
        dtype: Type of the kernel.
        xp: NumPy or CuPy, whichever the arrays are of.
        workspace: Bytes that a piece may take. Not counted: the kernel's gradient, held twice.

    Returns:
        ``(O, C / groups, kh, kw)`` of ``dtype``.

    Raises:
        ValueError: The workspace is too small for one position of the result.
    """
    N, C = x.shape[:2]
    O, *result_size = gy.shape[1:]
    each = np.result_type(x.dtype, gy.dtype)
    groups = window.groups
    columns = C // groups * window.kernel[0] * window.kernel[1]
    # In float16 a sum over many pieces would lose what the products hold.
    total = xp.zeros((groups, O // groups, columns), np.result_type(each, np.float32))
    for piece in _pieces(window, N, C, O, (result_size[0], result_size[1]), each, workspace):
        total += xp.matmul(
            _of_piece(gy, window, piece, each),
            _patches(x, window, piece, each, xp).transpose(0, 2, 1),
        )
    return total.astype(dtype, copy=False).reshape(O, C // groups, *window.kernel)
