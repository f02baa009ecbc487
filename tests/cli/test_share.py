"""Shares that are evaluated by commands of their own, and merged."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from chainercv_seg.cli import evaluate, merge
from chainercv_seg.cli.share_options import share_of
from chainercv_seg.evaluations.journal_entries import format_entry, parse_entry
from chainercv_seg.evaluations.per_image_files import PER_IMAGE_FILES


def arguments(folder, weights, *options):
    data = ('--dataset', 'camvid', '--data-dir', folder, '--model', 'segnet', '--no-optimize')
    return list(map(str, (*data, '--pretrained-model', weights, *options)))


def record_of(folder):
    record = json.loads((folder / 'result.json').read_text())
    for key in ('command', 'seconds', 'versions'):
        del record[key]
    return record


def test_shares_merged_are_what_one_process_writes(folder, weights, tmp_path, capsys):
    measures = ('--measures', 'boundary-iou', 'image-iou')
    options = (*measures, '--report', '--output', tmp_path / 'whole')
    assert evaluate.main(arguments(folder, weights, *options)) == 0
    whole = capsys.readouterr()
    journals = [str(tmp_path / f'J{k}') for k in (1, 2)]
    for k, journal in enumerate(journals, 1):
        options = (*measures, '--share', f'{k}/2', '--resume', journal)
        saved = ('--save-predictions', tmp_path / 'predictions')
        assert evaluate.main(arguments(folder, weights, *options, *saved)) == 0
        out = capsys.readouterr().out
        assert (
            f'share {k}/2 is done: {3 - k} of 3 images are in {journal}. chainercv-seg merge' in out
        )
        assert f'predictions: {3 - k} predictions' in out
        assert 'mean IoU' not in out
    assert len(list((tmp_path / 'predictions').iterdir())) == 3
    options = [*measures, '--report', '--output', str(tmp_path / 'merged')]
    assert merge.main([*journals, *options], prog='chainercv-seg merge') == 0
    merged = capsys.readouterr()
    assert merged.out.replace('/merged', '/whole') == whole.out
    assert merged.err == whole.err
    assert record_of(tmp_path / 'merged') == record_of(tmp_path / 'whole')
    for file in ('per_class.csv', *PER_IMAGE_FILES):
        assert (tmp_path / 'merged' / file).read_bytes() == (tmp_path / 'whole' / file).read_bytes()
    texts = [without_pictures(tmp_path / name / 'report.html') for name in ('merged', 'whole')]
    assert texts[0] == texts[1]
    assert 'SegNetBasic on CamVid test' in texts[0]
    assert 'test_1.png' in texts[0]


def without_pictures(path):
    """The text of a report but for the pictures, the time that it took and the command."""
    text = path.read_text(encoding='utf-8')
    assert ('<img ' in text) == (path.parent.name == 'whole')
    head, _, worst = text.partition('<h2>Worst images</h2>')
    worst = worst.partition('<h2>How</h2>')[0]
    worst = re.sub(r'<figure>.*?</figure>|<p class="quiet legend">.*?</p>', '', worst)
    worst = re.sub('<p class="quiet">Pictures of them need the data.*?</p>', '', worst)
    return re.sub(r', [\d.]+ s an image', '', head) + worst


def test_groups_are_drawn_from_journals(folder, weights, tmp_path, capsys):
    assert evaluate.main(arguments(folder, weights, '--resume', tmp_path / 'J')) == 0
    (tmp_path / 'g.csv').write_text('image,drive\ntest_0.png,x\ntest_1.png,y\ntest_2.png,x\n')
    capsys.readouterr()
    assert merge.main([str(tmp_path / 'J'), '--groups', str(tmp_path / 'g.csv')]) == 0
    assert 'draws of 2 groups' in capsys.readouterr().out
    assert merge.main([str(tmp_path / 'J'), '--groups']) == 1
    assert 'CamVid: intervals need two sequences or more' in capsys.readouterr().err


def test_a_journal_of_an_older_version_has_all_but_what_it_lacks(folder, weights, tmp_path, capsys):
    assert evaluate.main(arguments(folder, weights, '--resume', tmp_path / 'J')) == 0
    header, *lines = (tmp_path / 'J').read_bytes().splitlines()
    identity = json.loads(header)
    for name in ('dataset', 'title', 'published'):
        del identity['details'][name]
    entries = [parse_entry(line, 11, 3)._replace(size=None) for line in lines]
    text = b''.join(map(format_entry, entries))
    (tmp_path / 'J').write_bytes(json.dumps(identity).encode() + b'\n' + text)
    options = ['--report', '--output', str(tmp_path / 'o')]
    assert merge.main([str(tmp_path / 'J'), *options]) == 0
    rows = (tmp_path / 'o' / 'per_image.csv').read_text().splitlines()
    assert rows[1].startswith('test_0,,,,')
    assert 'SegNetBasic on CamVid test' in (tmp_path / 'o' / 'report.html').read_text()
    capsys.readouterr()
    assert merge.main([str(tmp_path / 'J'), '--groups']) == 2
    assert 'nothing is known of groups in CamVid test' in capsys.readouterr().err


@pytest.mark.parametrize(
    'details',
    [[], 'x', {'dataset': ['camvid'], 'title': 7, 'published': [[1], ['a', 'b'], 5, [0.5, 3]]}],
)
def test_what_a_foreign_journal_says_for_the_report_is_not_trusted(
    folder, weights, tmp_path, details
):
    assert evaluate.main(arguments(folder, weights, '--resume', tmp_path / 'J')) == 0
    header, *lines = (tmp_path / 'J').read_bytes().splitlines()
    text = json.dumps({**json.loads(header), 'details': details}).encode()
    (tmp_path / 'J').write_bytes(b'\n'.join([text, *lines]) + b'\n')
    assert merge.main([str(tmp_path / 'J'), '--report', '--output', str(tmp_path / 'o')]) == 0


def test_a_hole_is_one_line_that_names_the_images(folder, weights, tmp_path, capsys):
    journal = tmp_path / 'J'
    options = ('--share', '1/2', '--resume', journal)
    assert evaluate.main(arguments(folder, weights, *options)) == 0
    capsys.readouterr()
    assert merge.main([str(journal), '--output', str(tmp_path / 'out')]) == 1
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.count('\n') == 1
    assert 'test_1.png: 1 of 3 images are in none of the journals' in captured.err
    assert not (tmp_path / 'out').exists()


def test_merging_needs_neither_chainer_nor_data(folder, weights, tmp_path):
    options = ('--share', '1/1', '--resume', tmp_path / 'J')
    assert evaluate.main(arguments(folder, weights, *options)) == 0
    script = """
