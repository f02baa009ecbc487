import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from chainercv_seg.evaluations.bootstrap import draw_scores, interval
from chainercv_seg.evaluations.class_sums import CLASS_SCORES, MEANS
from chainercv_seg.evaluations.comparison import compare
from chainercv_seg.evaluations.comparison_files import (
    comparison_csv,
    comparison_record,
    comparison_text,
    points,
    share_text,
    verdict,
    write_comparison,
)
from chainercv_seg.evaluations.drawn_images import DrawnImages
from chainercv_seg.evaluations.measures import make_measures
from chainercv_seg.evaluations.saved_measures import common_measures, require_measures
from chainercv_seg.evaluations.saved_results import read_results
from chainercv_seg.utils.errors import ResultError
from tests.evaluations.saved import NAMES, save


@pytest.fixture
def results(tmp_path):
    save(tmp_path / 'a', 0.8, seed=1)
    save(tmp_path / 'b', 0.6, seed=2)
    save(tmp_path / 'c', 0.8, seed=3)
    return read_results([tmp_path / name for name in 'abc'])


@pytest.fixture
def comparison(results):
    return compare(results, draws=500)


def test_every_score_is_compared(results, comparison):
    expected = [*((score, None) for score in MEANS)]
    expected += [(score, k) for score in CLASS_SCORES for k in range(4)]
    assert [(row.score, row.k) for row in comparison.rows] == expected
    for row in comparison.rows[:1]:
        for result, value in zip(results, row.values, strict=True):
            assert value == pytest.approx(result.record[row.score])
    for row in comparison.of('iou'):
        for result, value in zip(results, row.values, strict=True):
            found = result.record['iou'][row.title]
            assert np.isnan(value) if found is None else value == pytest.approx(found)


def test_differences_are_taken_draw_by_draw(results, comparison):
    a, b = (draw_scores(results[i].per_image.sums(), draws=500)['miou'] for i in (0, 1))
    change = comparison.of('miou')[0].changes[0]
    np.testing.assert_allclose([change.low, change.high], interval(b - a, 12))
    assert change.better == (b > a).mean()
    assert change.worse == (b < a).mean()
    # What makes an image hard for both does not blur the difference.
    assert change.high - change.low < np.ptp(interval(a, 12)) + np.ptp(interval(b, 12))


def test_a_worse_result_is_worse_and_one_as_good_is_not_told_apart(comparison):
    worse, alike = comparison.of('miou')[0].changes
    assert worse.verdict == 'worse'
    assert worse.worse == 1
    assert alike.verdict == 'not told apart'
    assert verdict(comparison, 1).startswith('b is worse than a: mean IoU -')
    assert 'c and a are not told apart' in verdict(comparison, 2)


def test_the_other_way_round_it_is_better(tmp_path, results):
    change = compare([results[1], results[0]], draws=500).of('miou')[0].changes[0]
    assert change.verdict == 'better'
    assert change.better == 1


def test_a_result_does_not_differ_from_itself(tmp_path, results):
    comparison = compare([results[0], results[0]], draws=200)
    for row in comparison.rows:
        change = row.changes[0]
        if not np.isnan(change.difference):
            assert (change.difference, change.low, change.high) == (0, 0, 0)
            assert (change.better, change.worse) == (0, 0)
            assert change.verdict == 'not told apart'
    assert comparison.moved(1, 9) == []


def test_measures_are_compared_from_the_same_draws(tmp_path):
    measures = make_measures(['boundary-iou', 'trimap', 'image-iou'], label_names=NAMES)
    save(tmp_path / 'a', 0.9, seed=1, measures=measures)
    save(tmp_path / 'b', 0.5, seed=2, measures=measures)
    results = read_results([tmp_path / 'a', tmp_path / 'b'])
    assert common_measures(results) != ()
    comparison = compare(results, measures=measures, draws=300)
    images = [DrawnImages(result.per_image, measures) for result in results]
    drawn = [draw_scores(one, draws=300) for one in images]
    for score, k, key in (
        ('mean_boundary_iou', None, 'mean_boundary_iou'),
        ('boundary_iou', 1, 'boundary_iou'),
        ('trimap_accuracy', 0, 'trimap_accuracy'),
        ('worst_fifth_over_images', None, 'worst_fifth_over_images'),
    ):
        (row,) = [row for row in comparison.rows if (row.score, row.k) == (score, k)]
        saved = [result.record[key] for result in results]
        expected = saved if k is None else [list(of.values())[k] for of in saved]
        assert row.values == pytest.approx(expected)
        column = ... if k is None else (slice(None), k)
        change = interval(drawn[1][score][column] - drawn[0][score][column], 12)
        np.testing.assert_allclose([row.changes[0].low, row.changes[0].high], change)
    assert comparison.of('mean_boundary_iou')[0].changes[0].verdict == 'worse'
    text = comparison_text(comparison)
    for title in (
        'boundary IoU ',
        'mean boundary IoU ',
        'trimap accuracy, px ',
        'mIoU over images ',
    ):
        assert f'\n{title}' in text
    assert text.splitlines()[-7].startswith('b is worse than a: mean IoU')
    rows = list(csv.DictReader(io.StringIO(comparison_csv(comparison))))
    assert {row['class'] for row in rows if row['score'] == 'trimap_accuracy'} >= {'1', '32'}
    assert comparison_record(comparison)['measures']['boundary_iou'].startswith('Cheng et al. 2021')


