import numpy as np
import pytest

from chainercv_seg.engines.cpu.local_response import local_response_normalization
from tests.engines.cpu.direct import random_map

F = pytest.importorskip('chainer.functions')


@pytest.mark.parametrize('channels', [1, 3, 8])
@pytest.mark.parametrize(('n', 'beta'), [(5, 0.75), (3, 0.75), (5, 0.5)])
def test_it_is_that_of_chainer(channels, n, beta):
    x = 100 * random_map(2, 5, 6, channels)
    y = local_response_normalization(x, n=n, k=1, alpha=1e-4, beta=beta)
    expected = F.local_response_normalization(x.transpose(0, 3, 1, 2), n, 1, 1e-4, beta).array
    np.testing.assert_allclose(y, expected.transpose(0, 2, 3, 1), rtol=2e-6)
