import os
import struct
import sys
import threading

import pytest

from chainercv_seg.utils import progress
from chainercv_seg.utils.progress import ProgressLines, show_progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns."""
    now = [100.0]
    monkeypatch.setattr(progress.time, 'monotonic', lambda: now[0])
    return now


def test_lines_come_with_a_pause_between_them_and_at_the_end(clock, capsys):
    with show_progress(8, done=1, unit='images') as update:
        for step in (4, 5, 2, 9):  # at 4, 9, 11 and 20 s
            clock[0] += step
            update(1)
        clock[0] += 5
    assert capsys.readouterr().err.splitlines() == [
        '4 of 8 images after 11 s',
        '5 of 8 images after 25 s',
    ]


def test_bytes_are_shown_in_millions_and_work_of_unknown_size_without_it(clock, capsys):
    for total, unit in ((3_400_000, 'B'), (None, 'files')):
        with show_progress(total, unit=unit, title='a.zip') as update:
            clock[0] += 11
            update(1_200_000)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == 'a.zip: 1 of 3 MB after 11 s'
    assert lines[2] == 'a.zip: 1200000 files after 11 s'


def test_who_wants_silence_has_it(clock, capsys):
    with show_progress(8, unit='images', silent=True) as update:
        clock[0] += 60
        update(1)
    assert capsys.readouterr().err == ''


def test_a_line_is_lost_where_there_is_no_standard_error(capsys, monkeypatch):
    monkeypatch.setattr(sys, 'stderr', None)
    ProgressLines(lambda: 'x', seconds=0).show()
    assert capsys.readouterr().out == ''


@pytest.mark.skipif(sys.platform == 'win32', reason='needs pseudo-terminals')
@pytest.mark.parametrize('size', [(0, 0), (24, 80), (24, 0), (0, 80)])
def test_a_bar_is_seen_on_a_terminal_that_says_no_width(size, monkeypatch):
    fcntl, termios = pytest.importorskip('fcntl'), pytest.importorskip('termios')
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', *size, 0, 0))
    with open(theirs, 'w') as terminal:
        monkeypatch.setattr(sys, 'stderr', terminal)
        with show_progress(8, unit='images') as update:
            begun = os.read(ours, 1 << 16).decode()
            update(8)
        assert '0/8' in begun
        assert '8/8' in os.read(ours, 1 << 16).decode()
    os.close(ours)


def test_a_process_killed_while_it_draws_stops_no_other(monkeypatch, capsys):
    class HeldForEver:
        def __enter__(self):
            raise AssertionError('waits')

        acquire = __enter__

    monkeypatch.setattr('tqdm.tqdm._lock', HeldForEver(), raising=False)
    monkeypatch.setattr(progress, 'is_watched', lambda: True)
    with show_progress(2, unit='images') as update:
        update(1)
    assert '1/2' in capsys.readouterr().err


def test_a_bar_leaves_no_thread(monkeypatch):
    monkeypatch.setattr(progress, 'is_watched', lambda: True)
    before = threading.active_count()
    with show_progress(2, unit='images') as update:
        update(2)
        assert threading.active_count() == before