def test_without_being_told_those_are_compared_that_all_results_have(tmp_path):
    groups = dict(zip(NAMES, 'xxyy', strict=True))
    for name, measured, class_groups in (
        ('a', ('dice', 'boundary-iou', 'groups'), groups),
        ('b', ('trimap', 'boundary-iou', 'groups'), dict(groups, never='x')),
        ('c', ('boundary-iou', 'dice', 'groups'), groups),
        ('d', (), None),
    ):
        measures = make_measures(measured, label_names=NAMES, groups=class_groups)
        save(tmp_path / name, measures=measures)

    def common(names):
        measures = common_measures(read_results([tmp_path / name for name in names]))
        return [measure.name for measure in measures]

    assert common('ab') == ['boundary-iou']
    assert common('ac') == ['dice', 'boundary-iou', 'groups']
    assert common('ad') == []
    dice, boundary = make_measures(['dice', 'boundary-iou'], label_names=NAMES)
    results = read_results([tmp_path / 'a', tmp_path / 'd'])
    require_measures(results, [dice])
    for foreign in (5, ['dice'], None):
        record = {**results[0].record, 'measures': foreign, 'class_groups': foreign}
        assert common_measures([replace(results[0], record=record)]) == ()
    with pytest.raises(ResultError, match='d was counted without boundary-iou: evaluate or score'):
        require_measures(results, [dice, boundary])


def test_a_class_that_never_occurs_has_no_change(comparison):
    row = comparison.of('iou')[2]
    assert np.isnan(row.values).all()
    assert np.isnan(list(vars(row.changes[0]).values())).all()
    assert row.changes[0].verdict == 'not told apart'


def test_the_images_that_moved_most_come_first(results, comparison):
    moved = comparison.moved(1, 12)
    sizes = [abs(image.after - image.before) for image in moved]
    assert sizes == sorted(sizes, reverse=True)
    assert moved[0].name == f'image {moved[0].index}'
    before, after = (results[i].per_image.sums().scores()['miou'] for i in (0, 1))
    for image in moved:
        assert (image.before, image.after) == (before[image.index], after[image.index])
    assert comparison.moved(1, 2) == moved[:2]


def test_groups_are_drawn_where_all_results_have_them(tmp_path, results):
    groups = [f'place {i // 4}' for i in range(12)]
    one, two = save(tmp_path / 'g', groups=groups), save(tmp_path / 'h', 0.6, groups=groups)
    both = compare(read_results([one, two]), draws=100)
    assert (both.drawing.unit, both.drawing.units) == ('places', 3)
    some = compare([*read_results([one]), results[1]], draws=100)
    assert (some.drawing.unit, some.drawing.units) == ('images', 12)
    given = compare(results, groups=groups, draws=100)
    assert (given.drawing.unit, given.drawing.units) == ('groups', 3)


def test_fewer_than_two_results_are_refused(results):
    with pytest.raises(ValueError, match='two results or more'):
        compare(results[:1])


def test_the_text_has_a_table_a_verdict_and_images_for_each_other_result(comparison):
    text = comparison_text(comparison)
    tables = text.split('\n\n')
    assert len(tables) == 2
    for table, name in zip(tables, 'bc', strict=True):
        lines = table.splitlines()
        assert re.fullmatch(rf'IoU +a +{name} +change +interval +better in', lines[0])
        assert [line.split()[0] for line in lines[1:5]] == list(NAMES)
        assert lines[3].split()[1:] == ['-', '-', '-', '-', 'to', '-', '-']
        assert lines[9].endswith('.')
        assert lines[10].startswith('images that moved most')
        assert len(lines) == 16


def test_the_files_hold_the_same_numbers(tmp_path, comparison):
    (tmp_path / 'out').mkdir()
    write_comparison(comparison, tmp_path / 'out', command='compare a b c')
    record = json.loads((tmp_path / 'out' / 'compare.json').read_text())
    with open(tmp_path / 'out' / 'compare.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert record['compared_with'] == 'a'
    assert list(record['results']) == ['a', 'b', 'c']
    assert record['intervals']['draws'] == 500
    assert record['command'] == 'compare a b c'
    assert len(rows) == 2 * len(record['scores']) == 2 * len(comparison.rows)
    for row in rows:
        [score] = [
            score
            for score in record['scores']
            if (score['score'], score['class']) == (row['score'], row['class'].strip("'") or None)
        ]
        change = score['changes'][row['result']]
        for name, value in change.items():
            assert row[name] == ('' if value is None else repr(value))
        assert row['value'] == str(score['values'][row['result']] or '')
    assert len(record['moved']['b']) == 12


def test_no_name_is_a_formula(comparison):
    rows = list(csv.reader(io.StringIO(comparison_csv(comparison))))
    assert "'=sky" in {row[1] for row in rows}


@pytest.mark.parametrize(
    ('share', 'text'),
    [
        *((1, '100 %'), (0.99999, '> 99.9 %'), (0.5, '50.0 %'), (0.00001, '< 0.1 %'), (0, '0 %')),
        (float('nan'), '-'),
    ],
)
def test_what_is_not_all_is_not_100_percent(share, text):
    assert share_text(share) == text


def test_changes_have_signs():
    assert points(0.0123) == '+1.23'
    assert points(-0.0123) == '-1.23'
    assert points(0.0) == '0.00'
    assert points(float('nan')) == '-'
