import numpy as np
import pytest

from chainercv_seg.engines.cpu.products.blas import product
from tests.engines.cpu.direct import random_map

threadpoolctl = pytest.importorskip('threadpoolctl')


@pytest.mark.parametrize('columns', [1, 7, 1024, 3000])
def test_it_is_the_product_and_the_same_on_any_number_of_threads(columns):
    a, b = random_map(30, 49), random_map(49, columns, seed=1)
    whole = np.zeros((30, columns + 5), np.float32)
    results = []
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(threads):
            results.append(product(a, b))
            assert product(a, b, whole[:, 5:]).base is whole
            np.testing.assert_allclose(whole[:, 5:], results[-1], rtol=0, atol=1e-4)
            assert not whole[:, :5].any()
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_allclose(results[0], a.astype(float) @ b, rtol=0, atol=1e-4)
