import os
import platform
import subprocess
import sys
import time

import numpy as np
import pytest

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.products.panels import BLOCK, lay_out, panel_product
from tests.engines.cpu.direct import random_map, relative_error

threadpoolctl = pytest.importorskip('threadpoolctl')
needs_numba = pytest.mark.skipif(not COMPILED, reason='numba is not installed')


@pytest.mark.parametrize('rows', [1, 2, 3, 4, 5, 6, 7, 13, 29])
@pytest.mark.parametrize(('K', 'N'), [(1, 1), (5, 16), (37, 21), (64, 33), (20, 96)])
@pytest.mark.parametrize('relu', [False, True])
def test_it_is_the_product_at_any_shape(rows, K, N, relu):
    a, b = random_map(rows, K), random_map(K, N, seed=1)
    bias, residual = random_map(N, seed=2), random_map(rows, N, seed=3)
    product = a.astype(np.float64) @ b
    for options, expected in (
        ({}, product),
        ({'bias': bias}, product + bias),
        ({'residual': residual}, product + residual),
        ({'bias': bias, 'residual': residual}, product + bias + residual),
    ):
        y = np.full((rows, N), np.nan, np.float32)
        panel_product(a, lay_out(b), y, relu=relu, **options)
        if relu:
            expected = np.maximum(expected, 0)
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-6 * (1 + np.abs(product).max()))


@pytest.mark.parametrize(('rows', 'K', 'N'), [(21, 64, 64), (40, 16, 48), (20, 300, 40)])
def test_several_products_of_some_of_the_rows(rows, K, N):
    a, b = random_map(5, rows, K), random_map(5, K, N, seed=1)
    y = np.full((5, rows, N), 7, np.float32)
    panel_product(a, lay_out(b), y, rows=rows - 2)
    assert relative_error(y[:, :-2], (a.astype(np.float64) @ b)[:, :-2]) < 1e-6
    assert (y[:, -2:] == 7).all()


def test_a_nan_spoils_its_row_only_and_no_more_than_it_does_in_a_product():
    a, b = random_map(8, 20), random_map(20, 40, seed=1)
    a[3, 11] = np.nan
    y = np.zeros((8, 40), np.float32)
    panel_product(a, lay_out(b), y, relu=True)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(a @ b))


@needs_numba
def test_dividing_the_rows_does_not_change_a_bit():
    M, K = 210, 2000
    assert M * K > 1.5 * BLOCK  # rows go through in blocks
    a, b = random_map(M, K), lay_out(random_map(K, 50, seed=1))
    whole, parts = np.zeros((2, M, 50), np.float32)
    panel_product(a, b, whole)
    for start, stop in ((0, 1), (1, 32), (32, M)):
        panel_product(a[start:stop], b, parts[start:stop])
    np.testing.assert_array_equal(parts, whole)


CODE = """
import numpy as np
from chainercv_seg.engines.cpu.products.panels import lay_out, panel_product
from chainercv_seg.engines.cpu.processors import PROCESSOR
rng = np.random.default_rng(0)
a, b = (rng.standard_normal(shape, dtype=np.float32) for shape in ((3, 23, 50), (3, 50, 70)))
y = np.zeros((3, 23, 70), np.float32)
panel_product(a, lay_out(b), y, bias=b[0, 0])
assert abs(y - (a.astype(float) @ b + b[0, 0])).max() < 1e-4
print(PROCESSOR.lanes)
"""


@pytest.mark.slow
@needs_numba
@pytest.mark.skipif(platform.machine() not in ('x86_64', 'AMD64'), reason='these are of x86')
@pytest.mark.parametrize(
    ('processor', 'features', 'lanes'), [('haswell', '+avx,+avx2,+fma', 8), ('nocona', '', 4)]
)
def test_processors_with_shorter_vectors_compute_the_same(processor, features, lanes, tmp_path):
    environment = {
        **os.environ,
        'NUMBA_CPU_NAME': processor,
        'NUMBA_CPU_FEATURES': features,
        'NUMBA_CACHE_DIR': str(tmp_path),
    }
    output = subprocess.run(
        [sys.executable, '-c', CODE], env=environment, check=True, capture_output=True, text=True
    )
    assert output.stdout.split() == [str(lanes)]


@needs_numba
@pytest.mark.slow
@pytest.mark.parametrize(
    ('G', 'rows', 'K', 'N'),
    [(1, 4225, 728, 728), (1, 4225, 2048, 256), (36, 128, 256, 256), (1542, 45, 64, 64)],
)
def test_it_is_as_fast_as_blas(G, rows, K, N):
    a, b, y = random_map(G, rows, K), random_map(G, K, N), np.zeros((G, rows, N), np.float32)
    panels = lay_out(b)
    ours = blas = np.inf
    with threadpoolctl.threadpool_limits(1):
        for number in range(40):  # of a busy machine the quietest moments count
            start = time.process_time()
            panel_product(a, panels, y)
            ours = min(ours, time.process_time() - start)
            start = time.process_time()
            np.matmul(a, b, out=y)
            blas = min(blas, time.process_time() - start)
            # It is 0.7 to 1 of it where both use the widest vectors there are.
            if number >= 6 and ours < 1.25 * blas:
                return
    raise AssertionError((ours, blas))
