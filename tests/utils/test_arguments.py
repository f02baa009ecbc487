import numpy as np
import pytest

from chainercv_seg.utils.arguments import positive_int, size_pair


@pytest.mark.parametrize('size', [5, np.int32(5), (5, 5), [5, 5], np.array([5, 5])])
def test_a_size_is_one_number_or_two(size):
    pair = size_pair(size, name='size')
    assert pair == (5, 5)
    assert all(type(value) is int for value in pair)


@pytest.mark.parametrize('size', [0, -1, 1.5, '5', None, True, (5,), (5, 5, 5), (5, 0), (5, 'a')])
def test_what_is_no_size_is_refused_by_name(size):
    with pytest.raises(ValueError, match='tile must be'):
        size_pair(size, name='tile')


@pytest.mark.parametrize('value', [0, -3, 2.0, '1', None, False, (1,)])
def test_a_count_is_a_positive_integer(value):
    with pytest.raises(ValueError, match='batchsize must be a positive integer, but got'):
        positive_int(value, name='batchsize')
