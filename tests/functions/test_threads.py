import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from chainercv_seg.functions import fft_convolution, prepare_fft, thread_count
from chainercv_seg.functions.compiled import COMPILED
from chainercv_seg.functions.threads import one_blas_thread, parallel
from tests.functions.direct import random_map, relative_error

threadpoolctl = pytest.importorskip('threadpoolctl')


def test_every_piece_is_worked_on_once(monkeypatch):
    monkeypatch.setattr('chainercv_seg.functions.threads.thread_count', lambda: 3)
    done, names = np.zeros(10, int), set()

    def work(start, stop):
        done[start:stop] += 1
        names.add(threading.current_thread().name)
        return start

    assert parallel(work, 10) == [0, 3, 6]
    assert (done == 1).all()
    assert len(names) > 1


def test_an_error_in_another_thread_is_raised_here(monkeypatch):
    monkeypatch.setattr('chainercv_seg.functions.threads.thread_count', lambda: 2)

    def work(start, stop):
        if start:
            raise RuntimeError('in the second half')

    with pytest.raises(RuntimeError, match='in the second half'):
        parallel(work, 2)


def test_limits_of_blas_are_ours_and_blas_is_held_at_one():
    with threadpoolctl.threadpool_limits(1, user_api='blas'):
        assert thread_count() == 1
    before = thread_count()
    with one_blas_thread():
        assert thread_count() == before
        assert all(pool['num_threads'] == 1 for pool in blas_pools())
        with one_blas_thread():
            assert thread_count() == before
    assert thread_count() == before


def blas_pools():
    return [pool for pool in threadpoolctl.threadpool_info() if pool['user_api'] == 'blas']


@pytest.mark.parametrize('count', ['1', '2'])
def test_omp_num_threads_is_obeyed(count):
    code = 'from chainercv_seg.functions import thread_count; print(thread_count())'
    environment = {**os.environ, 'OMP_NUM_THREADS': count}
    environment.pop('OPENBLAS_NUM_THREADS', None)
    output = subprocess.run(
        [sys.executable, '-c', code], env=environment, check=True, capture_output=True, text=True
    )
    assert int(output.stdout) == min(int(count), len(os.sched_getaffinity(0)))


@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
def test_threads_change_nothing_but_the_last_digits(monkeypatch):
    x, W = random_map(1, 60, 90, 16), prepare_fft(random_map(16, 16, 7, 7, seed=1))
    results = []
    for count in (1, 2, 3):
        monkeypatch.setattr('chainercv_seg.functions.threads.thread_count', lambda c=count: c)
        results.append(fft_convolution(x, W, pad=(3, 3))[0])
    # A BLAS rounds by how many rows a product has: a few units in the last place of the largest.
    assert relative_error(results[1], results[0]) < 5e-7
    assert relative_error(results[2], results[0]) < 5e-7
