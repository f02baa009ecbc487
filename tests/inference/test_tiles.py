"""Tile layouts, over many sizes."""

import math

import numpy as np
import pytest

from chainercv_seg.inference.tiles import plan_layout, slide, sliding_layout

AXES = [
    (length, size, stride)
    for length in range(1, 40)
    for size in (1, 2, 7, 12)
    for stride in range(1, size + 1)
]


def test_a_tile_never_leaves_the_image():
    for length, size, stride in AXES:
        for span in slide(length, size, stride)[0]:
            assert 0 <= span.image.start < span.image.stop <= length
            assert 0 <= span.inside.start < span.inside.stop <= size


def test_a_tile_never_leaves_the_padded_image():
    for length, size, stride in AXES:
        spans, (before, after) = slide(length, size, stride)
        assert spans[0].window.start == 0
        assert spans[-1].window.stop == before + length + after
        for span in spans:
            assert span.window.stop - span.window.start == size
            assert span.window.start + span.inside.start == before + span.image.start
            assert span.window.start + span.inside.stop == before + span.image.stop


def test_every_pixel_is_in_a_tile():
    for length, size, stride in AXES:
        spans, _ = slide(length, size, stride)
        covered = set().union(*(range(length)[span.image] for span in spans))
        assert covered == set(range(length))


def test_the_steps_are_constant():
    for length, size, stride in AXES:
        starts = [span.window.start for span in slide(length, size, stride)[0]]
        assert starts == list(range(0, len(starts) * stride, stride))


def test_the_layout_is_chainercvs_where_that_has_tiles():
    for length, size, stride in AXES:
        count = math.ceil((length - size) / stride) + 1
        if count < 1:
            continue
        start = -(size + stride * (count - 1) - length) // 2
        expected = [
            (max(y, 0), min(y + size, length), max(-y, 0), size - max(y + size - length, 0))
            for y in range(start, start + count * stride, stride)
        ]
        found = [
            (s.image.start, s.image.stop, s.inside.start, s.inside.stop)
            for s in slide(length, size, stride)[0]
        ]
        assert found == expected


def test_there_is_a_tile_where_chainercv_has_none():
    (span,), padding = slide(237, 713, 476)
    assert (span.image, span.inside) == (slice(0, 237), slice(238, 475))
    assert padding == (238, 238)


def test_the_odd_pixel_of_the_padding_is_before_the_image():
    assert slide(4, 7, 5)[1] == (2, 1)


@pytest.mark.parametrize('stride', [0, -1, 8])
def test_steps_that_leave_gaps_are_refused(stride):
    with pytest.raises(ValueError, match=f'should be 1 to 7: {stride}'):
        slide(20, 7, stride)


def test_tiles_go_row_by_row():
    layout = sliding_layout((20, 30), (10, 10), (10, 10))
    corners = [(tile.y.image.start, tile.x.image.start) for tile in layout.tiles]
    assert corners == [(y, x) for y in (0, 10) for x in (0, 10, 20)]


def test_counts_are_the_tiles_over_each_pixel():
    layout = sliding_layout((9, 25), (10, 12), (7, 5))
    counts = np.zeros((9, 25))
    for tile in layout.tiles:
        for y in range(9)[tile.y.image]:
            for x in range(25)[tile.x.image]:
                counts[y, x] += 1
    everything = slice(0, layout.content[0])
    np.testing.assert_array_equal(layout.counts(everything), counts)
    assert layout.counts(everything).dtype == np.float32
    for first in range(layout.content[0]):
        rows = slice(first, min(first + 3, layout.content[0]))
        np.testing.assert_array_equal(layout.counts(rows), counts[rows])
    assert counts.min() >= 1


@pytest.mark.parametrize(
    ('size', 'content', 'n_tiles'),
    [
        ((40, 60), (40, 60), 1),  # fits
        ((20, 30), (20, 30), 1),  # smaller: not enlarged
        ((50, 60), (40, 48), 1),  # the longer side fits, the shorter one does not: shrunk
        ((40, 61), (40, 61), 2),  # one pixel more along one axis
        ((41, 61), (41, 61), 4),  # along both
        ((2, 61), (2, 61), 2),
    ],
)
def test_tiles_slide_where_the_longer_side_exceeds_the_longer_side_of_the_input(
    size, content, n_tiles
):
    layout = plan_layout(size, (40, 60), (27, 40))
    assert layout.content == content
    assert len(layout.tiles) == n_tiles


def test_a_single_tile_is_as_resize_contain_lays_it():
    layout = plan_layout((20, 31), (40, 60), (27, 40))
    (tile,) = layout.tiles
    assert layout.padding == ((10, 10), (14, 15))  # the odd pixel is after the image
    assert (tile.y.window, tile.x.window) == (slice(0, 40), slice(0, 60))
    assert (tile.y.inside, tile.x.inside) == (slice(10, 30), slice(14, 45))
    assert (tile.y.image, tile.x.image) == (slice(0, 20), slice(0, 31))
