"""Programs: what they refuse, and the size of maps."""

import math

import pytest

from chainercv_seg.engines.bins import bin_edges
from tests.engines.engine_contract import Verbs, begin, weights


def test_channels_that_do_not_fit_are_refused():
    program, x = begin(8)
    with pytest.raises(ValueError, match='what is read does not fit: '):
        program.convolution(x, weights(4, 9, 1, 1))
    with pytest.raises(ValueError, match='what is read does not fit: '):
        program.convolution(x, weights(4, 8, 1, 1), add=x)
    with pytest.raises(ValueError, match='what is read does not fit: '):
        program.separable(x, weights(9, 1, 3, 3), weights(4, 9, 1, 1))
    with pytest.raises(ValueError, match='what is read does not fit: '):
        program.separable(x, weights(8, 1, 3, 3), weights(4, 8, 1, 1), add=x)


def test_only_what_was_pooled_can_be_put_back():
    program, x = begin(8)
    with pytest.raises(ValueError, match='what is read does not fit: Unpool'):
        program.unpool(x, x)


def test_sizes_follow_from_that_of_the_input():
    program = Verbs()
    x = program.image()
    stem = program.convolution(x, weights(8, 3, 3, 3), stride=2, pad=1)
    program.max_pool(stem, window=3, stride=2, pad=1)
    pooled = program.convolution(stem, weights(8, 8, 7, 7), pad=3, pool=True)
    program.unpool(pooled, pooled)
    program.mean_pool(stem, (4, 5))
    mean = program.mean_pool(stem)
    program.join([mean, stem], like=stem)
    assert program.sizes((33, 50)) == [
        (33, 50),
        (17, 25),
        (9, 13),
        (9, 13),
        (18, 26),
        (4, 5),
        (1, 1),
        (17, 25),
    ]
    with pytest.raises(ValueError, match='too small for operation 5'):
        program.sizes((5, 50))


def test_windows_that_are_not_filled_are_counted_or_left_out():
    program = Verbs()
    x = program.image()
    program.max_pool(x, window=3, stride=2, pad=1)
    program.max_pool(x, window=3, stride=2, pad=1, cover_all=False)
    program.mean_pool(x, bins=6)
    assert program.sizes((256, 237))[1:] == [(129, 119), (128, 119), (6, 6)]


@pytest.mark.parametrize(('length', 'bins'), [(60, 6), (64, 6), (5, 6), (1, 3), (7, 3)])
def test_bins_hold_all_of_an_axis_as_pytorch_documents_it(length, bins):
    edges = bin_edges(length, bins)
    assert edges == [
        (math.floor(i * length / bins), math.ceil((i + 1) * length / bins)) for i in range(bins)
    ]
    assert {n for start, stop in edges for n in range(start, stop)} == set(range(length))
