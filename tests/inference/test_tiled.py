"""The plan of tiles, against the same thing written plainly."""

import tracemalloc

import numpy as np
import pytest

from chainercv_seg import transforms
from chainercv_seg.inference import TiledViews, convolution_crop, predict
from chainercv_seg.inference.arrays import Arrays

ARRAYS = Arrays()
MEAN = np.array([120, 110, 100], 'f').reshape(3, 1, 1)
SIZES = [(24, 32), (20, 20), (30, 30), (25, 33), (33, 20), (5, 90), (90, 5), (1, 1), (47, 61)]


def plainly(image, score, input_size, stride, flips):
    """The probabilities of one image at one scale, tile by tile."""
    img = image - MEAN
    _, H, W = img.shape

    def tile_probabilities(tile):
        both = [ARRAYS.probabilities(score(tile[None])[0])]
        if len(flips) == 2:
            both.append(ARRAYS.probabilities(score(tile[None, :, :, ::-1])[0])[:, :, ::-1])
        return sum(both)

    if max(H, W) > max(input_size):
        tiles, param = convolution_crop(img, input_size, stride, return_param=True)
        total, counts = np.zeros((5, H, W), 'f'), np.zeros((H, W), 'f')
        for tile, y, x, tile_y, tile_x in zip(tiles, *param.values(), strict=True):
            total[:, y, x] += tile_probabilities(tile)[:, tile_y, tile_x]
            counts[y, x] += len(flips)
        return total / counts
    tile, param = transforms.resize_contain(img, input_size, return_param=True)
    y, x, (height, width) = param.values()
    inside = tile_probabilities(tile)[:, y : y + height, x : x + width] / len(flips)
    return ARRAYS.resize_scores(inside, (H, W))


@pytest.mark.parametrize('scales', [None, (1.0,), (0.5, 1.0, 1.7)])
@pytest.mark.parametrize('flip', [False, True])
@pytest.mark.parametrize('size', SIZES)
def test_labels_are_those_of_the_plain_way(size, flip, scales, score, device):
    image = np.random.default_rng(0).uniform(0, 255, (3, *size)).astype('f')
    views = TiledViews(
        input_size=(24, 32),
        mean=MEAN,
        scales=scales,
        flip=flip,
        stride_rate=2 / 3,
    )
    total = 0
    for scale in scales or (1.0,):
        h, w = max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
        scaled = transforms.resize(image, (h, w))
        p = plainly(scaled, score, (24, 32), (16, 22), (False, True) if flip else (False,))
        total = total + ARRAYS.resize_scores(p, size)
    (label,) = predict([image], score, plan=views.plan, batchsize=3, device=device)
    np.testing.assert_array_equal(label, total.argmax(axis=0))


def tiled(image, **changes):
    arguments = {
        'input_size': (24, 32),
        'mean': MEAN,
        'scales': None,
        'flip': True,
        'stride_rate': 2 / 3,
    }
    return TiledViews(**(arguments | changes)).plan(image, ARRAYS)


@pytest.mark.parametrize('band', [1, 3000, 1 << 20])
@pytest.mark.parametrize('flip', [False, True])
@pytest.mark.parametrize('size', SIZES)
def test_labels_of_scores_that_are_still_small_are_those_of_resized_ones(
    size, flip, band, score, device, monkeypatch
):
    monkeypatch.setattr('chainercv_seg.inference.tiled.BAND', band)
    image = np.random.default_rng(0).uniform(0, 255, (3, *size)).astype('f')

    def small(x):
        return score(x)[:, :, ::3, ::3]

    def resized(x):
        return np.stack([ARRAYS.resize_scores(scores, (24, 32)) for scores in small(x)])

    flips = (False, True) if flip else (False,)
    expected = plainly(image, resized, (24, 32), (16, 22), flips).argmax(axis=0)
    (label,) = predict(
        [image], small, plan=lambda x, _: tiled(x, flip=flip), batchsize=3, device=device
    )
    np.testing.assert_array_equal(label, expected)


def test_all_inputs_have_the_input_size(images):
    for image in images:
        plan = tiled(image, scales=(0.4, 1, 2))
        assert {x.shape for x in plan.inputs()} == {(3, 24, 32)}


def test_tiles_are_no_copies():
    *tiles, _ = tiled(np.zeros((3, 100, 100), 'f')).inputs()
    assert len(tiles) > 10
    assert all(np.shares_memory(tile, tiles[0].base) for tile in tiles)


def test_the_padding_is_zero_after_the_mean_was_subtracted():
    x, flipped = tiled(np.broadcast_to(MEAN, (3, 10, 10)).copy() + 1).inputs()
    assert x.sum() == 300
    np.testing.assert_array_equal(x[:, 7:17, 11:21], 1)
    np.testing.assert_array_equal(flipped, x[:, :, ::-1])


def test_there_may_be_no_mean():
    image = np.full((3, 24, 32), 9, 'f')
    x, _ = tiled(image, mean=None).inputs()
    np.testing.assert_array_equal(x, image)


@pytest.mark.parametrize('stride_rate', [0, -0.5, 1.5])
def test_a_stride_rate_that_leaves_gaps_is_refused(stride_rate):
    with pytest.raises(ValueError, match='stride'):
        tiled(np.zeros((3, 50, 50), 'f'), stride_rate=stride_rate)


def peak_memory(plan, score, device):
    tracemalloc.start()
    try:
        predict([plan.image], score, plan=lambda *_: plan, batchsize=8, device=device)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_small_scores_need_no_score_map(device):
    image = np.zeros((3, 1024, 1024), 'f')
    plan = tiled(image, input_size=(512, 512), mean=None)
    peak = peak_memory(plan, lambda x: np.zeros((len(x), 50, 64, 64), 'f'), device)
    assert peak < 50 * 1024 * 1024 * 4 / 3


def test_memory_is_that_of_one_score_map_not_of_all_tiles(device):
    image = np.zeros((3, 256, 512), 'f')
    plan = tiled(image, input_size=(64, 64), stride_rate=1 / 8)
    peak = peak_memory(plan, lambda x: np.zeros((len(x), 20, 64, 64), 'f'), device)
    score_map = 20 * 256 * 512 * 4
    batch = 8 * 20 * 64 * 64 * 4
    assert peak < 2 * score_map + 3 * batch  # argmax takes a copy
    assert len(list(plan.inputs())) * batch / 8 > 20 * score_map
