import numpy as np
import pytest

from chainercv_seg.functions import fft_weight_gradient
from tests.functions.direct import random_map, relative_error

pytest.importorskip('numba')


def direct_gradient(x, gy, kernel, pad):
    x = np.pad(x.astype(np.float64), ((0, 0), (pad[0], pad[0]), (pad[1], pad[1]), (0, 0)))
    height, width = gy.shape[1:3]
    gW = np.empty((gy.shape[3], x.shape[3], *kernel))
    for u, v in np.ndindex(*kernel):
        taken = x[:, u : u + height, v : v + width]
        gW[:, :, u, v] = np.tensordot(gy, taken, axes=((0, 1, 2), (0, 1, 2)))
    return gW


@pytest.mark.parametrize(
    ('size', 'channels', 'kernel', 'pad'),
    [
        ((45, 30), (40, 33), (7, 7), (3, 3)),
        ((20, 60), (3, 64), (7, 7), (0, 0)),
        ((33, 28), (5, 2), (4, 5), (2, 4)),
    ],
)
def test_it_is_the_correlation_of_input_and_gradient(size, channels, kernel, pad):
    x = random_map(2, *size, channels[0])
    shape = [n + 2 * p - k + 1 for n, p, k in zip(size, pad, kernel, strict=True)]
    gy = random_map(2, *shape, channels[1], seed=1)
    found = fft_weight_gradient(x, gy, kernel=kernel, pad=pad)
    assert relative_error(found, direct_gradient(x, gy, kernel, pad)) < 2e-6


def test_chunks_add_up(monkeypatch):
    x, gy = random_map(3, 50, 50, 4), random_map(3, 44, 44, 4, seed=1)
    whole = fft_weight_gradient(x, gy, kernel=(7, 7))
    monkeypatch.setattr('chainercv_seg.functions.fft_gradient.TILES_AT_A_TIME', 5)
    assert relative_error(fft_weight_gradient(x, gy, kernel=(7, 7)), whole) < 1e-6


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match='expected a kernel below 32'):
        fft_weight_gradient(random_map(1, 9, 9, 2), random_map(1, 9, 9, 2), kernel=(3, 3))
