"""The engine that others are held against: NumPy, float64, each operation as it is defined."""

import math

import numpy as np


class ReferenceEngine:
    """Computes a program the direct way, with no cleverness at all."""

    def compile(self, program, *, precision='float64'):
        return ReferenceRunner(program)


class ReferenceRunner:
    nbytes = 0

    def __init__(self, program):
        self.nodes = list(program.nodes)

    def __call__(self, x):
        self.maps, self.codes = [], {}
        for number, node in enumerate(self.nodes):
            self.number = number
            self.maps.append(getattr(self, type(node).__name__)(node, x.astype(np.float64)))
        return self.maps[-1]

    def close(self):
        pass

    def Image(self, node, x):
        response = node.local_response
        if response is None:
            return x
        reach = response.n // 2
        squares = np.pad(x * x, ((0, 0), (reach, reach), (0, 0), (0, 0)))
        total = sum(squares[:, k : k + x.shape[1]] for k in range(2 * reach + 1))
        return x * (response.k + response.alpha * total) ** -response.beta

    def Convolution(self, node, _):
        W, bias = node.weights.fold()
        y = convolve(self.maps[node.x.number], W, node.stride, node.pad, node.dilate)
        y += bias[:, None, None]
        if node.add is not None:
            y += self.maps[node.add.number]
        y = np.maximum(y, 0) if node.relu else y
        if node.pool:
            y, self.codes[self.number] = pool(y)
        return y

    def Separable(self, node, _):
        W, bias = node.weights.fold()
        x = np.maximum(self.maps[node.x.number], 0) if node.relu_in else self.maps[node.x.number]
        channels = [
            convolve(x[:, c : c + 1], W[c : c + 1], node.stride, node.pad, node.dilate)
            for c in range(len(W))
        ]
        h = np.concatenate(channels, axis=1) + bias[:, None, None]
        h = np.maximum(h, 0) if node.relu_mid else h
        W, bias = node.pointwise.fold()
        y = np.einsum('oc,nchw->nohw', W[:, :, 0, 0], h, optimize=True) + bias[:, None, None]
        if node.add is not None:
            y += self.maps[node.add.number]
        return np.maximum(y, 0) if node.relu else y

    def Unpool(self, node, _):
        x, codes = self.maps[node.x.number], self.codes[node.pooled.number]
        rows, columns = np.minimum(x.shape[2:], codes.shape[2:])
        x, codes = x[:, :, :rows, :columns], codes[:, :, :rows, :columns]
        y = np.zeros((*x.shape[:2], 2 * rows, 2 * columns))
        for code in range(4):
            y[:, :, code // 2 :: 2, code % 2 :: 2] = np.where(codes == code, x, 0)
        return y

    def MaxPool(self, node, _):
        x = self.maps[node.x.number]
        height, width = (
            -(-(length + 2 * node.pad - node.window) // node.stride) + 1
            if node.cover_all
            else (length + 2 * node.pad - node.window) // node.stride + 1
            for length in x.shape[2:]
        )
        y = np.empty((*x.shape[:2], height, width))
        for i, j in np.ndindex(height, width):
            top, left = i * node.stride - node.pad, j * node.stride - node.pad
            window = x[:, :, max(0, top) : top + node.window, max(0, left) : left + node.window]
            y[:, :, i, j] = window.max(axis=(2, 3))
        return y

    def MeanPool(self, node, _):
        x = self.maps[node.x.number]
        if node.bins is not None:
            # As PyTorch documents it: bin i of n over a length L holds floor(i L / n) to ceil((i + 1) L / n).
            n, (height, width) = node.bins, x.shape[2:]
            y = np.empty((*x.shape[:2], n, n))
            for i, j in np.ndindex(n, n):
                top, left = math.floor(i * height / n), math.floor(j * width / n)
                bottom, right = math.ceil((i + 1) * height / n), math.ceil((j + 1) * width / n)
                y[:, :, i, j] = x[:, :, top:bottom, left:right].mean(axis=(2, 3))
            return y
        if node.window is None:
            return x.mean(axis=(2, 3), keepdims=True)
        (h, w), (height, width) = node.window, x.shape[2:]
        rows = [x[:, :, i * h : (i + 1) * h].mean(axis=2) for i in range(height // h)]
        x = np.stack(rows, axis=2)
        return np.stack(
            [x[..., j * w : (j + 1) * w].mean(axis=3) for j in range(width // w)], axis=3
        )

    def Join(self, node, _):
        size = self.maps[node.x.number].shape[2:]
        maps = [self.maps[part.number] for part in node.maps]
        return np.concatenate([resize(x, size, node.align_corners) for x in maps], axis=1)


def convolve(x, W, stride, pad, dilate):
    """Sum products tap by tap: ``(N, C, H, W)`` with ``(O, C, kh, kw)``."""
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    height, width = (
        (length - dilate * (taps - 1) - 1) // stride + 1
        for length, taps in zip(x.shape[2:], W.shape[2:], strict=True)
    )
    y = 0.0
    for u, v in np.ndindex(W.shape[2:]):
        rows = slice(u * dilate, u * dilate + (height - 1) * stride + 1, stride)
        columns = slice(v * dilate, v * dilate + (width - 1) * stride + 1, stride)
        y = y + np.einsum('oc,nchw->nohw', W[:, :, u, v], x[:, :, rows, columns], optimize=True)
    return y


def pool(x):
    """Take the first of the largest of each window of 2 by 2, and where it was."""
    N, C, H, W = x.shape
    padded = np.full((N, C, H + H % 2, W + W % 2), -np.inf)
    padded[:, :, :H, :W] = x
    windows = np.stack([padded[:, :, k // 2 :: 2, k % 2 :: 2] for k in range(4)])
    return windows.max(axis=0), windows.argmax(axis=0)


def resize(x, size, align_corners=True):
    """Blend two neighbours along each axis, corners aligned or edges."""
    for axis, length in zip((2, 3), size, strict=True):
        at = np.linspace(0, x.shape[axis] - 1, length)
        if not align_corners:
            at = (np.arange(length) + 0.5) * x.shape[axis] / length - 0.5
            at = np.minimum(np.maximum(at, 0), x.shape[axis] - 1)
        low = np.minimum(at.astype(int), max(x.shape[axis] - 2, 0))
        share = (at - low).reshape((-1,) + (1,) * (3 - axis))
        high = np.minimum(low + 1, x.shape[axis] - 1)
        x = np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share
    return x
