from pathlib import Path

import numpy as np
import pytest

from chainercv_seg.evaluations import (
    calc_semantic_segmentation_confusion,
    calc_semantic_segmentation_iou,
    eval_semantic_segmentation,
)

#: Label maps, and what ChainerCV 0.13.1 says of them.
GOLDEN = Path(__file__).parent.parent / 'data' / 'eval_semantic_segmentation.npz'


@pytest.fixture(scope='module')
def golden():
    return np.load(GOLDEN)


def test_the_results_are_chainercvs(golden):
    pred, gt = golden['pred'], golden['gt']
    confusion = calc_semantic_segmentation_confusion(iter(pred), iter(gt))
    np.testing.assert_array_equal(confusion, golden['confusion'])
    np.testing.assert_allclose(calc_semantic_segmentation_iou(confusion), golden['result_iou'])
    result = eval_semantic_segmentation(pred, gt)
    assert set(result) == {
        'iou',
        'miou',
        'pixel_accuracy',
        'class_accuracy',
        'mean_class_accuracy',
    }
    for key, value in result.items():
        np.testing.assert_allclose(value, golden[f'result_{key}'], rtol=1e-14)


def test_the_matrix_grows_with_the_labels():
    small, large = np.array([[1, 0]]), np.array([[4, 4]])
    confusion = calc_semantic_segmentation_confusion([small, large], [small, large])
    np.testing.assert_array_equal(np.diag(confusion), [1, 1, 0, 0, 2])
    assert calc_semantic_segmentation_confusion([], []).shape == (0, 0)
    assert calc_semantic_segmentation_confusion([small], [small], n_class=7).shape == (7, 7)


def test_a_stray_label_under_void_does_not_lengthen_the_matrix():
    confusion = calc_semantic_segmentation_confusion([np.array([[1, 9]])], [np.array([[1, -1]])])
    assert confusion.shape == (2, 2)


@pytest.mark.parametrize('order', [1, -1])
def test_one_label_map_more_is_an_error(order):
    one = np.zeros((2, 2), int)
    lists = [[one, one], [one]][::order]
    with pytest.raises(ValueError, match='there are more'):
        calc_semantic_segmentation_confusion(*lists)


@pytest.mark.parametrize('dtype', [np.uint8, np.int32])
@pytest.mark.parametrize('which', ['truth', 'prediction'])
def test_a_label_255_names_the_usual_cause(dtype, which):
    good, bad = np.zeros((1, 2), dtype), np.array([[0, 255]], dtype)
    labels = ([good], [bad]) if which == 'truth' else ([bad], [good])
    with pytest.raises(ValueError, match=f'{which} holds the label 255.*void'):
        calc_semantic_segmentation_confusion(*labels)
    assert calc_semantic_segmentation_confusion(*labels, n_class=256).sum() == 2


def test_a_void_prediction_is_an_error_without_n_class_and_a_miss_with_it():
    pred, gt = [np.array([[-1, 0]])], [np.array([[0, 0]])]
    with pytest.raises(ValueError, match='holds the label -1'):
        eval_semantic_segmentation(pred, gt)
    assert eval_semantic_segmentation(pred, gt, n_class=1)['miou'] == 0.5
    np.testing.assert_array_equal(
        calc_semantic_segmentation_confusion(pred, gt, n_class=2), [[1, 0], [0, 0]]
    )


def test_the_policy_for_absent_classes_reaches_the_scores():
    labels = [np.array([[0]])]
    result = eval_semantic_segmentation(labels, labels, n_class=2, absent_class='zero')
    assert result['miou'] == 0.5
    np.testing.assert_array_equal(
        calc_semantic_segmentation_iou(np.diag([3, 0]), absent_class='one'), [1, 1]
    )
