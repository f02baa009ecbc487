"""Flipping."""

import numpy as np
import pytest

from chainercv_seg.transforms import flip

IMG = np.arange(24).reshape(2, 3, 4)


def test_each_axis_is_flipped_alone():
    np.testing.assert_array_equal(flip(IMG), IMG)
    np.testing.assert_array_equal(flip(IMG, y_flip=True), IMG[:, ::-1])
    np.testing.assert_array_equal(flip(IMG, x_flip=True), IMG[:, :, ::-1])
    np.testing.assert_array_equal(flip(IMG, True, True), IMG[:, ::-1, ::-1])


def test_a_copy_is_made_only_when_asked_for():
    assert np.shares_memory(flip(IMG, x_flip=True), IMG)
    assert not np.shares_memory(flip(IMG, x_flip=True, copy=True), IMG)


def test_flat_arrays_are_refused():
    with pytest.raises(ValueError, match=r'\(C, H, W\); found shape \(3, 4\)'):
        flip(IMG[0])
