"""Convolution by its definition, in double precision: what every method is compared with."""

import numpy as np


def convolve(x, W, bias=0, *, stride=1, pad=0, dilate=1):
    """Convolve ``(N, H, W, C)`` with ``(O, C, kh, kw)``; ``pad`` may be a pair."""
    ph, pw = (pad, pad) if np.isscalar(pad) else pad
    x = np.pad(x.astype(np.float64), ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    kh, kw = W.shape[2:]
    height = (x.shape[1] - dilate * (kh - 1) - 1) // stride + 1
    width = (x.shape[2] - dilate * (kw - 1) - 1) // stride + 1
    y = np.zeros((len(x), height, width, len(W))) + bias
    for u in range(kh):
        for v in range(kw):
            taken = x[:, u * dilate :: stride, v * dilate :: stride][:, :height, :width]
            y += taken @ W[:, :, u, v].astype(np.float64).T
    return y


def relative_error(found, expected):
    """Largest difference, as a share of the largest number."""
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


def random_map(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
