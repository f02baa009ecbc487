import importlib

import numpy as np
import pytest

from chainercv_seg.engines.cpu.largest import largest

# The module: the package's attribute of that name is the function.
module = importlib.import_module('chainercv_seg.engines.cpu.largest')


@pytest.fixture(autouse=True)
def _many_bands(monkeypatch):
    monkeypatch.setattr(module, '_BAND', 1000)


@pytest.mark.parametrize('shape', [(1, 3, 4), (2, 1, 1), (19, 30, 50), (150, 7, 700), (300, 5, 6)])
@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_labels_are_those_of_argmax(shape, dtype):
    # Few values, so that many are equal.
    scores = np.random.RandomState(0).randint(-5, 5, shape).astype(dtype)
    labels = largest(scores)
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, scores.argmax(axis=0))


def test_more_classes_than_a_byte_can_count():
    scores = np.zeros((700, 1, 700), np.float32)
    scores[np.arange(700), 0, np.arange(700)] = 1
    np.testing.assert_array_equal(largest(scores)[0], np.arange(700))


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf, -0.0])
def test_special_values_are_treated_as_argmax_does(value):
    scores = np.random.RandomState(0).rand(5, 40, 50).astype(np.float32)
    scores[np.random.RandomState(1).rand(*scores.shape) < 0.3] = value
    np.testing.assert_array_equal(largest(scores), scores.argmax(axis=0))


def test_views_and_empty_maps():
    scores = (
        np.random.RandomState(0).rand(90, 80, 6).astype(np.float32).transpose(2, 1, 0)[:, 3:, ::2]
    )
    before = scores.copy()
    np.testing.assert_array_equal(largest(scores), scores.argmax(axis=0))
    np.testing.assert_array_equal(scores, before)
    assert largest(scores[:, :0]).shape == (0, 45)
    assert largest(scores[:, :, :0]).shape == (77, 0)


@pytest.mark.parametrize('shape', [(1, 2, 3), (150, 70, 81), (3, 1, 1)])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_it_is_numpys_argmax_ties_and_nans_included(shape, dtype):
    x = np.random.RandomState(0).randint(0, 40, shape).astype(dtype)
    for a in (x, -x, np.where(x == 3, np.nan, x), x[:, ::-1]):
        labels = largest(a)
        assert labels.dtype == np.int32
        np.testing.assert_array_equal(labels, a.argmax(axis=0))
