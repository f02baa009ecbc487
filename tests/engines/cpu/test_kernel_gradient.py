import numpy as np
import pytest

from chainercv_seg.engines.cpu.fft.gradient import fft_kernel_gradient
from chainercv_seg.engines.cpu.kernel_gradient import kernel_gradient
from chainercv_seg.engines.cpu.pooling import max_pool_with_codes, unpool
from tests.engines.cpu.direct import random_map, relative_error

pytest.importorskip('numba')


def direct_gradient(x, gy, kernel, pad, dilate=1):
    ph, pw = (pad, pad) if np.isscalar(pad) else pad
    x = np.pad(x.astype(np.float64), ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    height, width = gy.shape[1:3]
    gW = np.empty((gy.shape[3], x.shape[3], *kernel))
    for u, v in np.ndindex(*kernel):
        taken = x[:, u * dilate : u * dilate + height, v * dilate : v * dilate + width]
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
def test_by_fft_it_is_the_correlation_of_input_and_gradient(size, channels, kernel, pad):
    x = random_map(2, *size, channels[0])
    shape = [n + 2 * p - k + 1 for n, p, k in zip(size, pad, kernel, strict=True)]
    gy = random_map(2, *shape, channels[1], seed=1)
    found = fft_kernel_gradient(x, gy, kernel=kernel, pad=pad)
    assert relative_error(found, direct_gradient(x, gy, kernel, pad)) < 2e-6


@pytest.mark.parametrize('method', ['fft', 'matmul', 'winograd'])
@pytest.mark.parametrize(
    ('size', 'channels', 'pad', 'dilate'),
    [
        ((14, 19), (20, 24), 1, 1),
        ((9, 33), (3, 17), 0, 1),
        ((13, 13), (40, 5), 2, 1),
        ((15, 12), (7, 33), 2, 2),
        ((21, 11), (16, 16), 1, 4),
    ],
)
def test_every_method_gives_it_for_3x3_kernels(method, size, channels, pad, dilate):
    if method == 'fft' and dilate > 1:
        pytest.skip('there is no dilated convolution by FFT')
    x = random_map(2, *size, channels[0])
    shape = [n + 2 * (pad - dilate) for n in size]
    gy = random_map(2, *shape, channels[1], seed=1)
    found = kernel_gradient(x, gy, ksize=3, pad=pad, dilate=dilate, method=method)
    assert relative_error(found, direct_gradient(x, gy, (3, 3), pad, dilate)) < 5e-6


@pytest.mark.parametrize(('ksize', 'pad'), [(1, 0), (1, 1), (2, 1), (7, 3)])
def test_matrix_products_give_it_for_any_kernel(ksize, pad):
    x = random_map(2, 12, 17, 18)
    gy = random_map(2, 12 + 2 * pad - ksize + 1, 17 + 2 * pad - ksize + 1, 19, seed=1)
    found = kernel_gradient(x, gy, ksize=ksize, pad=pad, method='matmul')
    assert relative_error(found, direct_gradient(x, gy, (ksize, ksize), pad)) < 2e-6


@pytest.mark.parametrize('method', ['fft', 'matmul'])
def test_a_pooled_input_is_put_back_first(method):
    x, codes = max_pool_with_codes(random_map(2, 18, 20, 9))
    gy = random_map(2, 18, 20, 6, seed=1)
    found = kernel_gradient(x, gy, ksize=5, pad=2, codes=codes, method=method)
    assert relative_error(found, direct_gradient(unpool(x, codes), gy, (5, 5), 2)) < 2e-6


@pytest.mark.parametrize(('module', 'ksize'), [('fft', 7), ('winograd', 3), ('products', 2)])
def test_pieces_and_threads_add_up(monkeypatch, module, ksize):
    x = random_map(3, 50, 50, 4)
    gy = random_map(3, 51 - ksize, 51 - ksize, 4, seed=1)
    method = {'products': 'matmul'}.get(module, module)
    whole = kernel_gradient(x, gy, ksize=ksize, method=method)
    piece = {'matmul': ('PIECE', 1 << 13)}.get(method, ('TILES_AT_A_TIME', 5))
    monkeypatch.setattr(f'chainercv_seg.engines.cpu.{module}.gradient.{piece[0]}', piece[1])
    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: 3)
    found = [kernel_gradient(x, gy, ksize=ksize, method=method) for _ in range(2)]
    assert relative_error(found[0], whole) < (5e-6 if method == 'winograd' else 2e-6)
    np.testing.assert_array_equal(*found)  # whichever thread was first


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match='expected a kernel below 32'):
        fft_kernel_gradient(random_map(1, 9, 9, 2), random_map(1, 9, 9, 2), kernel=(3, 3))
    with pytest.raises(ValueError, match="found 'winograd'"):
        kernel_gradient(random_map(1, 9, 9, 2), random_map(1, 5, 5, 2), ksize=5, method='winograd')
