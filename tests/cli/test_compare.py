import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from chainercv_seg.cli.compare import main
from chainercv_seg.evaluations.measures import make_measures
from tests.evaluations.saved import NAMES, save


def run(*arguments):
    return main(list(map(str, arguments)), prog='chainercv-seg compare')


@pytest.fixture
def pair(tmp_path):
    return save(tmp_path / 'a', 0.8, seed=1), save(tmp_path / 'b', 0.6, seed=2)


def test_it_prints_what_differs_and_writes_it_where_asked(pair, tmp_path, capsys):
    assert run(*pair, '--draws', 200, '--output', tmp_path / 'new' / 'o') == 0
    output = capsys.readouterr().out
    assert 'b is worse than a: mean IoU -' in output
    assert 'intervals: 95 %, bootstrap: 200 draws of 12 images, seed 0' in output
    assert sorted(os.listdir(tmp_path / 'new' / 'o')) == [
        *('compare.csv', 'compare.html', 'compare.json'),
    ]
    record = json.loads((tmp_path / 'new' / 'o' / 'compare.json').read_text())
    assert record['command'].startswith('chainercv-seg compare ')


def test_measures_are_compared_where_they_were_counted(tmp_path, capsys):
    measures = make_measures(['boundary-iou'], label_names=NAMES)
    pair = [
        save(tmp_path / 'a', 0.8, measures=measures),
        save(tmp_path / 'b', 0.6, measures=measures),
    ]
    assert run(*pair, '--draws', 100) == 0
    assert '\nmean boundary IoU ' in capsys.readouterr().out
    assert run(*pair, '--draws', 100, '--measures', 'dice') == 0
    out = capsys.readouterr().out
    assert '\nmean Dice ' in out
    assert 'boundary' not in out
    assert run(*pair, '--measures', 'groups') == 2
    assert 'needs --class-groups FILE' in capsys.readouterr().err
    groups = dict(zip(NAMES, 'xxyy', strict=True))
    grouping = make_measures(['groups'], label_names=NAMES, groups=groups)
    grouped = [save(tmp_path / name, measures=grouping) for name in 'gh']
    assert run(*grouped, '--draws', 100, '--measures', 'groups') == 0
    assert 'mean group IoU' in capsys.readouterr().out
    assert run(*pair, '--measures', 'trimap') == 1
    error = capsys.readouterr().err
    assert 'was counted without trimap: evaluate or score again with' in error
    assert error.count('\n') == 1


def test_without_a_folder_it_only_prints(pair, tmp_path, capsys, monkeypatch):
    (tmp_path / 'empty').mkdir()
    monkeypatch.chdir(tmp_path / 'empty')
    assert run(*pair, '--draws', 100) == 0
    assert os.listdir('.') == []
    assert 'written' not in capsys.readouterr().out


def test_groups_and_images_can_be_given(pair, tmp_path, capsys):
    rows = ''.join(f'image {i},{i % 3}\n' for i in range(12))
    (tmp_path / 'g.csv').write_text(f'image,group\n{rows}')
    (tmp_path / 'images').mkdir()
    Image.new('RGB', (9, 8)).save(tmp_path / 'images' / 'image 0.png')
    options = ('--groups', tmp_path / 'g.csv', '--images', tmp_path / 'images')
    assert run(*pair, *options, '--output', tmp_path / 'o') == 0
    assert 'draws of 3 groups' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (('none',), 'none'),
        (('--groups', 'none.csv'), 'none.csv'),
        (('--images', 'none'), 'expected a folder or a zip of images, found none'),
        (('--images', 'file'), 'expected a folder or a zip of images, found another file'),
        (('--output', 'file'), 'file cannot be written'),
    ],
)
def test_what_is_missing_is_one_error(pair, tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'file').touch()
    assert run(*pair, *arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.startswith('error: ')
    assert captured.err.count('\n') == 1
    assert said in captured.err


@pytest.mark.parametrize('other', [{'n': 5}, {'policy': 'one'}, {'truth_seed': 3}], ids=str)
def test_results_that_cannot_be_compared_are_one_error(pair, tmp_path, capsys, other):
    assert run(*pair, save(tmp_path / 'c', **other)) == 1
    error = capsys.readouterr().err
    assert f'{tmp_path / "c"} cannot be compared with {tmp_path / "a"}' in error
    assert error.count('\n') == 1


def test_one_image_is_too_few(tmp_path, capsys):
    assert run(save(tmp_path / 'a', n=1), save(tmp_path / 'b', n=1)) == 1
    assert 'two or more' in capsys.readouterr().err


@pytest.mark.parametrize(
    'options', [(), ('a',), ('a', 'b', '--group-column', 'x'), ('a', 'b', '--draws', '1')], ids=str
)
def test_wrong_usage_exits_with_2(options):
    with pytest.raises(SystemExit, match='2'):
        run(*options)


def test_it_needs_neither_chainer_nor_matplotlib(pair, tmp_path):
    script = """
import sys
for module in ('chainer', 'chainermn', 'cupy', 'matplotlib', 'mpi4py'):
    sys.modules[module] = None  # as if it were not installed
from chainercv_seg.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
    arguments = [*map(str, pair), '--draws', '100', '--output', str(tmp_path / 'o')]
    output = subprocess.check_output(
        [sys.executable, '-c', script, 'compare', *arguments], text=True
    )
    assert 'mean IoU' in output
