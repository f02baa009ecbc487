import numpy as np
import pytest

from chainercv_seg.utils.arguments import check_able, check_array, positive_int, size_pair


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


@pytest.mark.parametrize('value', [None, 1, 'a', b'a', [[1]], {}, object(), np.ndarray])
def test_what_is_no_array_is_refused_by_its_type(value):
    with pytest.raises(ValueError, match=r'label must be an array \(H, W\); found a'):
        check_array(value, '(H, W)', name='label')


@pytest.mark.parametrize('value', [np.zeros(2), np.zeros((1, 2, 3)), np.float32(1)])
def test_an_array_of_other_axes_is_refused_by_its_shape(value):
    with pytest.raises(ValueError, match=r'label must be an array \(H, W\); found shape \('):
        check_array(value, '(H, W)', name='label')
    check_array(np.zeros((1, 2)), '(H, W)', name='label')


@pytest.mark.parametrize('value', [None, 1, 'a', [], object(), dict])
def test_what_cannot_do_what_is_asked_of_it_is_refused(value):
    with pytest.raises(ValueError, match=r'link must have items\(\), but got'):
        check_able(value, 'items', name='link')
    check_able({}, 'items', name='link')
