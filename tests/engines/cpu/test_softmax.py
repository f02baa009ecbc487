import chainer.functions as F
import numpy as np
import pytest

from chainercv_seg.engines.cpu.softmax import softmax
from tests.engines.cpu.direct import random_map


@pytest.mark.parametrize('shape', [(5, 7, 9), (150, 60, 33), (1, 1, 1)])
def test_probabilities_are_chainers_to_the_bit(shape):
    x = 9 * random_map(*shape)
    result = np.empty_like(x)
    softmax(x, result)
    np.testing.assert_array_equal(result, F.softmax(x[None]).array[0])


@pytest.mark.parametrize('size', [(7, 9), (30, 25), (7, 40), (15, 9), (1, 1)])
@pytest.mark.parametrize('part', [(slice(None), slice(None)), (slice(0, 1), slice(1, None))])
def test_a_part_of_resized_scores_is_added(size, part):
    x = random_map(5, 7, 9)[:, :, ::-1]
    expected = F.softmax(F.resize_images(np.ascontiguousarray(x)[None], size)).array[0]
    total = np.ones_like(expected)
    softmax(x, total[:, part[0], part[1]], add=True, size=size, part=part)
    outside = np.ones_like(expected)
    outside[:, part[0], part[1]] += expected[:, part[0], part[1]]
    np.testing.assert_allclose(total, outside, atol=1e-6)


def test_scores_may_turn_into_probabilities_in_place():
    x = random_map(4, 30, 20)
    expected = F.softmax(x[None]).array[0]
    softmax(x, x)
    np.testing.assert_array_equal(x, expected)
