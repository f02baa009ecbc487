import csv
import json

import numpy as np
import pytest

from chainercv_seg.cli.measure_options import read_class_groups
from chainercv_seg.cli.score import main
from chainercv_seg.datasets import CamVidDataset, camvid_label_format, camvid_label_names
from chainercv_seg.evaluations.measures import MEASURES
from chainercv_seg.utils import DatasetError
from tests.fake_data import write_camvid

NAMES = ('road', 'car', 'caf\u00e9, bar')


@pytest.fixture
def arguments(tmp_path):
    folder = write_camvid(tmp_path / 'camvid')
    (tmp_path / 'predictions').mkdir()
    rng = np.random.RandomState(0)
    for i, label in enumerate(CamVidDataset(folder, 'test').slice[:, 'label']):
        pred = np.where(rng.rand(*label.shape) < 0.8, np.maximum(label, 0), 3)
        camvid_label_format.write(pred, tmp_path / 'predictions' / f'test_{i}.png')
    data = ('--dataset', 'camvid', '--data-dir', folder)
    return [*map(str, (*data, '--predictions', tmp_path / 'predictions'))]


def groups_file(tmp_path, names=camvid_label_names):
    path = tmp_path / 'groups.csv'
    with open(path, 'w', newline='') as file:
        csv.writer(file).writerows(
            (name, 'thing' if k % 2 else 'stuff') for k, name in enumerate(names)
        )
    return str(path)


def test_the_default_table_stays_as_it_is(arguments, tmp_path, capsys):
    assert main(arguments) == 0
    default = capsys.readouterr().out.splitlines()
    options = ['--class-groups', groups_file(tmp_path), '--output', str(tmp_path / 'out')]
    assert main([*arguments, *options, '--measures', *MEASURES]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[: len(default) - 1] == default[:-1]
    assert lines[len(default) - 1].split(maxsplit=1)[1] == 'Dice boundary IoU IoU by image'
    record = json.loads((tmp_path / 'out' / 'result.json').read_text())
    for key in ('dice', 'boundary_iou', 'image_iou'):
        assert tuple(record[key]) == camvid_label_names
    assert set(record['group_iou']) == {'stuff', 'thing'}
    mean = record['mean_boundary_iou']
    assert mean == pytest.approx(
        np.mean([s for s in record['boundary_iou'].values() if s is not None])
    )
    shown = next(line for line in lines if line.startswith('mean boundary IoU'))
    assert float(shown.split()[-1]) == pytest.approx(100 * mean, abs=0.006)
    with open(tmp_path / 'out' / 'per_class.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    cell = rows[0]['dice']
    assert float(cell) == pytest.approx(record['dice'][rows[0]['class']])
    assert set(record['class_groups'].values()) == {'stuff', 'thing'}


def test_measures_have_intervals_beside_their_means(arguments, tmp_path, capsys):
    options = ('--per-image', '--measures', 'boundary-iou', 'trimap', 'image-iou')
    assert main([*arguments, *options, '--output', str(tmp_path / 'out')]) == 0
    record = json.loads((tmp_path / 'out' / 'result.json').read_text())
    lines = capsys.readouterr().out.splitlines()
    intervals = record['intervals']
    for title, (low, high), score in (
        ('mean boundary IoU', intervals['mean_boundary_iou'], record['mean_boundary_iou']),
        ('mIoU over images', intervals['miou_over_images'], record['miou_over_images']),
        (
            'trimap accuracy, px 8',
            intervals['trimap_accuracy']['8'],
            record['trimap_accuracy']['8'],
        ),
    ):
        (line,) = [line for line in lines if line.startswith(title)]
        assert line.split()[-4:] == [
            f'{100 * score:.2f}',
            f'{100 * low:.2f}',
            'to',
            f'{100 * high:.2f}',
        ]
        assert low <= score <= high
    assert set(intervals['boundary_iou']) == set(camvid_label_names)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (('--measures', 'hausdorff'), "'hausdorff'"),
        (('--measures',), 'expected at least one'),
        (('--class-groups', 'G'), '--class-groups needs --measures groups'),
        (('--measures', 'dice', '--class-groups', 'G'), '--class-groups needs --measures groups'),
    ],
)
def test_wrong_usage_is_said(arguments, options, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*arguments, *options])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_groups_that_nobody_knows_have_to_be_given(arguments, capsys):
    assert main([*arguments, '--measures', 'groups']) == 2
    error = capsys.readouterr().err
    assert '--measures groups needs --class-groups FILE' in error
    assert error.count('\n') == 1


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
@pytest.mark.parametrize('header', ['', 'class,group\r\n'])
def test_groups_are_read_whatever_wrote_them(tmp_path, encoding, header):
    text = f'{header}car, vehicle\nroad,flat\n"cafe\u0301, bar", house\n\n'
    (tmp_path / 'G').write_bytes(text.encode(encoding))
    assert read_class_groups(tmp_path / 'G', NAMES) == {
        'car': 'vehicle',
        'road': 'flat',
        'caf\u00e9, bar': 'house',
    }


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('road,flat\n', 'G names no group of car, caf\u00e9, bar'),
        ('', 'G names no group of road, '),
        ('road,flat\nbike,vehicle\n', "line 2: 'bike' is no class of the data set"),
        ('road,flat\nroad,flat\n', "line 2: the class 'road' is there twice"),
        ('road;flat\n', 'line 1: expected a class and its group'),
        ('road,\n', 'line 1: expected a class and its group'),
        ('road,flat\n\ncar,vehicle\n', 'line 2: expected a class and its group'),
        ('road,"' + 200_000 * 'x', 'line 1: expected a class and its group'),
    ],
    ids=range(8),
)
def test_a_file_of_groups_that_cannot_be_used_is_said(tmp_path, text, message):
    (tmp_path / 'G').write_text(text, encoding='utf-8')
    with pytest.raises(DatasetError, match=message):
        read_class_groups(tmp_path / 'G', NAMES)


def test_a_missing_file_of_groups_is_said(arguments, capsys):
    assert main([*arguments, '--measures', 'groups', '--class-groups', 'nowhere.csv']) == 1
    assert 'nowhere.csv: expected a text file' in capsys.readouterr().err
