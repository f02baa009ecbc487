"""Scales."""

import numpy as np
import pytest

from chainercv_seg.inference.scales import checked_scales, scaled_size


def test_none_is_the_image_as_it_is():
    assert checked_scales(None) == (1.0,)


def test_any_sequence_of_positive_numbers_will_do():
    assert checked_scales([0.5, 1, np.float32(2)]) == (0.5, 1, 2)


@pytest.mark.parametrize('scales', [(), (0.5, 0), (-1,), (np.inf,), (np.nan,), 1.5, '12', (None,)])
def test_others_are_refused(scales):
    with pytest.raises(ValueError, match='scales should be a tuple of positive numbers'):
        checked_scales(scales)


def test_sizes_are_rounded_down_and_never_vanish():
    assert scaled_size((97, 51), 0.5) == (48, 25)
    assert scaled_size((1, 51), 0.5) == (1, 25)
    assert scaled_size((97, 51), 1.0) == (97, 51)
