import re
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


VOID, ZEROS = np.full((2, 3), -1), np.zeros((2, 3), int)


@pytest.mark.parametrize(
    ('preds', 'gts', 'expected'),
    [
        ([ZEROS], [VOID], np.zeros((0, 0))),
        ([VOID, ZEROS + 9], [VOID, VOID], np.zeros((0, 0))),
        ([ZEROS, ZEROS], [VOID, ZEROS], [[6]]),
        ([ZEROS, ZEROS + 7, ZEROS], [VOID, VOID, ZEROS + 1], [[0, 0], [6, 0]]),
        ([ZEROS + 1, ZEROS, ZEROS], [ZEROS, VOID, ZEROS], [[6, 6], [0, 0]]),
        ([ZEROS[:0], ZEROS], [ZEROS[:0], ZEROS], [[6]]),
        ([ZEROS[:0]], [ZEROS[:0]], np.zeros((0, 0))),
        ([], [], np.zeros((0, 0))),
    ],
)
@pytest.mark.parametrize('dtype', [np.int8, np.int32, np.int64])
def test_maps_without_a_class_count_nothing_and_the_next_ones_go_on(preds, gts, expected, dtype):
    preds, gts = ([np.asarray(m, dtype) for m in maps] for maps in (preds, gts))
    confusion = calc_semantic_segmentation_confusion(iter(preds), iter(gts))
    assert confusion.dtype == np.int64
    np.testing.assert_array_equal(confusion, expected)
    result = eval_semantic_segmentation(preds, gts)
    assert result['iou'].shape == (len(expected),)
    assert np.isnan(result['miou']) == (confusion.sum() == 0)
    assert np.isnan(result['pixel_accuracy']) == (confusion.sum() == 0)
    assert calc_semantic_segmentation_iou(confusion).shape == (len(expected),)
    with_classes = calc_semantic_segmentation_confusion(preds, gts, n_class=10)
    assert with_classes.shape == (10, 10)
    assert with_classes.sum() == confusion.sum()


@pytest.mark.parametrize('n_class', [0, -1, '2', 2.0, True, [2], np.float32(2)])
@pytest.mark.parametrize(
    'function', [calc_semantic_segmentation_confusion, eval_semantic_segmentation]
)
def test_a_number_of_classes_that_is_none_is_named(function, n_class):
    with pytest.raises(ValueError, match=r'^n_class must be a positive integer, but got'):
        function([ZEROS], [ZEROS], n_class=n_class)
    assert calc_semantic_segmentation_confusion([ZEROS], [ZEROS], n_class=np.int8(2)).shape == (
        2,
        2,
    )


@pytest.mark.parametrize(('value', 'dtype'), [(255, np.uint8), (65535, np.uint16)])
@pytest.mark.parametrize('n_class', [None, 2])
def test_the_advice_for_void_is_an_expression_that_works(value, dtype, n_class):
    label = np.array([[0, 1, value]], dtype)
    with pytest.raises(ValueError, match=rf'{value} .*void') as error:
        calc_semantic_segmentation_confusion([label], [label], n_class=n_class)
    (expression,) = re.findall(r'np\.where\(.*?\)\)', str(error.value))
    mended = eval(expression, {'np': np, 'label': label})
    confusion = calc_semantic_segmentation_confusion([mended], [mended], n_class=n_class)
    np.testing.assert_array_equal(confusion, np.eye(2))


@pytest.mark.parametrize(
    ('label', 'n_class'), [(20000, None), (65534, None), (2**31, None), (0, 65536), (0, 10**12)]
)
def test_a_matrix_that_would_take_all_memory_is_refused(label, n_class, monkeypatch):
    maps = [np.array([[0, label]])]
    with pytest.raises(ValueError, match='CHAINERCV_SEG_MAX_ARRAY_BYTES'):
        calc_semantic_segmentation_confusion(maps, maps, n_class=n_class)
    few = [np.array([[11]])]
    monkeypatch.setenv('CHAINERCV_SEG_MAX_ARRAY_BYTES', '1000')
    with pytest.raises(ValueError, match='1152 bytes, more than 1000'):
        calc_semantic_segmentation_confusion(few, few)


@pytest.mark.parametrize('wrong', [None, 3, np.array(3)])
def test_what_is_no_iterable_of_label_maps_is_named(wrong):
    for labels in ((wrong, [ZEROS]), ([ZEROS], wrong)):
        with pytest.raises(ValueError, match=r'must be a label map \(H, W\) or an iterable'):
            eval_semantic_segmentation(*labels)


@pytest.mark.parametrize('wrong', [[1, 2], [[1, 2]], [[['a']]], [['a']], np.zeros((2, 2, 2))])
def test_what_is_no_confusion_matrix_is_named(wrong):
    with pytest.raises(ValueError, match='a confusion matrix must be an array'):
        calc_semantic_segmentation_iou(wrong)
    np.testing.assert_allclose(calc_semantic_segmentation_iou([[1, 1], [0, 1]]), [0.5, 0.5])
