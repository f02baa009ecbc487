"""The plan of the whole image."""

import numpy as np

from chainercv_seg import transforms
from chainercv_seg.inference import WholeViews
from chainercv_seg.inference.arrays import Arrays


def test_the_network_sees_the_image_as_it_is(images):
    (x,) = WholeViews().plan(images[0], Arrays()).inputs()
    np.testing.assert_array_equal(x, images[0])


def test_scores_of_another_size_are_resized_like_an_image(images):
    scores = np.random.default_rng(0).normal(size=(5, 32, 32)).astype('f')
    label = WholeViews().plan(images[0], Arrays()).label(iter([scores]))
    np.testing.assert_array_equal(label, transforms.resize(scores, (30, 40)).argmax(axis=0))
