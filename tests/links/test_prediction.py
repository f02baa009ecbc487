"""Prediction by the networks' own methods, against ChainerCV's label maps."""

from pathlib import Path

import numpy as np
import pytest

import chainercv_seg.links as links
from chainercv_seg.links.convolution import leave_unset
from tests import prediction

GOLDEN = np.load(Path(__file__).parents[1] / 'data' / 'label_maps.npz')


def build(name):
    # PSPNet's weights are large, and the stand-in has no use for them.
    return prediction.build(links, name, **({'initialW': leave_unset} if 'psp' in name else {}))


@pytest.mark.parametrize('batchsize', [1, 3, 8])
@pytest.mark.parametrize('name', prediction.CASES)
def test_label_maps_are_those_of_chainercv(name, batchsize):
    link = build(name)
    link.batchsize = batchsize
    labels = link.predict(iter(prediction.images(name)))
    for i, label in enumerate(labels):
        expected = GOLDEN[f'{name}/{i}']
        assert label.dtype == np.int32
        np.testing.assert_array_equal(label, expected)
    assert f'{name}/{len(labels)}' not in GOLDEN


@pytest.mark.parametrize('name', ['segnet', 'pspnet', 'deeplab'])
def test_a_batch_holds_no_more_than_the_batchsize(name):
    link, shapes = build(name), []
    forward = type(link).forward
    image = prediction.images(name)[0]

    class Watched(type(link)):
        def forward(self, x):
            shapes.append(x.shape[0])
            return forward(self, x)

    link.__class__ = Watched
    link.batchsize = 3
    link.predict([image] * 6)
    assert set(shapes) == {3}


def test_a_narrow_image_is_predicted_where_chainercv_has_no_tile():
    link = build('pspnet')
    (wide,) = prediction.images('pspnet')[7:8]
    assert wide.shape == (3, 33, 200)
    narrow, mirrored = link.predict([wide[:, :10], wide[:, :10, ::-1]])
    assert len(np.unique(narrow)) == prediction.N_CLASS
    # The odd pixel of padding is on the same side for both.
    assert (narrow == mirrored[:, ::-1]).mean() > 0.9


@pytest.mark.parametrize('name', ['segnet', 'pspnet', 'deeplab'])
def test_the_images_position_is_in_the_error(name):
    good = prediction.images(name)[0]
    with pytest.raises(ValueError, match='image 1 holds NaN'):
        build(name).predict([good, good * np.nan])
    with pytest.raises(ValueError, match=r'predict\(\[img\]\)'):
        build(name).predict(good)


@pytest.mark.parametrize('name', ['segnet', 'pspnet', 'deeplab'])
def test_integer_images_are_taken_for_their_values(name):
    link, image = build(name), prediction.images(name)[0]
    expected, *others = link.predict([image, image.astype('u1'), image.astype('i8')])
    for label in others:
        np.testing.assert_array_equal(label, expected)


@pytest.mark.parametrize('name', ['pspnet', 'deeplab'])
@pytest.mark.parametrize('scales', [(), (0,), 1.5])
def test_scales_that_are_none_are_refused(name, scales):
    link = build(name)
    link.scales = scales
    with pytest.raises(ValueError, match='scales should be a tuple of positive numbers'):
        link.predict(prediction.images(name))
