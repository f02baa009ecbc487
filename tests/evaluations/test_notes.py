import re

import numpy as np
import pytest

from chainercv_seg.datasets import (
    LabelFormat,
    ade20k_label_format,
    cityscapes_label_format,
    plain_label_format,
    voc_label_format,
)
from chainercv_seg.evaluations import ConfusionMatrix, EvaluationResult
from chainercv_seg.evaluations.notes import (
    notes_on_missing_classes,
    notes_on_predictions,
    notes_on_truth,
)

PLAIN = plain_label_format(4)
FORMATS = {'cityscapes': cityscapes_label_format, 'ade20k': ade20k_label_format}


def evaluate(pred, truth, n_class):
    matrix = ConfusionMatrix(n_class)
    matrix.update(np.atleast_2d(pred), np.atleast_2d(truth))
    names = tuple(f'class {k}' for k in range(n_class))
    return EvaluationResult(matrix.counts, matrix.void_predictions, names)


def notes(pred, truth, n_class=4, label_format=PLAIN, others=None):
    result = evaluate(pred, truth, n_class)
    return notes_on_predictions(result, label_format, others=others or {}, remedy='the files')


def street(n_class, *, seed=0, size=(80, 100)):
    """A truth whose classes are of very different frequency, as they are in the data sets."""
    shares = 0.75 ** np.arange(n_class)
    return np.random.default_rng(seed).choice(n_class, size, p=shares / shares.sum())


def mediocre(truth, n_class, right=0.5):
    """A network's prediction that is often wrong."""
    random = np.random.default_rng(1)
    return np.where(random.random(truth.shape) < right, truth, street(n_class, seed=2))


class TestOtherValues:
    @pytest.mark.parametrize('right', [1, 0.5])
    @pytest.mark.parametrize('name', sorted(FORMATS))
    def test_classes_in_the_place_of_the_benchmarks_values_are_recognised(self, name, right):
        label_format = FORMATS[name]
        n_class = len(label_format.values)
        truth = street(n_class)
        pred = label_format.decode(mediocre(truth, n_class, right), name='p')
        classes = plain_label_format(n_class)
        (note,) = notes(pred, truth, n_class, label_format, {'--values classes': classes})
        assert 'give --values classes' in note

    def test_the_benchmarks_values_in_the_place_of_classes_are_recognised(self):
        truth = street(149)  # the last class would be an error
        pred = ade20k_label_format.encode(truth)
        options = {'--values benchmark': ade20k_label_format}
        (note,) = notes(pred, truth, 150, plain_label_format(150), options)
        assert 'give --values benchmark' in note

    def test_train_ids_of_a_street_without_any_found_class_are_void(self):
        truth = np.array([0] * 90 + [1] * 10)
        pred = cityscapes_label_format.decode(np.zeros_like(truth)[None], name='p')
        options = {'--values classes': plain_label_format(19)}
        (note,) = notes(pred, truth, 19, cityscapes_label_format, options)
        assert '--values classes' in note

    @pytest.mark.parametrize('right', [1, 0.5, 0.1, 0])
    @pytest.mark.parametrize('name', [*FORMATS, 'voc'])
    def test_predictions_that_are_right_bad_or_at_random_are_left_alone(self, name, right):
        label_format = FORMATS.get(name, voc_label_format)
        n_class = len(label_format.values)
        truth = street(n_class)
        options = {'--values classes': plain_label_format(n_class)}
        assert notes(mediocre(truth, n_class, right), truth, n_class, label_format, options) == []

    @pytest.mark.parametrize('k', [0, 1, 7, 8])
    def test_a_small_folder_of_one_class_is_left_alone(self, k):
        truth = np.full(100, k)
        options = {'--values classes': plain_label_format(19)}
        assert notes(truth, truth, 19, cityscapes_label_format, options) == []


