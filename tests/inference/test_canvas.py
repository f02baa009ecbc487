"""The plan of a canvas, against the same thing written plainly."""

import numpy as np
import pytest

from chainercv_seg import transforms
from chainercv_seg.inference import CanvasViews, predict, prepare_canvas
from chainercv_seg.inference.arrays import Arrays

ARRAYS = Arrays()
GREY = np.full((3, 1, 1), 127.5, 'f')


def plainly(image, score, scale, flip, softmax_first=True):
    """The probabilities of one image at one scale."""
    _, H, W = image.shape
    img = image[:, :, ::-1] if flip else image
    h, w = max(1, int(H * scale)), max(1, int(W * scale))
    img = prepare_canvas(transforms.resize(img, (h, w)), (33, 40), mean=GREY)
    p, size = score(img[None])[0], img.shape[1:]
    if softmax_first:
        p = ARRAYS.resize_scores(ARRAYS.probabilities(p), size)
    else:
        p = ARRAYS.probabilities(ARRAYS.resize_scores(p, size))
    p = transforms.resize(p[:, :h, :w], (H, W))
    return p[:, :, ::-1] if flip else p


def quarter(score):
    """As DeepLab: scores at a quarter of the resolution."""
    return lambda x: score(x)[:, :, ::4, ::4]


@pytest.mark.parametrize('scales', [(1.0,), (0.5, 1.0, 1.7)])
@pytest.mark.parametrize('softmax_first', [True, False])
@pytest.mark.parametrize('flip', [False, True])
@pytest.mark.parametrize('size', [(33, 40), (20, 20), (34, 40), (34, 41), (5, 90), (90, 5), (1, 1)])
def test_labels_are_those_of_the_plain_way(size, flip, scales, softmax_first, score, device):
    image = np.random.default_rng(0).uniform(0, 255, (3, *size)).astype('f')
    views = CanvasViews((33, 40), GREY, scales, flip, softmax_first)
    flips = (False, True) if flip else (False,)
    n = len(scales) * len(flips)
    seen = [plainly(image, quarter(score), s, f, softmax_first) / n for s in scales for f in flips]
    (label,) = predict([image], quarter(score), plan=views.plan, batchsize=3, device=device)
    np.testing.assert_array_equal(label, sum(seen).argmax(axis=0))


def test_the_image_is_at_the_top_left_of_a_grey_canvas():
    image = np.random.default_rng(0).uniform(0, 255, (3, 10, 50)).astype('f')
    canvas = prepare_canvas(image, (33, 40), mean=GREY)
    assert canvas.shape == (3, 33, 50)
    assert canvas.dtype == np.float32
    np.testing.assert_array_equal(canvas[:, :10], image / np.float32(127.5) - 1)
    np.testing.assert_array_equal(canvas[:, 10:], 0)


def test_values_are_brought_to_minus_one_to_one():
    image = np.array([0, 127.5, 255], 'f').reshape(3, 1, 1)
    np.testing.assert_array_equal(prepare_canvas(image, (1, 1), mean=GREY).ravel(), [-1, 0, 1])
