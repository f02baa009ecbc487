import numpy as np
import pytest

from chainercv_seg.engines.cpu.pooling import (
    average_pool,
    max_pool,
    max_pool_with_codes,
    take_pooled,
    unpool,
)
from tests.engines.cpu.direct import random_map

chainer = pytest.importorskip('chainer')
F = pytest.importorskip('chainer.functions')


def first(x):
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


@pytest.mark.parametrize('size', [(8, 6), (7, 9), (1, 1)])
def test_pooling_and_its_codes_are_those_of_chainer(size):
    x = np.maximum(random_map(2, *size, 5), 0)
    y, codes = max_pool_with_codes(x)
    expected, indices = F.max_pooling_2d(first(x), 2, 2, return_indices=True)
    np.testing.assert_array_equal(first(y), expected.array)
    np.testing.assert_array_equal(first(codes), indices)


def test_unpooling_puts_values_where_chainer_puts_them():
    x, codes = max_pool_with_codes(random_map(2, 7, 9, 5))
    indices = first(codes).astype(np.int32)
    expected = F.upsampling_2d(first(x), indices, 2, 2, outsize=(8, 10)).array
    np.testing.assert_array_equal(first(unpool(x, codes)), expected)


def test_values_are_taken_from_where_unpooling_puts_them():
    x, codes = max_pool_with_codes(random_map(2, 8, 10, 37))
    np.testing.assert_array_equal(take_pooled(unpool(x, codes), codes), x)


@pytest.mark.parametrize('length', range(4, 11))
@pytest.mark.parametrize(('size', 'stride', 'pad'), [(3, 2, 1), (2, 2, 0), (3, 2, 0), (3, 3, 1)])
def test_max_pooling_is_that_of_chainer_at_any_size(length, size, stride, pad):
    x = random_map(1, length, 9, 3)
    expected = F.max_pooling_2d(first(x), size, stride, pad).array
    np.testing.assert_array_equal(first(max_pool(x, size=size, stride=stride, pad=pad)), expected)


@pytest.mark.parametrize('size', [(2, 3), (9, 4), (10, 10)])
def test_average_pooling_drops_what_does_not_fill_a_window(size):
    x = random_map(2, 10, 11, 4)
    expected = F.average_pooling_2d(first(x), size, size).array
    np.testing.assert_allclose(first(average_pool(x, size)), expected, rtol=1e-5, atol=1e-6)
