"""How the originals of PSPNet evaluate an image, written from what their programs do."""

import math

import numpy as np
import pytest

from chainercv_seg.inference import TiledViews, predict
from chainercv_seg.inference.tiles import slide_inside

MEAN = np.array([120, 110, 100], 'f').reshape(3, 1, 1)
STD = np.array([60, 50, 40], 'f').reshape(3, 1, 1)
SIZES = [(24, 32), (20, 20), (30, 30), (25, 33), (33, 20), (5, 90), (90, 5), (1, 1), (47, 61)]
TILE = (24, 32)


def enlarged(scores, size, align_corners):
    """Scores resized, by the definition of both ways."""
    for axis, (old, new) in enumerate(zip(scores.shape[1:], size, strict=True), start=1):
        at = np.linspace(0, old - 1, new)
        if not align_corners:
            at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        low = np.minimum(at.astype(int), max(old - 2, 0))
        shape = [1, 1, 1]
        shape[axis] = new
        share = (at - low).reshape(shape)
        high = np.minimum(low + 1, old - 1)
        scores = scores.take(low, axis) * (1 - share) + scores.take(high, axis) * share
    return scores


def softmax(scores):
    e = np.exp(scores - scores.max(axis=0))
    return e / e.sum(axis=0)


def original(image, score, *, centered, sum_flips, align_corners):
    """Probabilities of an image: padded where it is smaller than a tile, the last tiles moved into it."""
    _, H, W = image.shape
    padding = [max(tile - length, 0) for tile, length in zip(TILE, (H, W), strict=True)]
    before = [p // 2 if centered else 0 for p in padding]
    around = [(b, p - b) for b, p in zip(before, padding, strict=True)]
    # Padded with the mean, of which nothing is left once it is subtracted.
    x = np.pad((image - MEAN) / STD, ((0, 0), *around))
    strides = [math.ceil(tile * 2 / 3) for tile in TILE]
    total, counts = 0.0, np.zeros(x.shape[1:])
    total = np.zeros((5, *x.shape[1:]))
    for i in range(math.ceil((x.shape[1] - TILE[0]) / strides[0]) + 1):
        for j in range(math.ceil((x.shape[2] - TILE[1]) / strides[1]) + 1):
            bottom = min(i * strides[0] + TILE[0], x.shape[1])
            right = min(j * strides[1] + TILE[1], x.shape[2])
            part = slice(None), slice(bottom - TILE[0], bottom), slice(right - TILE[1], right)
            tile = x[part]
            one = enlarged(score(tile[None])[0], TILE, align_corners)
            other = enlarged(score(tile[None, :, :, ::-1])[0], TILE, align_corners)[:, :, ::-1]
            if sum_flips:
                total[part] += softmax(one + other)
            else:
                total[part] += (softmax(one) + softmax(other)) / 2
            counts[part[1:]] += 1
    total /= counts
    return total[:, before[0] : before[0] + H, before[1] : before[1] + W]


@pytest.mark.parametrize('align_corners', [True, False])
@pytest.mark.parametrize(
    ('tiling', 'sum_flips'), [('inside', False), ('corner', True)], ids=['semseg', 'caffe']
)
@pytest.mark.parametrize('size', SIZES)
def test_labels_are_those_of_the_originals_own_evaluation(
    size, tiling, sum_flips, align_corners, score, device
):
    image = np.random.default_rng(0).uniform(0, 255, (3, *size)).astype('f')
    views = TiledViews(
        input_size=TILE,
        mean=MEAN,
        scales=None,
        flip=True,
        stride_rate=2 / 3,
        std=STD,
        tiling=tiling,
        sum_flips=sum_flips,
        align_corners=align_corners,
    )
    expected = original(
        image,
        score,
        centered=tiling == 'inside',
        sum_flips=sum_flips,
        align_corners=align_corners,
    )
    (label,) = predict([image], score, plan=views.plan, batchsize=3, device=device)
    best, chosen = expected.max(axis=0), np.take_along_axis(expected, label[None], 0)[0]
    assert (best - chosen).max() < 1e-5  # the same class but for ties
    assert (label != expected.argmax(axis=0)).mean() < 0.01


def test_an_axis_is_covered_by_tiles_that_stay_inside():
    for length in range(1, 40):
        for size in (1, 2, 7, 12):
            for stride in range(1, size + 1):
                spans, (before, after) = slide_inside(length, size, stride, centered=True)
                assert after - before in (0, 1)
                covered = set().union(*(range(length)[span.image] for span in spans))
                assert covered == set(range(length))
                assert spans[-1].window.stop == max(length, size)
                for span in spans:
                    assert span.window.stop - span.window.start == size
                    assert span.window.start + span.inside.start == before + span.image.start


@pytest.mark.parametrize('stride', [0, 8])
def test_steps_that_leave_gaps_are_refused(stride):
    with pytest.raises(ValueError, match='the stride of tiles of 7 pixels should be 1 to 7'):
        slide_inside(20, 7, stride, centered=False)


def test_another_tiling_is_refused():
    with pytest.raises(ValueError, match=r"tiling must be one of .*'corner'.*, but got 'middle'"):
        TiledViews((24, 24), None, None, True, 2 / 3, tiling='middle')
