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
        *('seconds', 'notes'),
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
    assert record['notes'] == []


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


def named(*names, **arguments):
    n = len(names)
    return EvaluationResult(np.eye(n, dtype=int), np.zeros(n, int), names, **arguments)


def test_notes_are_kept(tmp_path):
    write_results(named('a', notes=('all is void',)), tmp_path)
    assert json.loads((tmp_path / 'result.json').read_text())['notes'] == ['all is void']


@pytest.mark.parametrize(
    ('name', 'cell'),
    [
        ('=HYPERLINK("x")', '\'=HYPERLINK("x")'),
        ('+1', "'+1"),
        ('-1', "'-1"),
        ('@SUM(1)', "'@SUM(1)"),
        (' =1', "' =1"),
        ('\uff1d1', "'\uff1d1"),
        ('\t=1', r'\t=1'),
        ('\r=1', r'\r=1'),
        ('a\nb', r'a\nb'),
        ('\x1b[31mred', r'\x1b[31mred'),
        ('a\u202eb', r'a\u202eb'),
        ('\udcff', r'\xff'),
        ('a=b', 'a=b'),
        ('5', '5'),
        ('Straße', 'Straße'),
    ],
)
def test_no_name_is_a_formula_or_steers_what_shows_it(tmp_path, name, cell):
    write_results(named(name, 'b'), tmp_path)
    with open(tmp_path / 'per_class.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ['class', cell, 'b']
    assert rows[1][1:] == ['1.0'] * 4 + ['1', '1']
    assert json.loads((tmp_path / 'result.json').read_text())['label_names'] == [name, 'b']


def test_paths_that_are_no_text_are_written_as_they_are_shown(tmp_path):
    path = os.fsdecode(b'caf\xe9')
    result = named('a', protocol={'predictions': path}, weights=path)
    write_results(result, tmp_path, command=f'score {path}')
    record = json.loads((tmp_path / 'result.json').read_text())
    assert record['protocol']['predictions'] == record['weights']['file'] == r'caf\xe9'
    assert record['command'] == r'score caf\xe9'
