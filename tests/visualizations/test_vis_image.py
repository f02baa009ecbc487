"""Images on plots."""

import sys

import numpy as np
import pytest

from chainercv_seg.utils import MissingExtraError
from chainercv_seg.visualizations import vis_image

IMG = np.random.default_rng(0).integers(0, 256, (3, 5, 7)).astype('f')


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip('matplotlib')
    matplotlib.use('agg')
    from matplotlib import pyplot

    yield pyplot
    pyplot.close('all')


def test_the_image_is_shown_as_it_is(pyplot):
    ax = vis_image(IMG)
    (shown,) = ax.get_images()
    np.testing.assert_array_equal(shown.get_array(), IMG.transpose(1, 2, 0))


def test_the_axes_given_are_used(pyplot):
    _, ax = pyplot.subplots()
    assert vis_image(IMG, ax=ax) is ax


def test_no_image_shows_nothing(pyplot):
    assert vis_image(None).get_images() == []


def test_values_outside_the_range_are_clipped(pyplot):
    (shown,) = vis_image(np.full((3, 2, 2), 300.0)).get_images()
    assert np.all(shown.get_array() == 255)


def test_missing_matplotlib_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'matplotlib', None)
    monkeypatch.setitem(sys.modules, 'matplotlib.pyplot', None)
    with pytest.raises(MissingExtraError, match=r'chainercv_seg\[plot\]'):
        vis_image(IMG)


@pytest.mark.usefixtures('pyplot')
def test_what_is_no_image_or_no_axes_is_refused():
    for img in (3, 'a', [[[0]]], IMG[0]):
        with pytest.raises(ValueError, match=r'img must be an array \(3, H, W\); found'):
            vis_image(img)
    for ax in (3, 'a', [], IMG):
        with pytest.raises(ValueError, match=r'ax must have imshow\(\), but got'):
            vis_image(IMG, ax)