import sys
for module in ('chainer', 'chainermn', 'cupy', 'matplotlib', 'mpi4py'):
    sys.modules[module] = None  # as if it were not installed
from chainercv_seg.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
    command = [sys.executable, '-c', script, 'merge', str(tmp_path / 'J')]
    assert 'mean IoU' in subprocess.check_output(command, text=True)


@pytest.mark.parametrize('journals', [('nowhere',), ('.',), (sys.executable,)])
def test_what_is_no_journal_is_one_line(journals, capsys):
    assert merge.main(journals) == 1
    error = capsys.readouterr().err
    assert error.startswith(f'error: {journals[0]}')
    assert 'Errno' not in error
    assert error.count('\n') == 1


@pytest.mark.parametrize('text', ['2', '0/3', '4/3', '/3', '3/', '1/0', '-1/3', 'a/b', '1/2/3', ''])
def test_a_share_that_there_is_not_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match='must be a share as 2/8'):
        share_of(text)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ((), '--share needs --resume FILE'),
        (('--resume', 'J', '--output', 'out'), '--share has no results of its own'),
        (('--resume', 'J', '--report'), '--share has no results of its own'),
    ],
)
def test_a_share_has_a_journal_and_no_results(options, message, capsys):
    with pytest.raises(SystemExit) as stop:
        evaluate.main(['--share', '1/2', *options])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_five_shares_of_which_three_are_killed_once_are_the_matrix_of_one_process(tmp_path):
    """Synthetic streets, each share a process of its own, killed in the middle with SIGKILL."""

    def command(*options):
        return [sys.executable, '-m', 'chainercv_seg', *map(str, options)]

    whole = ('--limit', '40', '--output', tmp_path / 'whole')
    subprocess.check_call(command('evaluate', *whole), stdout=subprocess.DEVNULL)
    journals = [tmp_path / f'J{k}' for k in range(1, 6)]
    for k, journal in enumerate(journals, 1):
        share = command('evaluate', '--limit', 40, '--share', f'{k}/5', '--resume', journal)
        if k in (1, 3, 4):
            process = subprocess.Popen(share, stdout=subprocess.DEVNULL)
            while process.poll() is None and not has_entries(journal, 2):
                time.sleep(0.005)
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait() != 0, 'it was done before it was killed'
            assert not has_entries(journal, 8)
        subprocess.check_call(share, stdout=subprocess.DEVNULL)
    merging = command('merge', *journals, '--output', tmp_path / 'merged')
    subprocess.check_call(merging, stdout=subprocess.DEVNULL)
    assert record_of(tmp_path / 'merged') == record_of(tmp_path / 'whole')


def has_entries(journal, count):
    return journal.exists() and journal.read_bytes().count(b'\n') > count
