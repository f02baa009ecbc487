"""Prediction: batches, order, laziness and memory, for every plan."""

from itertools import pairwise

import chainer
import numpy as np
import pytest

from chainercv_seg.inference import CanvasViews, TiledViews, WholeViews, predict

GREY = np.full((3, 1, 1), 127.5, 'f')
TILED = {'input_size': (24, 32), 'mean': GREY, 'stride_rate': 2 / 3}
PLANS = {
    'whole': WholeViews(),
    'tiled': TiledViews(**TILED, scales=None, flip=False),
    'tiled_flip': TiledViews(**TILED, scales=None, flip=True),
    'tiled_scales': TiledViews(**TILED, scales=(0.5, 1.0, 1.3), flip=True),
    'canvas': CanvasViews(min_input_size=(33, 33), mean=GREY, scales=(1.0,), flip=False),
    'canvas_scales': CanvasViews(
        min_input_size=(33, 33), mean=GREY, scales=(0.5, 1.0, 1.3), flip=True
    ),
}
pytestmark = pytest.mark.parametrize('name', PLANS)


def labels(name, images, score, device, batchsize=1):
    return predict(images, score, plan=PLANS[name].plan, batchsize=batchsize, device=device)


@pytest.mark.parametrize('batchsize', [2, 3, 8, 1000])
def test_the_batchsize_changes_no_label(name, images, score, device, batchsize):
    alone = labels(name, images, score, device)
    together = labels(name, images, score, device, batchsize)
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a, b)


def test_labels_are_those_of_each_image_alone(name, images, score, device):
    together = labels(name, images, score, device, 4)
    assert len(together) == len(images)
    for image, label in zip(images, together, strict=True):
        assert label.shape == image.shape[1:]
        assert label.dtype == np.int32
        np.testing.assert_array_equal(labels(name, [image], score, device)[0], label)


def test_the_label_maps_hold_several_classes(name, images, score, device):
    assert len(np.unique(labels(name, images[:1], score, device)[0])) >= 3


def test_batches_are_filled(name, images, score, device):
    labels(name, [images[0]] * 8, score, device, 4)
    assert {len(shape) for shape in score.shapes} == {4}
    assert {shape[0] for shape in score.shapes} == {4}


def test_images_are_read_as_needed(name, images, score, device):
    read, seen = [], []

    def watched(x):
        seen.append(len(read))
        return score(x)

    generator = (read.append(i) or images[0] for i in range(12))
    labels(name, generator, watched, device, 2)
    assert seen[0] <= 2
    assert len(read) == 12
    assert max(b - a for a, b in pairwise(seen)) <= 2


def test_no_images_give_no_labels(name, score, device):
    assert labels(name, [], score, device) == []
    assert score.shapes == []


def test_the_images_are_not_written_to(name, images, score, device):
    before = [image.copy() for image in images]
    labels(name, images, score, device, 3)
    for a, b in zip(before, images, strict=True):
        np.testing.assert_array_equal(a, b)


def test_grey_images_of_one_pixel_and_of_one_row_will_do(name, score, device):
    images = [np.full((3, h, w), 128, np.uint8) for h, w in [(1, 1), (1, 200), (150, 1)]]
    found = labels(name, images, score, device, 2)
    assert [label.shape for label in found] == [(1, 1), (1, 200), (150, 1)]


def test_the_score_function_runs_in_test_mode(name, images, score, device):
    def watched(x):
        assert not chainer.config.train
        assert not chainer.config.enable_backprop
        return score(x)

    with chainer.using_config('train', True):
        labels(name, images[:1], watched, device)
        assert chainer.config.train
    assert chainer.config.enable_backprop


def test_a_bad_image_is_named(name, images, score, device):
    with pytest.raises(ValueError, match='image 1 should have the shape'):
        labels(name, [images[0], images[0][0]], score, device, 4)
