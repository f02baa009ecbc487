import csv
import json
import os

import pytest

from chainercv_seg.cli import score
from chainercv_seg.cli.evaluate import main
from chainercv_seg.evaluations.per_image_files import PER_IMAGE_FILES
from tests.fake_data import write_cityscapes


def run(command, *arguments):
    return command(list(map(str, arguments)))


def evaluate(folder, weights, *options):
    data = ('--dataset', 'camvid', '--model', 'segnet', '--data-dir', folder)
    return run(main, *data, '--pretrained-model', weights, *options)


def read(folder):
    return [(folder / name).read_bytes() for name in PER_IMAGE_FILES]


def test_the_counts_of_each_image_are_written_when_asked_for(tmp_path, folder, weights, capsys):
    assert evaluate(folder, weights, '--per-image', '--output', tmp_path / 'o', '--draws', 100) == 0
    output = capsys.readouterr().out
    assert 'result.json, per_class.csv, per_image.npz, per_image.csv' in output
    assert 'intervals: 95 %, bootstrap: 100 draws of 3 images, seed 0' in output
    with open(tmp_path / 'o' / 'per_image.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['name'] for row in rows] == ['test_0', 'test_1', 'test_2']
    assert [row['pixels'] for row in rows] == ['768', '768', '513']
    record = json.loads((tmp_path / 'o' / 'result.json').read_text())
    low, high = record['intervals']['miou']
    assert low <= record['miou'] <= high
    assert f'{100 * low:.2f} to {100 * high:.2f}' in output
    assert (record['intervals']['draws'], record['intervals']['seed']) == (100, 0)
    assert set(record['intervals']['iou']) == set(record['label_names'])


def test_resumed_runs_and_scored_files_give_the_same_file(tmp_path, folder, weights):
    options = ('--per-image', '--draws', 100)
    assert evaluate(folder, weights, *options, '--output', tmp_path / 'o') == 0
    expected = read(tmp_path / 'o')
    assert evaluate(folder, weights, '--resume', tmp_path / 'J') == 0
    saved = ('--resume', tmp_path / 'J', '--save-predictions', tmp_path / 'p')
    assert evaluate(folder, weights, *options, *saved, '--output', tmp_path / 'r') == 0
    assert read(tmp_path / 'r') == expected
    data = ('--dataset', 'camvid', '--data-dir', folder, '--predictions', tmp_path / 'p')
    assert run(score.main, *data, *options, '--output', tmp_path / 's') == 0
    assert read(tmp_path / 's') == expected


def test_without_a_folder_they_go_where_reports_go(tmp_path, folder, weights, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert evaluate(folder, weights, '--per-image', '--draws', 100) == 0
    assert set(PER_IMAGE_FILES) < set(os.listdir('evaluation'))


def test_of_one_image_there_are_counts_and_no_intervals(tmp_path, folder, weights, capsys):
    options = ('--report', '--limit', 1, '--output', tmp_path / 'o')
    assert evaluate(folder, weights, *options) == 0
    assert 'interval' not in capsys.readouterr().out
    assert 'intervals' not in json.loads((tmp_path / 'o' / 'result.json').read_text())
    assert (tmp_path / 'o' / 'per_image.csv').read_text().count('\n') == 2


def test_groups_of_a_table_are_drawn(tmp_path, folder, weights, capsys):
    (tmp_path / 'g.csv').write_text('image,drive\ntest_0.png,x\ntest_1.png,y\ntest_2.png,x\n')
    options = ('--groups', tmp_path / 'g.csv', '--output', tmp_path / 'o', '--report')
    assert evaluate(folder, weights, *options) == 0
    assert '10000 draws of 2 groups' in capsys.readouterr().out
    assert ',x\n' in (tmp_path / 'o' / 'per_image.csv').read_text().replace('\r', '')
    text = (tmp_path / 'o' / 'report.html').read_text(encoding='utf-8')
    assert '<th>groups</th>' in text
    assert 'What is drawn are whole groups' in text


def test_cities_of_cityscapes_are_drawn(tmp_path, capsys):
    data = write_cityscapes(tmp_path / 'data')
    (tmp_path / 'p').mkdir()
    for path in data.glob('gtFine/**/*_labelIds.png'):
        (tmp_path / 'p' / path.name).write_bytes(path.read_bytes())
    options = ('--dataset', 'cityscapes', '--data-dir', data, '--predictions', tmp_path / 'p')
    assert run(score.main, *options, '--groups', '--per-image', '--output', tmp_path / 'o') == 0
    assert 'draws of 2 cities' in capsys.readouterr().out
    with open(tmp_path / 'o' / 'per_image.csv', newline='') as file:
        groups = {row['name']: row['group'] for row in csv.DictReader(file)}
    assert groups['munster_000001_000019'] == 'munster'
    assert set(groups.values()) == {'lindau', 'munster'}


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('image,drive\ntest_0.png,x\n', 'no group of'),
        ('image,drive\ntest_0,x\ntest_1,x\ntest_2,x\n', 'two groups or more'),
        (None, 'expected a text file'),
    ],
)
def test_groups_that_cannot_be_drawn_are_noticed_before_the_network_is_built(
    tmp_path, folder, weights, capsys, text, said
):
    if text is not None:
        (tmp_path / 'g.csv').write_text(text)
    assert evaluate(folder, weights, '--groups', tmp_path / 'g.csv') == 1
    error = capsys.readouterr().err
    assert error.startswith(f'error: {tmp_path / "g.csv"}')
    assert said in error
    assert error.count('\n') == 1


def test_one_sequence_is_one_error(folder, weights, capsys):
    assert evaluate(folder, weights, '--groups') == 1
    assert "all images are of 1, 'test'" in capsys.readouterr().err


@pytest.mark.parametrize(
    'options',
    [
        ('--dataset', 'synthetic', '--groups'),
        ('--dataset', 'ade20k', '--groups'),
        ('--dataset', 'camvid', '--group-column', 'x'),
        ('--dataset', 'camvid', '--groups', '--group-column', 'x'),
        ('--draws', '0'),
        ('--draws', 'many'),
        ('--seed', '-1'),
    ],
    ids=' '.join,
)
def test_wrong_usage_exits_with_2(options, capsys):
    with pytest.raises(SystemExit, match='2'):
        main(list(options))
    assert '--' in capsys.readouterr().err


@pytest.mark.parametrize('option', ['--per-image', '--groups', '--draws=100'])
def test_splits_without_labels_have_no_counts(option, capsys, tmp_path):
    options = ('--dataset', 'cityscapes', '--split', 'test', '--save-predictions', tmp_path)
    with pytest.raises(SystemExit, match='2'):
        run(main, *options, option)
    assert 'no labels' in capsys.readouterr().err
