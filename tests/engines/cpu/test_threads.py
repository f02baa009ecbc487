import threading

import numpy as np
import pytest

from chainercv_seg.engines.cpu.depthwise import DepthwiseConvolution, separable_convolution
from chainercv_seg.engines.cpu.fft.convolution import fft_convolution, prepare_fft
from chainercv_seg.engines.cpu.products.convolution import matmul_convolution, prepare_matmul
from chainercv_seg.engines.cpu.threads import cut, parallel, share
from chainercv_seg.engines.cpu.winograd.convolution import prepare_winograd, winograd_convolution
from chainercv_seg.utils.errors import DeviceError
from tests.engines.cpu.direct import random_map

threadpoolctl = pytest.importorskip('threadpoolctl')


def large_kernel():
    return fft_convolution(
        random_map(1, 130, 170, 16), prepare_fft(random_map(16, 16, 7, 7, seed=1)), pad=(3, 3)
    )[0]


def small_kernel():
    return winograd_convolution(
        random_map(1, 70, 90, 24), prepare_winograd(random_map(40, 24, 3, 3, seed=1)), pad=1
    )


def one_by_one():
    return matmul_convolution(
        random_map(1, 61, 83, 48), prepare_matmul(random_map(56, 48, 1, 1, seed=1))
    )


def depthwise_then_pointwise():
    depthwise = DepthwiseConvolution(random_map(3, 3, 40, seed=2), random_map(40), pad=1)
    return separable_convolution(
        random_map(1, 61, 83, 40), depthwise, prepare_matmul(random_map(56, 40, 1, 1, seed=1))
    )


def test_every_piece_is_worked_on_once(monkeypatch):
    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: 3)
    done, names = np.zeros(10, int), set()

    def work(start, stop):
        done[start:stop] += 1
        names.add(threading.current_thread().name)
        return start

    assert parallel(work, 10) == [0, 3, 6]
    assert (done == 1).all()
    assert len(names) > 1


@pytest.mark.parametrize(('count', 'piece'), [(1, 1), (65, 1), (65, 7), (3, 10)])
@pytest.mark.parametrize('threads', [1, 2, 3])
def test_threads_take_parts_until_none_is_left(count, piece, threads, monkeypatch):
    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: threads)
    done, parts = np.zeros(count, int), []

    def work(start, stop):
        done[start:stop] += 1
        parts.append((start, stop))

    share(work, count, piece=piece)
    assert (done == 1).all()
    assert all(start % piece == 0 for start, _ in parts)
    if threads > 1 and count > 50 * piece:
        largest = max(stop - start for start, stop in parts)
        assert min(stop - start for start, stop in parts) == piece < largest < count / threads


def test_threads_that_cannot_be_started_are_one_error(monkeypatch):
    def full(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: 7)
    monkeypatch.setattr(threading.Thread, 'start', full)
    with pytest.raises(DeviceError, match='OMP_NUM_THREADS=1'):
        parallel(lambda start, stop: None, 7)


def test_an_error_while_sharing_is_raised_here(monkeypatch):
    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: 2)

    def work(start, stop):
        if stop == 40:
            raise RuntimeError('in the last part')

    with pytest.raises(RuntimeError, match='in the last part'):
        share(work, 40)


def test_work_that_is_divided_within_work_stays_in_its_thread(monkeypatch):
    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: 2)

    def work(start, stop):
        inner = parallel(lambda a, b: (a, b, threading.current_thread()), 10)
        return inner == [(0, 10, threading.current_thread())]

    assert parallel(work, 2) == [True, True]
    assert len(parallel(lambda a, b: None, 2)) == 2  # as before


def test_an_error_in_another_thread_is_raised_here(monkeypatch):
    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: 2)

    def work(start, stop):
        if start:
            raise RuntimeError('in the second half')

    with pytest.raises(RuntimeError, match='in the second half'):
        parallel(work, 2)


@pytest.mark.parametrize(
    'function', [large_kernel, small_kernel, one_by_one, depthwise_then_pointwise]
)
def test_the_number_of_threads_does_not_change_a_bit(function, monkeypatch):
    results = []
    for count in (1, 2, 3, 4):
        monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda c=count: c)
        with threadpoolctl.threadpool_limits(1, user_api='blas'):  # as with one thread it is
            results.append(function())
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


@pytest.mark.parametrize('count', [0, 1, 2, 35, 48, 49, 225])
@pytest.mark.parametrize('most', [1, 16, 48, 500])
def test_pieces_are_as_few_as_will_do_and_even(count, most):
    pieces = list(cut(7, 7 + count, most))
    lengths = [stop - start for start, stop in pieces]
    assert [start for start, _ in pieces] == [7 + sum(lengths[:i]) for i in range(len(lengths))]
    assert sum(lengths) == count
    assert len(pieces) == -(-count // most)
    assert list(cut(7, 7, 0)) == []
    assert max(lengths, default=0) - min(lengths, default=0) <= 1