class TestOffByOne:
    @pytest.mark.parametrize(('shift', 'said'), [(1, 'one more'), (-1, 'one less')])
    @pytest.mark.parametrize('right', [1, 0.5])
    def test_it_is_recognised_without_another_option(self, shift, said, right):
        truth = street(4)
        pred = mediocre(truth, 4, right) + shift
        if shift > 0:
            read = (pred < 4) & (truth < 3)  # 4 would be an error
            truth, pred = truth[read], pred[read]
        (note,) = notes(pred, truth)
        assert said in note
        assert 'the files' in note

    @pytest.mark.parametrize('pred', [[1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0]])
    def test_two_classes_that_are_mixed_up_are_not_off_by_one(self, pred):
        found = notes(pred, [0, 1, 0, 1], n_class=2, label_format=plain_label_format(2))
        assert not any('each is one' in note for note in found)

    @pytest.mark.parametrize('n_class', [3, 4, 21])
    @pytest.mark.parametrize('last', ['void', 'clipped'])
    @pytest.mark.parametrize('right', [1, 0.8])
    def test_it_does_not_matter_what_became_of_a_frequent_last_class(self, n_class, last, right):
        random = np.random.default_rng(0)
        truth = random.integers(0, min(n_class, 9), (80, 100)) + max(0, n_class - 9)
        meant = np.where(random.random(truth.shape) < right, truth, truth[::-1])
        pred = np.where(meant == n_class - 1, -1 if last == 'void' else n_class - 1, meant + 1)
        said = notes(pred, truth, n_class, plain_label_format(n_class))
        if not (last == 'clipped' and n_class < 9):  # a third of the pixels is right
            assert 'each is one more' in said[0]


class TestOrder:
    @pytest.mark.parametrize('right', [1, 0.7])
    @pytest.mark.parametrize(
        'order', [[1, 0], [2, 0, 1, 3], [3, 2, 1, 0], [0, 4, 3, 2, 1], [0, 1, 3, 2, 4]]
    )
    def test_classes_in_another_order_are_recognised(self, order, right):
        n_class = len(order)
        truth = np.random.default_rng(0).integers(0, n_class, (80, 100))
        pred = np.array(order)[mediocre(truth, n_class, right)]
        said = notes(pred, truth, n_class, plain_label_format(n_class))
        if np.mean(np.array(order) == np.arange(n_class)) > 0.5:
            assert said == []  # most of it is right
        else:
            (note,) = said
            assert 'in another order, as if' in note
            k = next(k for k in range(n_class) if f"meant 'class {k}'" in note)
            assert f"'class {order[k]}' meant" in note

    def test_a_network_that_confuses_classes_is_not_in_another_order(self):
        truth = np.random.default_rng(0).integers(0, 4, (80, 100))
        pred = np.where(truth == 1, 2, truth)
        assert notes(pred, truth) == []
        assert notes(mediocre(truth, 4, 0.3), truth) == []


class TestVoidPredictions:
    @pytest.mark.parametrize('share', [0.5, 0.01])
    def test_masks_of_0_and_255_are_recognised(self, share):
        truth = (np.arange(1000) < 1000 * share).astype(int)
        (note,) = notes(np.where(truth == 1, -1, 0), truth, 2, plain_label_format(2))
        assert "of 'class 1' 100.00 %" in note
        assert 'misses' in note

    def test_a_class_that_is_void_wherever_it_should_be_predicted_is_named(self):
        truth = street(4)
        (note,) = notes(np.where(truth == 2, -1, truth), truth)
        assert "of 'class 2' 100.00 %" in note

    def test_predictions_that_are_all_void_are_named(self):
        (note,) = notes(np.full(10, -1), np.arange(10) % 4)
        assert note.startswith('100.00 % of the pixels are predicted void')

    @pytest.mark.parametrize('share', [0.01, 0.1, 0.4])
    def test_some_void_is_anyones_right(self, share):
        truth = street(4)
        void = np.random.default_rng(3).random(truth.shape) < share
        assert notes(np.where(void, -1, truth), truth) == []


class TestOneClass:
    @pytest.mark.parametrize('k', range(4))
    def test_a_constant_prediction_is_recognised(self, k):
        (note,) = notes(np.full((80, 100), k), street(4))
        assert f"all pixels are predicted 'class {k}', though the label maps hold 4 classes" in note

    def test_it_is_right_where_there_is_no_other(self):
        assert notes([2, 2, 2], [2, 2, -1]) == []


