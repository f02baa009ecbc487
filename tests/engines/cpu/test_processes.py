"""Networks in processes that are forked or spawned, as `multiprocessing` and Chainer's iterators do."""

import os
import subprocess
import sys

import pytest

pytest.importorskip('chainer')
needs_fork = pytest.mark.skipif(not hasattr(os, 'fork'), reason='there is no fork here')

# Two threads, however many cores there are; a small network, plain or optimized.
START = """
import contextlib, multiprocessing, os, sys, threading, time
import chainercv_seg
import numpy as np
from chainercv_seg.engines.cpu import threads
from chainercv_seg.engines.cpu.blas_threads import one_blas_thread, _libraries
from chainercv_seg.inference import optimize
from chainercv_seg.links import SegNetBasic

threads.thread_count = lambda: 2
link = SegNetBasic(n_class=11, pretrained_model='synthetic')
img = np.random.default_rng(0).integers(0, 256, (3, 24, 32)).astype(np.float32)
def predict():
    return int(link.predict([img])[0].sum())
def send(results):
    results.put(predict())
def in_child(method='fork'):
    context = multiprocessing.get_context(method)
    results = context.SimpleQueue()
    child = context.Process(target=send, args=(results,))
    child.start()
    child.join(50)
    if child.exitcode != 0:
        child.kill()
        sys.exit(f'the child ended with {child.exitcode}')
    return results.get()
"""


def run(code, tmp_path):
    """Run a script, which a spawned process can import, and return what it prints."""
    script = tmp_path / 'script.py'
    script.write_text(START + code)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
@needs_fork
def test_a_forked_child_predicts_as_its_parent_does(tmp_path):
    code = """
before = in_child()
assert before == predict()
assert in_child() == before
link = optimize(link)
before = in_child()
assert before == predict()
assert in_child() == before
"""
    run(code, tmp_path)


@pytest.mark.slow
@needs_fork
def test_a_grandchild_forked_by_a_thread_of_a_child_predicts(tmp_path):
    code = """
expected = predict()
def send(results):
    assert predict() == expected
    global send
    send = lambda results: results.put(predict())
    thread = threading.Thread(target=lambda: results.put(in_child()))
    thread.start()
    thread.join()
assert in_child() == expected
"""
    run(code, tmp_path)


@needs_fork
@pytest.mark.parametrize('optimized', [False, True])
def test_a_child_forked_while_another_thread_predicts_has_all_its_threads(optimized, tmp_path):
    """Forks from the main thread and from others, at whatever moment of the other's predictions."""
    pytest.importorskip('threadpoolctl')
    code = """
if optimized:
    link = optimize(link)
    hold = one_blas_thread  # nearly always held
else:
    hold = contextlib.nullcontext
expected, stop, done = predict(), threading.Event(), []
numbers = [library.num_threads for library in _libraries()]
def go_on():
    while not stop.is_set():
        with hold():
            done.append(predict() == expected)
def send(results):
    assert [library.num_threads for library in _libraries()] == numbers
    results.put(predict())
other = threading.Thread(target=go_on)
other.start()
for _ in range(2):
    assert in_child() == expected
    forks = threading.Thread(target=lambda: done.append(in_child() == expected))
    forks.start()
    forks.join()
stop.set()
other.join()
assert all(done) and len(done) > 2
assert [library.num_threads for library in _libraries()] == numbers
"""
    run(f'optimized = {optimized}\n{code}', tmp_path)


@pytest.mark.slow
@needs_fork
def test_a_child_forked_while_blas_is_held_gives_it_back_as_its_parent_does(tmp_path):
    pytest.importorskip('threadpoolctl')
    code = """
before = [library.num_threads for library in _libraries()]
with one_blas_thread():
    child = os.fork()
    assert {library.num_threads for library in _libraries()} == {1}
assert [library.num_threads for library in _libraries()] == before
if child == 0:
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    run(code, tmp_path)


@pytest.mark.slow
@needs_fork
def test_a_child_forked_while_another_thread_compiles_can_compile(tmp_path):
    pytest.importorskip('numba')
    code = """
from numba.core.compiler_lock import global_compiler_lock
compiling = threading.Event()
def compile():
    with global_compiler_lock:
        compiling.set()
        time.sleep(0.2)
other = threading.Thread(target=compile)
other.start()
compiling.wait()
def send(results):
    results.put(global_compiler_lock._lock.acquire(timeout=10))
assert in_child()
other.join()
assert global_compiler_lock._lock.acquire(timeout=10)
"""
    run(code, tmp_path)


@pytest.mark.slow
def test_networks_are_sent_to_processes_that_start_anew(tmp_path):
    code = """
def send(results, *networks):
    for network in networks:
        results.put(int(network.predict([img])[0].sum()))
if __name__ == '__main__':
    networks = link, optimize(link)
    expected = [int(network.predict([img])[0].sum()) for network in networks]
    for method in {'spawn', 'forkserver'}.intersection(multiprocessing.get_all_start_methods()):
        context = multiprocessing.get_context(method)
        results = context.SimpleQueue()
        child = context.Process(target=send, args=(results, *networks))
        child.start()
        child.join(50)
        assert child.exitcode == 0, (method, child.exitcode)
        assert [results.get() for _ in networks] == expected
"""
    run(code, tmp_path)


@pytest.mark.slow
@needs_fork
def test_predictions_are_samples_of_a_multiprocess_iterator(tmp_path):
    """It forks from a thread of its own."""
    code = """
import chainer
class Predictions(chainer.dataset.DatasetMixin):
    def __len__(self):
        return 4
    def get_example(self, i):
        return np.float32(predict())
if __name__ == '__main__':
    link = optimize(link)
    expected = predict()
    iterator = chainer.iterators.MultiprocessIterator(
        Predictions(), 2, repeat=False, shuffle=False, n_processes=2)
    assert [float(y) for batch in iterator for y in batch] == [expected] * 4
    iterator.finalize()
"""
    run(code, tmp_path)


def test_a_thread_that_outlives_the_main_one_still_predicts(tmp_path):
    code = """
expected = predict()
def last():
    while threading.main_thread().is_alive():
        time.sleep(0.01)
    time.sleep(0.1)
    print(predict() == expected)
threading.Thread(target=last).start()
"""
    assert run(code, tmp_path) == ['True']
