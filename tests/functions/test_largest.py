import numpy as np
import pytest

from chainercv_seg.functions import largest


@pytest.mark.parametrize('shape', [(1, 2, 3), (150, 70, 81), (3, 1, 1)])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_it_is_numpys_argmax_ties_and_nans_included(shape, dtype):
    x = np.random.RandomState(0).randint(0, 40, shape).astype(dtype)
    for a in (x, -x, np.where(x == 3, np.nan, x), x[:, ::-1]):
        labels = largest(a)
        assert labels.dtype == np.int32
        np.testing.assert_array_equal(labels, a.argmax(axis=0))
