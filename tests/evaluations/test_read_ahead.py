import threading
import time

import pytest

from chainercv_seg.evaluations.read_ahead import read_ahead
from chainercv_seg.utils import DeviceError


class Sample:
    """Counts how many of its kind are alive."""

    alive = most = 0
    lock = threading.Lock()

    def __init__(self, index):
        self.index = index
        with Sample.lock:
            Sample.alive += 1
            Sample.most = max(Sample.most, Sample.alive)

    def __del__(self):
        with Sample.lock:
            Sample.alive -= 1


@pytest.mark.parametrize('threads', [1, 4])
@pytest.mark.parametrize('ahead', [1, 3, 100])
def test_the_order_is_that_of_the_indices_however_long_each_takes(threads, ahead):
    indices = list(range(0, 60, 3))

    def read(index):
        time.sleep(0.002 * (index % 4))
        return index

    assert list(read_ahead(read, indices, threads=threads, ahead=ahead)) == indices


@pytest.mark.parametrize('n', [10, 200])
def test_the_number_of_samples_in_memory_does_not_grow_with_their_number(n):
    Sample.most = 0
    for sample in read_ahead(Sample, range(n), threads=3, ahead=4):
        assert sample.index < n
    assert Sample.most <= 4 + 2  # those ahead, the one just taken, the caller's


def test_samples_are_read_while_the_caller_works():
    second_was_read = threading.Event()

    def read(index):
        if index == 1:
            second_was_read.set()
        return index

    samples = read_ahead(read, range(5), threads=1, ahead=2)
    assert next(samples) == 0
    assert second_was_read.wait(10)
    samples.close()


def test_an_error_comes_in_the_place_of_its_sample():
    def read(index):
        if index == 2:
            raise KeyError(index)
        return index

    samples = read_ahead(read, range(5), threads=4, ahead=5)
    assert [next(samples), next(samples)] == [0, 1]
    with pytest.raises(KeyError):
        next(samples)


def test_threads_that_cannot_be_started_are_one_error(monkeypatch):
    def full(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, 'start', full)
    with pytest.raises(DeviceError, match='limited'):
        next(read_ahead(int, range(5), threads=2, ahead=2))


def test_no_thread_is_left_where_the_caller_stops_early():
    before = threading.active_count()
    samples = read_ahead(time.sleep, [0] * 50, threads=4, ahead=4)
    next(samples)
    samples.close()
    assert threading.active_count() == before


def test_an_error_of_the_indices_comes_after_the_samples_before_it():
    def indices():
        yield from range(5)
        raise KeyError('no more')

    samples = read_ahead(lambda i: i, indices(), threads=2, ahead=3)
    assert [next(samples) for _ in range(5)] == list(range(5))
    with pytest.raises(KeyError, match='no more'):
        next(samples)
