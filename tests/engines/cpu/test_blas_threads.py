import os
import subprocess
import sys
import threading

import pytest

from chainercv_seg.engines.cpu import blas_threads
from chainercv_seg.engines.cpu.blas_threads import one_blas_thread, thread_count

threadpoolctl = pytest.importorskip('threadpoolctl')


def blas_numbers():
    """Of the libraries that were there at first: a package imported later may bring its own."""
    return {library.num_threads for library in blas_threads._libraries()}


def test_limits_of_blas_are_ours_and_blas_is_held_at_one():
    with threadpoolctl.threadpool_limits(1, user_api='blas'):
        assert thread_count() == 1
    before = thread_count()
    with one_blas_thread():
        assert thread_count() == before
        assert blas_numbers() == {1}
        with one_blas_thread():
            assert thread_count() == before
    assert thread_count() == before


def test_blas_is_held_at_one_where_fewer_cores_are_left_than_it_has_threads(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda process: {0}, raising=False)
    with threadpoolctl.threadpool_limits(2, user_api='blas'):
        assert thread_count() == 1
        with one_blas_thread():
            assert blas_numbers() == {1}


class Holder(threading.Thread):
    """Holds BLAS from its start until it is told to leave; may leave by an error."""

    def __init__(self, *, fails=False):
        super().__init__(daemon=True)
        self.fails = fails
        self.entered, self.leaving = threading.Event(), threading.Event()
        self.start()
        assert self.entered.wait(60)

    def run(self):
        try:
            with one_blas_thread():
                self.entered.set()
                self.leaving.wait(60)
                if self.fails:
                    raise RuntimeError('in the middle')
        except RuntimeError:
            assert self.fails

    def leave(self):
        self.leaving.set()
        self.join(60)
        assert not self.is_alive()


@pytest.fixture
def two_blas_threads(monkeypatch):
    """BLAS with two threads, whatever it has, and two cores."""
    monkeypatch.setattr(os, 'sched_getaffinity', lambda process: {0, 1}, raising=False)
    with threadpoolctl.threadpool_limits(2, user_api='blas'):
        yield


@pytest.mark.usefixtures('two_blas_threads')
@pytest.mark.parametrize('order', [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize('failing', [None, 0, 2])
def test_the_last_of_overlapping_threads_gives_blas_its_threads_back(order, failing):
    holders = [Holder(fails=i == failing) for i in range(3)]
    for i in order:
        assert blas_numbers() == {1}
        assert thread_count() == 2  # in this thread, too, which holds nothing
        holders[i].leave()
    assert blas_numbers() == {2}
    with one_blas_thread():
        assert blas_numbers() == {1}
    assert blas_numbers() == {2}


@pytest.mark.usefixtures('two_blas_threads')
def test_many_threads_that_come_and_go_leave_blas_as_it_was():
    def come_and_go():
        for _ in range(200):
            with one_blas_thread(), one_blas_thread():
                wrong.update(blas_numbers() - {1})

    wrong = set()
    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert blas_numbers() == {2}


class OpenMPBlas(threading.local):
    """OpenBLAS built with OpenMP, in which each thread has a number of its own."""

    internal_api, threading_layer, num_threads = 'openblas', 'openmp', 2

    def set_num_threads(self, number):
        self.num_threads = number


def test_where_each_thread_has_a_number_of_its_own_each_gets_it_back(monkeypatch):
    library = OpenMPBlas()
    assert blas_threads._of_a_thread(library)
    monkeypatch.setattr(blas_threads, '_libraries', lambda: [library])
    process, thread = blas_threads._Hold([]), blas_threads._ThreadHold()
    monkeypatch.setattr(blas_threads, '_process', lambda: process)
    monkeypatch.setattr(blas_threads, '_thread', lambda: thread)
    library.num_threads = 5
    holder = Holder()
    with one_blas_thread():
        assert library.num_threads == 1
    assert library.num_threads == 5  # although the other still holds its own
    holder.leave()
    assert library.num_threads == 5


@pytest.mark.parametrize('count', ['1', '2'])
def test_omp_num_threads_is_obeyed(count):
    code = 'from chainercv_seg.engines.cpu.blas_threads import thread_count; print(thread_count())'
    environment = {**os.environ, 'OMP_NUM_THREADS': count}
    environment.pop('OPENBLAS_NUM_THREADS', None)
    output = subprocess.run(
        [sys.executable, '-c', code], env=environment, check=True, capture_output=True, text=True
    )
    assert int(output.stdout) == min(int(count), len(os.sched_getaffinity(0)))
