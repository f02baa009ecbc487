"""What the stand-in for CuPy's kernels refuses, of two that are written for it."""

import numpy as np
import pytest

from tests.engines.cuda.host_kernels import RawModule, needs_compiler

pytestmark = needs_compiler
CODE = """
#define THREADS 64
extern "C" {
// Turns round what each block has.
__global__ void turn(const NUMBER* x, NUMBER* y, int n, float factor) {
  __shared__ NUMBER part[THREADS];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  part[threadIdx.x] = i < n ? x[i] : 0;
  __syncthreads();
  if (i < n) y[i] = factor * part[blockDim.x - 1 - threadIdx.x];
}
__global__ void leave(int waiting) {
  if (threadIdx.x < waiting) __syncthreads();
}
}
"""
X, N, FACTOR = np.arange(128, dtype='f'), np.int32(128), np.float32(2)


@pytest.fixture
def module():
    return RawModule(code=CODE, options=('-DNUMBER=float',), backend='nvrtc')


def turn(module, *, grid=(2,), block=(64,), x=X, n=N, factor=FACTOR):
    y = np.zeros_like(X)
    module.get_function('turn')(grid, block, (x, np.intp(y.ctypes.data), n, factor))
    return y


def test_threads_wait_for_each_other_and_know_where_they_are(module):
    for _ in range(2):
        np.testing.assert_array_equal(turn(module), 2 * X.reshape(2, 64)[:, ::-1].ravel())
    assert not turn(module, grid=(1,))[64:].any()


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        ({'n': 128}, 'turn: n: expected int'),  # CuPy would pass 8 bytes
        ({'n': np.int64(128)}, 'turn: n: expected int'),
        ({'factor': 2.0}, 'turn: factor: expected float'),
        ({'x': X.astype('d')}, r'turn: x: expected const NUMBER\*'),
        ({'x': np.repeat(X, 2)[::2]}, 'turn: x: not in one piece'),
        ({'x': X.ctypes.data}, 'turn: x: expected const'),
        ({'block': (32,)}, 'turn: 32 threads'),
        ({'block': (1, 1, 65)}, '65'),
        ({'grid': (0,)}, '0'),
        ({'grid': (1, 65536)}, '65536'),
    ],
)
def test_what_cupy_or_the_kernel_would_take_for_something_else_is_refused(module, wrong, message):
    with pytest.raises(AssertionError, match=message):
        turn(module, **wrong)


def test_arguments_are_counted(module):
    with pytest.raises(AssertionError, match='turn takes 4'):
        module.get_function('turn')((1,), (64,), (X,))


def test_a_barrier_that_only_some_threads_reach_is_refused(module):
    leave = module.get_function('leave')
    for waiting in (0, 64):
        leave((1,), (64,), (np.int32(waiting),))
    with pytest.raises(AssertionError, match='wait at a barrier'):
        leave((2,), (64,), (np.int32(3),))
    leave((1,), (64,), (np.int32(64),))
