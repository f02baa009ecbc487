import csv
import json
import os

import numpy as np
import pytest

from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.result_files import write_results

NAMES = ('road', 'sky, blue', 'Fußweg', 'absent')


@pytest.fixture
def result():
    counts = np.zeros((4, 4), int)
    counts[:3, :3] = [[3, 1, 0], [0, 7, 1], [2, 0, 5]]
    return EvaluationResult(
        counts,
        np.array([1, 0, 0, 0]),
        NAMES,
        protocol={'data': 'x val', 'scales': (1.0, 0.5), 'absent_class': 'skip'},
        weights='w.npz',
        weights_sha256='ab',
        seconds=1.5,
    )


def test_the_record_holds_scores_counts_and_how_they_came_about(result, tmp_path):
    write_results(result, tmp_path, command='chainercv-seg evaluate')
    record = json.loads((tmp_path / 'result.json').read_text())
    assert set(record) == {
        *('miou', 'mean_class_accuracy', 'pixel_accuracy', 'iou', 'class_accuracy', 'confusion'),
        *('void_predictions', 'label_names', 'protocol', 'weights', 'versions', 'command'),
        'seconds',
    }
    assert record['miou'] == np.mean([3 / 7, 7 / 9, 5 / 8])
    assert record['iou'] == {
        'road': 3 / 7,
        'sky, blue': 7 / 9,
        'Fußweg': 5 / 8,
        'absent': None,
    }
    assert record['class_accuracy']['absent'] is None
    assert record['pixel_accuracy'] == 15 / 20
    assert record['mean_class_accuracy'] == pytest.approx(np.mean([3 / 5, 7 / 8, 5 / 7]))
    np.testing.assert_array_equal(record['confusion'], result.counts)
    assert record['void_predictions'] == [1, 0, 0, 0]
    assert record['label_names'] == list(NAMES)
    assert record['protocol'] == {
        'data': 'x val',
        'scales': [1.0, 0.5],
        'absent_class': 'skip',
    }
    assert record['weights'] == {'file': 'w.npz', 'sha256': 'ab'}
    assert record['versions']['numpy'] == np.__version__
    assert record['command'] == 'chainercv-seg evaluate'
    assert record['seconds'] == 1.5


def test_the_table_has_a_row_a_class_and_nothing_where_there_is_no_score(result, tmp_path):
    write_results(result, tmp_path)
    with open(tmp_path / 'per_class.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert [row['class'] for row in rows] == list(NAMES)
    assert [row['iou'] for row in rows] == [repr(v) for v in (3 / 7, 7 / 9, 5 / 8)] + ['']
    assert [row['true_pixels'] for row in rows] == ['5', '8', '7', '0']
    assert [row['predicted_pixels'] for row in rows] == ['5', '8', '6', '0']
    assert rows[0]['precision'] == repr(3 / 5)


def test_older_results_are_replaced_and_nothing_else_is_left(result, tmp_path):
    (tmp_path / 'result.json').write_text('old')
    write_results(result, tmp_path)
    write_results(result, tmp_path)
    assert json.loads((tmp_path / 'result.json').read_text())['seconds'] == 1.5
    assert sorted(os.listdir(tmp_path)) == ['per_class.csv', 'result.json']


def test_without_any_pixel_every_score_is_null(tmp_path):
    empty = EvaluationResult(np.zeros((2, 2), int), np.zeros(2, int), ('a', 'b'))
    write_results(empty, tmp_path)
    record = json.loads((tmp_path / 'result.json').read_text())
    assert record['miou'] is None
    assert record['iou'] == {'a': None, 'b': None}
    assert record['weights'] is None


def test_classes_of_one_name_are_refused(tmp_path):
    result = EvaluationResult(np.zeros((2, 2), int), np.zeros(2, int), ('a', 'a'))
    with pytest.raises(ValueError, match='must differ'):
        write_results(result, tmp_path)
    assert os.listdir(tmp_path) == []
