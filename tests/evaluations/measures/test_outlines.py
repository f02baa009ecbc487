import cv2
import numpy as np
import pytest

from chainercv_seg.evaluations.measures.outlines import near_outline


def slow(labels, distance, border):
    """Pixel by pixel, as the definition says."""
    H, W = labels.shape
    near = np.zeros((H, W), bool)
    for y in range(H):
        for x in range(W):
            rows, columns = slice(max(0, y - distance), y + distance + 1), x - distance
            window = labels[rows, max(0, columns) : x + distance + 1]
            near[y, x] = (window != labels[y, x]).any()
            if border:
                near[y, x] |= min(y, x, H - 1 - y, W - 1 - x) < distance
    return near


@pytest.mark.parametrize('border', [True, False])
@pytest.mark.parametrize('distance', [1, 2, 3, 4, 5, 7, 8, 30])
@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (9, 1), (13, 11), (20, 31)])
def test_it_is_the_definition(shape, distance, border):
    rng = np.random.RandomState(distance)
    coarse = rng.randint(-1, 3, (shape[0] // 6 + 1, shape[1] // 6 + 1))
    labels = coarse.repeat(6, axis=0).repeat(6, axis=1)[: shape[0], : shape[1]].astype(np.int16)
    found = near_outline(labels, distance, border=border)
    np.testing.assert_array_equal(found, slow(labels, distance, border))


@pytest.mark.parametrize('distance', [1, 3, 6])
def test_it_is_what_opencv_erodes_of_each_label(distance):
    labels = np.random.RandomState(0).randint(0, 3, (5, 6)).repeat(9, axis=0).repeat(8, axis=1)
    found = near_outline(labels, distance, border=True)
    for k in range(3):
        mask = np.pad((labels == k).astype(np.uint8), 1)
        inner = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=distance)[1:-1, 1:-1]
        np.testing.assert_array_equal(found & (labels == k), (labels == k) & (inner == 0))


@pytest.mark.parametrize('shape', [(0, 0), (0, 5), (5, 0)])
def test_an_empty_map_has_no_outlines(shape):
    assert near_outline(np.zeros(shape, np.int16), 3, border=True).shape == shape
