"""Boundary IoU against the definition of Cheng et al. (CVPR 2021), class by class with OpenCV."""

import cv2
import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.measures.boundary_iou import BoundaryIoU
from chainercv_seg.evaluations.measures.sums import MeasureSums

N = 4
NAMES = tuple('abcd')


def scores(pairs, absent_class='skip'):
    sums, matrix = MeasureSums([BoundaryIoU(N)], NAMES), ConfusionMatrix(N)
    for i, (pred, label) in enumerate(pairs):
        sums.add(i, matrix, sums.tally(pred, label))
    (result,) = sums.scores(matrix, absent_class)
    return list(result.scores.values()), result.means['mean_boundary_iou']


def band(mask):
    """The pixels of a mask that iterated erosion with a 3x3 square takes away, as the paper's code does."""
    H, W = mask.shape
    width = max(1, round(0.02 * float(np.sqrt(H**2 + W**2))))
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=width)[1:-1, 1:-1]
    return mask & (inner == 0)


def official(pairs, k):
    both = either = 0
    for pred, label in pairs:
        true_band, predicted_band = band(label == k), band((pred == k) & (label >= 0))
        both += (true_band & predicted_band).sum()
        either += (true_band | predicted_band).sum()
    return both / either


def street(seed, shape, low=-1):
    rng = np.random.RandomState(seed)
    label = rng.randint(low, N, (shape[0] // 20 + 1, shape[1] // 30 + 1))
    label = label.repeat(20, axis=0).repeat(30, axis=1)[: shape[0], : shape[1]]
    pred = np.roll(label, (3, -4), (0, 1))
    pred[rng.rand(*shape) < 0.001] = rng.randint(-1, N)
    return pred, label


@pytest.mark.parametrize('shapes', [[(80, 120)], [(200, 333), (17, 400), (60, 61)]])
@pytest.mark.parametrize('low', [-1, 0])
def test_it_is_the_official_one_of_each_class(shapes, low):
    pairs = [street(i, shape, low) for i, shape in enumerate(shapes)]
    expected = [official(pairs, k) for k in range(N)]
    assert 0.02 < min(expected) < 0.95
    found, mean = scores(pairs)
    assert found == pytest.approx(expected, abs=1e-15)
    assert mean == pytest.approx(np.mean(expected), abs=1e-15)


def test_computed_by_hand():
    """10 x 10 pixels of one class have a band of one pixel: the 36 along the border."""
    label = np.zeros((10, 10), int)
    pred = label.copy()
    pred[:, 0] = (
        1  # the predicted band of class 0 is that of 10 x 9 pixels: 34, of which 26 are on the border
    )
    found, _ = scores([(pred, label)])
    assert found[0] == 26 / (36 + 34 - 26)
    assert found[1] == 0
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize('under_void', [-1, 0, 3, 255])
def test_void_is_neither_hit_nor_miss(under_void):
    pred, label = street(3, (90, 120))
    expected = scores([(pred, label)])
    assert scores([(np.where(label < 0, under_void, pred), label)]) == expected
    perfect, mean = scores([(np.where(label < 0, under_void, label), label)])
    assert perfect == [1] * N
    assert mean == 1


def test_all_void_has_no_score():
    label = np.full((9, 9), -1)
    found, mean = scores([(np.zeros_like(label), label)])
    assert np.isnan(found).all()
    assert np.isnan(mean)


def test_a_void_prediction_is_a_miss():
    label = np.zeros((10, 10), int)
    assert scores([(np.full_like(label, -1), label)])[0][0] == 0


def test_absent_classes_follow_the_policy():
    label = np.zeros((10, 10), int)
    for policy, mean in [('skip', 1), ('zero', 1 / N), ('one', 1), ('ground-truth', 1)]:
        assert scores([(label, label)], policy)[1] == mean


@pytest.mark.parametrize('dtype', [np.uint8, np.int16, np.int32, np.int64, np.uint16])
def test_integers_of_every_type_will_do(dtype):
    pred, label = street(4, (60, 90), low=0)
    pred[pred < 0] = 0
    assert scores([(pred.astype(dtype), label.astype(dtype))]) == scores([(pred, label)])
