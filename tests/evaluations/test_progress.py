import io
import sys

import pytest

from chainercv_seg.evaluations.progress import show_progress
from tests.communicators import run_ranks


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_one_process_shows_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, 'stderr', Terminal())
    with show_progress(10, done=4) as progress:
        progress(6)
    assert '10/10' in sys.stderr.getvalue()


def test_one_process_says_nothing_elsewhere_if_it_takes_a_moment(capsys):
    with show_progress(10) as progress:
        progress(10)
    assert capsys.readouterr().err == ''


@pytest.mark.parametrize('size', [1, 2])
def test_one_process_shows_lines_elsewhere_as_several_do(size, capsys, monkeypatch):
    monkeypatch.setattr('chainercv_seg.evaluations.progress.LINE_SECONDS', 0)

    def run(comm):
        with show_progress(10, done=4 // size, comm=comm if size > 1 else None) as progress:
            progress(2 // size)

    run_ranks(size, run)
    ranks = ' by 2 ranks' if size > 1 else ''
    assert capsys.readouterr().err.splitlines()[-1] == f'6 of 10 images{ranks} after 0 s'


def test_an_error_is_not_followed_by_a_line(capsys, monkeypatch):
    monkeypatch.setattr('chainercv_seg.evaluations.progress.LINE_SECONDS', 0)

    def fail():
        with show_progress(10) as progress:
            progress(1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert capsys.readouterr().err.count('\n') == 1


@pytest.mark.parametrize('size', [2, 5])
def test_images_that_were_done_before_are_counted_and_no_message_is_left_over(size, capsys):
    def run(comm):
        with show_progress(100, done=3 * comm.rank, comm=comm) as progress:
            for _ in range(comm.rank):
                progress(1)
        return [box.qsize() for box in comm.world.mail.values()]

    assert run_ranks(size, run)[0] == [0] * size**2
    total = 4 * sum(range(size))
    assert f'{total} of 100 images by {size} ranks' in capsys.readouterr().err


def test_the_error_of_a_rank_is_not_held_up():
    def run(comm):
        with show_progress(100, comm=comm):
            raise KeyError

    assert all(isinstance(error, KeyError) for error in run_ranks(2, run))
