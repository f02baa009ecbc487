import threading
import time

import pytest

from chainercv_seg.utils import rank_watch
from chainercv_seg.utils.errors import RankError
from chainercv_seg.utils.rank_watch import RankWatch, watched
from tests.communicators import run_ranks


@pytest.fixture
def ends(monkeypatch):
    """What the watches would have ended the process for: rank and error."""
    errors = []
    monkeypatch.setattr(rank_watch, 'MESSAGE_SECONDS', 0.02)
    monkeypatch.setattr(
        rank_watch, 'end_all', lambda comm, error: errors.append((comm.rank, error))
    )
    return errors


def wait_for(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError('it never came')


@pytest.mark.parametrize('size', [1, 2, 5])
def test_ranks_that_are_there_are_not_accused_however_long_they_take(ends, size):
    def run(comm):
        with watched(comm, 60) as watch:
            time.sleep(0.2 * (comm.rank == 0))  # the others wait
        return watch.hosts

    hosts = run_ranks(size, run)
    assert ends == []
    assert all(len(own) == size for own in hosts)
    assert not any(thread.name == 'rank_watch' for thread in threading.enumerate())


class FirstRank:
    """What the first of three ranks hears; a watch on it is looked at by hand, under a clock of its own."""

    rank, size = 0, 3

    def __init__(self, monkeypatch):
        self.clock, self.inbox = 0.0, {1: [], 2: []}
        monkeypatch.setattr(rank_watch.time, 'monotonic', lambda: self.clock)
        self.watch = RankWatch(self, 600)
        self.watch.hosts = ['a', 'b', 'c']

    def iprobe(self, source, tag):
        return bool(self.inbox[source])

    def recv(self, source, tag):
        return self.inbox[source].pop(0)

    def listen(self, seconds, *speaking, idle=0.0, left=False):
        """Look once a second, as ranks speak every other second of one image a second."""
        for second in range(seconds):
            self.clock += 1
            for rank in speaking if second % 2 else ():
                self.inbox[rank].append((second, f'image_{rank}_{second}', idle, left))
            self.watch._look()


@pytest.mark.parametrize(('gone', 'host', 'there'), [(1, 'b', 2), (2, 'c', 1)])
def test_a_rank_that_is_not_heard_of_is_named_with_its_host_and_its_last_image(
    monkeypatch, gone, host, there
):
    comm = FirstRank(monkeypatch)
    comm.listen(4000, 1, 2)
    comm.listen(600, there)
    with pytest.raises(RankError) as error:
        comm.listen(2, there)
    text = str(error.value)
    assert text.startswith(f'rank {gone} on {host} has not been heard of for 600 s')
    assert text.endswith(f'Its last image was image_{gone}_3999')


def test_a_rank_that_never_speaks_is_named(monkeypatch):
    comm = FirstRank(monkeypatch)
    with pytest.raises(RankError, match=r'rank 1 on b has not .* It has told of no image'):
        comm.listen(602, 2)


def test_a_rank_that_has_left_need_not_be_heard_of(monkeypatch):
    comm = FirstRank(monkeypatch)
    comm.listen(2, 1, 2, left=True)
    comm.listen(2000)


def test_a_rank_that_lives_but_is_at_one_image_for_too_long_is_named(monkeypatch):
    comm = FirstRank(monkeypatch)
    comm.listen(2, 1, 2, idle=600.0)
    with pytest.raises(RankError) as error:
        comm.listen(2, 2, idle=601.0)
    assert str(error.value).startswith(
        'rank 2 on c has been at one image for 600 s. Its last image'
    )


def test_the_first_rank_accuses_itself_too_but_its_first_image_may_take_longer(monkeypatch):
    comm = FirstRank(monkeypatch)
    comm.watch.work(0)
    comm.listen(800, 1, 2)
    comm.watch.work(1, 'own')
    comm.listen(600, 1, 2)
    comm.watch.rest()  # waits for the others
    comm.listen(3000, 1, 2)
    comm.watch.work(2, 'own_2')
    with pytest.raises(RankError, match=r'rank 0 on a has been at one image .* was own_2'):
        comm.listen(602, 1, 2)


def test_the_time_in_which_the_whole_job_was_stopped_does_not_count(monkeypatch):
    comm = FirstRank(monkeypatch)
    comm.listen(500, 1, 2)
    comm.clock += 100_000  # SIGSTOP, a night, SIGCONT
    comm.listen(590, 1)
    with pytest.raises(RankError, match='rank 2 on c has not been heard of for 600 s'):
        comm.listen(20, 1)


def test_the_others_end_where_the_first_rank_is_gone(ends):
    def run(comm):
        watch = RankWatch(comm, 0.3)
        watch.start()
        if comm.rank == 0:
            watch.stop()
        wait_for(lambda: {rank for rank, _ in ends} >= {1, 2})
        watch.stop()

    run_ranks(3, run)
    assert sorted(rank for rank, _ in ends) == [1, 2]
    assert all(str(error).startswith('rank 0 on ') for _, error in ends)


def test_a_block_within_a_block_has_the_same_watch(ends):
    def run(comm):
        with watched(comm, 5) as outer, watched(comm, 7) as inner:
            return outer is inner

    assert run_ranks(2, run) == [True, True]


def test_an_error_in_the_block_is_not_held_up_by_ranks_that_do_not_come(ends):
    def run(comm):
        with watched(comm, 30):
            raise KeyError(comm.rank)

    assert all(isinstance(error, KeyError) for error in run_ranks(2, run))


def test_what_goes_wrong_in_the_watch_itself_ends_all(ends):
    def run(comm):
        if comm.rank == 1:
            comm.issend = lambda *_, **__: 1 / 0
        watch = RankWatch(comm, 30)
        watch.start()
        if comm.rank == 1:
            wait_for(lambda: ends)
        comm.barrier()
        watch.stop()

    run_ranks(2, run)
    assert ends[0][0] == 1
    assert isinstance(ends[0][1], ZeroDivisionError)
