"""Fixed rules say how a convolution is added up, and float32 stays nearly that on tensor cores."""

import numpy as np
import pytest

from chainercv_seg.engines.cuda.arithmetic import (
    MOST_PRODUCTS,
    high_part,
    kernel_array,
    padded,
    sums,
    wants_parts,
)


@pytest.mark.parametrize(('channels', 'taps'), [(64, 49), (2048, 9), (4096, 9), (728, 1), (20, 9)])
def test_no_sum_is_longer_than_it_may_be_and_all_channels_are_in_one(channels, taps):
    how = sums('float32', channels, taps, split=True)
    assert how.precision == 'tf32'
    ends = [0, *(piece.stop for piece in how.pieces)]
    assert [piece.start for piece in how.pieces] == ends[:-1]
    assert ends[-1] == channels
    for piece in how.pieces:
        assert (piece.stop - piece.start) * taps <= MOST_PRODUCTS
        assert piece.start % 4 == 0


@pytest.mark.parametrize('precision', ['float32', 'tf32', 'float16'])
def test_whole_numbers_have_one_sum(precision):
    assert sums(precision, 4096, 9, split=False) == (precision, False, (slice(0, 4096),))


def test_only_float32_of_enough_work_is_computed_from_parts():
    assert wants_parts('float32', 64, 9)
    assert not wants_parts('float32', 64, 1)
    assert not wants_parts('float32', 3, 49)
    assert not wants_parts('tf32', 64, 9)
    assert not wants_parts('float16', 64, 9)


def test_channels_are_padded_to_whole_vectors():
    assert [padded(n, 'float32') for n in (1, 4, 19, 150)] == [4, 4, 20, 152]
    assert [padded(n, 'float16') for n in (3, 8, 19, 304)] == [8, 8, 24, 304]
    W = np.random.RandomState(0).normal(size=(3, 5, 2, 2))
    array = kernel_array(W, (4, 8))
    assert array.shape == (4, 2, 2, 8)
    np.testing.assert_array_equal(array[:3, :, :, :5], W.transpose(0, 2, 3, 1).astype('f'))
    assert array.sum() == pytest.approx(W.sum())


def test_high_parts_fit_into_tf32_and_what_is_left_is_exact():
    x = np.random.RandomState(0).normal(0, 100, 10000).astype('f')
    high = high_part(x)
    assert not (high.view(np.uint32) & 0x1FFF).any()
    low = x - high
    np.testing.assert_array_equal(high.astype('d') + low, x.astype('d'))
    assert np.abs(low).max() <= np.abs(x).max() * 2**-11


def test_three_products_of_parts_are_nearly_one_of_float32():
    rng = np.random.RandomState(1)
    x, w = rng.normal(size=(200, 500)).astype('f'), rng.normal(size=500).astype('f')

    def tf32(a):
        return (a.view(np.uint32) & np.uint32(0xFFFFE000)).view('f').astype('d')

    xh, wh = high_part(x), high_part(w)
    found = tf32(xh) @ tf32(wh) + tf32(x - xh) @ tf32(wh) + tf32(xh) @ tf32(w - wh)
    exact = x.astype('d') @ w.astype('d')
    error = np.linalg.norm(found - exact) / np.linalg.norm(exact)
    assert error < 1e-6
    assert np.linalg.norm(tf32(x) @ tf32(w) - exact) / np.linalg.norm(exact) > 100 * error
