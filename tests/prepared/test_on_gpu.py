"""Every prepared network on the engine for GPUs, with NumPy in CuPy's place and in cuDNN's."""

import numpy as np
import pytest

from chainercv_seg.prepared.network import PreparedNetwork
from tests import parity
from tests.engines.cuda.host_gpu import HostEngine
from tests.engines.cuda.host_kernels import needs_compiler
from tests.engines.reference import resize
from tests.prepared.test_deeplab import TestDeepLab as DeepLab
from tests.prepared.test_pspnet import TestPSPNet as PSPNet
from tests.prepared.test_segnet import TestSegNet as SegNet

pytestmark = needs_compiler
#: How far scores may be from those of the network, as a share of the largest.
LIMITS = {'float32': 1e-4, 'tf32': 2e-2, 'float16': 4e-2}
CONTRACTS = [SegNet, *(pytest.param(c, marks=pytest.mark.slow) for c in (PSPNet, DeepLab))]


def prepared(contract, link, precision, **options):
    engine = HostEngine(**options)
    return PreparedNetwork(
        engine.compile(contract.write(link), precision=precision),
        model=type(link).__name__,
        network_name='OptimizedNetwork',
        n_class=contract.n_class,
        views=link.views,
        batchsize=2,
        precision=precision,
    )


@pytest.fixture(scope='module', params=CONTRACTS, ids=lambda contract: contract.__name__)
def contract(request):
    return request.param


@pytest.fixture(scope='module')
def link(contract):
    return parity.fill(contract.build())


def inputs(contract, n=2):
    size = contract.sizes[0]
    return np.random.RandomState(0).uniform(*contract.range, (n, 3, *size)).astype('f')


@pytest.mark.parametrize('precision', LIMITS)
def test_scores_are_those_of_the_network(contract, link, precision):
    x = inputs(contract)
    with parity.evaluating():
        expected = link(x).array
    network = prepared(contract, link, precision)
    found = network.score(x)
    errors = np.abs(resize(found, expected.shape[2:]) - expected)
    limit = LIMITS[precision] * np.abs(expected).max()
    if (
        contract is SegNet and precision != 'float32'
    ):  # pooling takes another of nearly equal numbers
        assert np.mean(errors > limit) < 0.05
    else:
        assert errors.max() < limit
    for i in range(2):  # the same bits in any batch
        np.testing.assert_array_equal(network.score(x[i : i + 1])[0], found[i])


def test_labels_are_those_of_the_network(contract, link):
    images = [contract.image(*size) for size in contract.images]
    network = prepared(contract, link, 'float32')
    for found, expected in zip(network.predict(images), link.predict(images), strict=True):
        assert (found.dtype, found.shape) == (np.int32, expected.shape)
        assert (found != expected).mean() < 1e-3