@pytest.mark.parametrize('n_class', [0, 1, 4])
def test_where_nothing_was_counted_there_is_nothing_to_say(n_class):
    result = EvaluationResult(np.zeros((n_class, n_class), int), np.zeros(n_class, int), ())
    assert notes_on_predictions(result, PLAIN, others={'x': PLAIN}, remedy='') == []
    assert notes_on_truth(result, 0.5, PLAIN) == []


class TestTruth:
    @pytest.mark.parametrize(
        ('n_class', 'share', 'values', 'void', 'remedy'),
        [
            (2, 0.001, None, 255, "255 stands for 'class 1', give .*: --label-values 0 255"),
            (2, 0.5, (1, 2), 0, "0 stands for 'class 1', give .*: --label-values 1 0"),
            (1, 0.5, None, 255, '255 stands for a class, give .*: --label-values 0 255'),
            (5, 0.3, None, 7, '7 stands for a class, give .*: --label-values 0 7'),
        ],
    )
    def test_one_class_and_void_are_masks(self, n_class, share, values, void, remedy):
        label_format = LabelFormat(values or tuple(range(n_class)), void)
        (note,) = notes_on_truth(evaluate([0, 0], [0, 0], n_class), share, label_format)
        assert f"'class 0', and void (--ignore-label {void})" in note
        assert re.search(f'{remedy} --ignore-label -1$', note)

    def test_masks_of_which_all_is_the_second_class_keep_the_order(self):
        (note,) = notes_on_truth(evaluate([1, 1], [1, 1], 2), 0.5, LabelFormat((0, 1), 255))
        assert "255 stands for 'class 0'" in note
        assert '--label-values 255 1' in note

    @pytest.mark.parametrize(
        ('truth', 'n_class', 'values', 'void', 'own'),
        [
            ([0, 1], 3, None, 255, '0 1 255'),
            ([0, 2, 3], 4, (5, 6, 7, 8), 0, '5 0 7 8'),
            ([1, 2], 3, None, 255, '255 1 2'),
        ],
    )
    def test_one_class_that_is_nowhere_and_much_void_are_taken_for_each_other(
        self, truth, n_class, values, void, own
    ):
        label_format = LabelFormat(values or tuple(range(n_class)), void)
        result = evaluate(truth, truth, n_class)
        (note,) = notes_on_truth(result, 0.3, label_format)
        (missing,) = set(range(n_class)) - set(truth)
        assert f"no pixel of the class 'class {missing}', but void (--ignore-label {void})" in note
        assert note.endswith(f'--label-values {own} --ignore-label -1')
        assert notes_on_truth(result, 0.05, label_format) == []

    @pytest.mark.parametrize(
        ('truth', 'n_class', 'share'),
        [([0, 1], 2, 0.5), ([1, 1], 2, 0), ([3, 3], 11, 0.05), ([0, 1], 4, 0.5)],
    )
    def test_other_label_maps_are_left_alone(self, truth, n_class, share):
        assert notes_on_truth(evaluate(truth, truth, n_class), share, PLAIN) == []


class TestMissingClasses:
    @pytest.mark.parametrize(('truth', 'n_class'), [([0, 1], 2), ([0, 1, 2], 3)])
    def test_where_there_are_all_there_is_nothing_to_say(self, truth, n_class):
        assert notes_on_missing_classes(evaluate(truth, truth, n_class), 'names.txt') == []

    def test_they_are_named_and_many_are_counted(self):
        (note,) = notes_on_missing_classes(evaluate([0, 2], [0, 2], 3), 'names.txt')
        assert note.startswith("no label map holds a pixel of 'class 1' of names.txt")
        assert note.endswith('--absent-class skip')
        (note,) = notes_on_missing_classes(evaluate([0], [0], 9), 'names.txt')
        assert "'class 5' and 3 more of names.txt" in note

    def test_what_was_predicted_void_is_there(self):
        assert notes_on_missing_classes(evaluate([-1, 0], [1, 0], 2), 'names.txt') == []
