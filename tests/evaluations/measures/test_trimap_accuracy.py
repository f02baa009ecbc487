"""Trimap accuracy (Kohli, Ladicky and Torr, IJCV 2009) against dilation with OpenCV and by hand."""

import cv2
import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.measures.trimap_accuracy import TrimapAccuracy


def scores(pairs, n_class=3):
    names = tuple(map(str, range(n_class)))
    sums, matrix = MeasureSums([TrimapAccuracy()], names), ConfusionMatrix(n_class)
    for i, (pred, label) in enumerate(pairs):
        sums.add(i, matrix, sums.tally(pred, label))
    return sums.scores(matrix, 'skip')[0].scores


def test_it_is_the_accuracy_where_opencv_dilates_other_labels_to():
    rng = np.random.RandomState(0)
    pairs, right, total = [], {}, {}
    for _ in range(3):
        label = rng.randint(-1, 3, (4, 5)).repeat(25, axis=0).repeat(20, axis=1)
        pred = np.where(rng.rand(*label.shape) < 0.7, label, rng.randint(0, 3, label.shape))
        pairs.append((pred, label))
        for distance in (1, 2, 4, 8, 16, 32):
            square = np.ones((2 * distance + 1,) * 2, np.uint8)
            for k in range(3):
                others = cv2.dilate((label != k).astype(np.uint8), square)
                band = (label == k) & (others > 0)
                total[distance] = total.get(distance, 0) + band.sum()
                right[distance] = right.get(distance, 0) + (pred[band] == k).sum()
    expected = {str(d): right[d] / total[d] for d in total}
    assert scores(pairs) == pytest.approx(expected, abs=1e-15)


def test_computed_by_hand():
    """Two halves of 40 x 80 pixels, of which the right one is wrong up to the fourth column."""
    label = np.zeros((40, 80), int)
    label[:, 40:] = 1
    pred = label.copy()
    pred[:, 40:44] = 0
    assert scores([(pred, label)]) == {
        '1': 1 / 2,
        '2': 1 / 2,
        '4': 1 / 2,
        '8': 12 / 16,
        '16': 28 / 32,
        '32': 60 / 64,
    }


def test_void_is_an_outline_but_neither_hit_nor_miss():
    label = np.zeros((40, 80), int)
    label[:, 40:] = -1
    pred = np.zeros_like(label)
    pred[:, 39] = 1
    assert scores([(pred, label)])['1'] == 0
    assert scores([(pred, label)])['4'] == 3 / 4
    assert scores([(np.where(label < 0, 2, pred), label)]) == scores([(pred, label)])


def test_one_region_has_no_outline():
    assert np.isnan(list(scores([(np.zeros((9, 9), int),) * 2]).values())).all()
