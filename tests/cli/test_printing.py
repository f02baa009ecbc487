"""Results are complete before anything is printed, and what is printed steers nothing."""

import errno
import json
import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli.score import main


@pytest.fixture
def own(tmp_path):
    """The options of a folder of one label map, which is its own prediction."""
    (tmp_path / 'labels').mkdir()
    Image.fromarray(np.array([[0, 1, 2, 3]], np.uint8)).save(tmp_path / 'labels/a.png')
    names = tmp_path / 'names.txt'
    names.write_text(''.join(f'車 {k}\n' for k in range(4)), encoding='utf-8')
    options = ['--dataset', 'folder', '--labels', tmp_path / 'labels', '--label-names', names]
    return list(map(str, [*options, '--predictions', tmp_path / 'labels']))


@pytest.fixture
def command(own):
    return shlex.join([sys.executable, '-m', 'chainercv_seg', 'score', *own, '--output', 'out'])


def run(command, tmp_path, **variables):
    done = subprocess.run(
        ['bash', '-o', 'pipefail', '-c', command],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        timeout=60,
    )
    record = json.loads((tmp_path / 'out' / 'result.json').read_text())
    assert record['label_names'][3] == '車 3'
    assert (tmp_path / 'out' / 'per_class.csv').exists()
    assert b'Traceback' not in done.stderr
    return done


@pytest.mark.parametrize('redirection', ['| head -n 1', '>&-', '2>&-', '>&- 2>&-'])
def test_no_reader_is_no_error(command, tmp_path, redirection):
    assert run(f'{command} {redirection}', tmp_path).returncode == 0


@pytest.mark.parametrize(
    'variables',
    [
        {'LC_ALL': 'C', 'PYTHONUTF8': '0', 'PYTHONCOERCECLOCALE': '0'},
        {'PYTHONIOENCODING': 'cp1252'},
        {'PYTHONIOENCODING': 'ascii:strict'},
    ],
    ids=str,
)
def test_what_the_terminal_lacks_is_printed_as_an_escape(command, tmp_path, variables):
    done = run(command, tmp_path, **variables)
    assert done.returncode == 0
    assert done.stdout.splitlines()[4].startswith(rb'\u8eca 3')


def test_a_full_disk_is_one_error(command, tmp_path):
    if not os.path.exists('/dev/full'):
        pytest.skip('there is no /dev/full')
    done = run(f'{command} >/dev/full', tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        'error: standard output cannot be written: No space left on device'
    ]


def test_scores_are_printed_where_results_cannot_be_written(own, tmp_path, capsys, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, 'No space left on device', str(tmp_path / 'out/result.json'))

    monkeypatch.setattr('chainercv_seg.cli.result_folder.write_results', full)
    assert main([*own, '--output', str(tmp_path / 'out')]) == 1
    captured = capsys.readouterr()
    assert 'mean IoU' in captured.out
    assert captured.err.startswith('error: ')
    assert 'result.json' in captured.err


def test_files_of_any_name_are_scored_and_shown(tmp_path, capsys):
    names = [b'caf\xe9', b'a\x1b[31mred\nx', 'photo\u202egpj'.encode(), b'=1+1', b'cam1.0001']
    for folder in ('labels', 'predictions'):
        (tmp_path / folder).mkdir()
        for name in names:
            label = np.array([[0, 1], [1, int(folder == 'labels')]], np.uint8)
            Image.fromarray(label).save(tmp_path / folder / f'{os.fsdecode(name)}.png')
    (tmp_path / 'names.txt').write_text('=cmd()\n\x1b[31mred\n')
    options = ['--dataset', 'folder', '--labels', tmp_path / 'labels', '--report']
    options += ['--label-names', tmp_path / 'names.txt', '--images', tmp_path / 'labels']
    options += ['--predictions', tmp_path / 'predictions', '--output', tmp_path / 'out']
    assert main(list(map(str, options))) == 0
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    text = (tmp_path / 'out/report.html').read_text(encoding='utf-8')
    assert r'caf\xe9.png' in text
    assert not set(text) & set('\x1b\u202e')
    lines = (tmp_path / 'out/per_class.csv').read_text(encoding='utf-8').splitlines()
    assert [line.split(',')[0] for line in lines[1:]] == ["'=cmd()", r'\x1b[31mred']
