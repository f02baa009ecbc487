"""Every prepared network on the engine for GPUs, with NumPy in CuPy's place and in cuDNN's."""

import copy
import pickle

import numpy as np
import pytest

from chainercv_seg.links import SegNetBasic
from chainercv_seg.prepared.segnet import write_segnet
from chainercv_seg.utils.errors import PrecisionError
from tests import parity
from tests.engines.cuda.host_kernels import needs_compiler
from tests.engines.reference import resize
from tests.prepared.on_host import prepare
from tests.prepared.test_deeplab import TestDeepLab as DeepLab
from tests.prepared.test_pspnet import TestPSPNet as PSPNet
from tests.prepared.test_segnet import TestSegNet as SegNet

pytestmark = needs_compiler
#: How far scores may be from those of the network, as a share of the largest.
LIMITS = {'float32': 1e-4, 'tf32': 2e-2, 'float16': 4e-2}
CONTRACTS = [SegNet, *(pytest.param(c, marks=pytest.mark.slow) for c in (PSPNet, DeepLab))]


@pytest.fixture(scope='module', params=CONTRACTS, ids=lambda contract: contract.__name__)
def contract(request):
    return request.param


@pytest.fixture(scope='module')
def link(contract):
    return parity.fill(contract.build())


@pytest.mark.parametrize('precision', LIMITS)
def test_scores_are_those_of_the_network(contract, link, precision):
    x = np.random.RandomState(0).uniform(*contract.range, (2, 3, *contract.sizes[0])).astype('f')
    with parity.evaluating():
        expected = link(x).array
    network = prepare(link, contract.write(link), precision)
    found = network.score(x)
    errors = np.abs(resize(found, expected.shape[2:]) - expected)
    limit = LIMITS[precision] * np.abs(expected).max()
    if contract is SegNet and precision != 'float32':
        # Pooling takes another of nearly equal numbers.
        assert np.mean(errors > limit) < 0.05
    else:
        assert errors.max() < limit
    for i in range(2):  # the same bits in any batch
        np.testing.assert_array_equal(network.score(x[i : i + 1])[0], found[i])


@pytest.mark.parametrize('changed', [False, True], ids=['plain', 'settings'])
def test_labels_are_those_of_the_network(contract, link, changed, monkeypatch):
    network = prepare(link, contract.write(link))
    if changed:
        for name, value in contract.settings.items():
            monkeypatch.setattr(link, name, value)
            setattr(network, name, value)
    images = [contract.image(*size) for size in contract.images]
    images += [images[0][:, ::-1], images[0] / np.float32(3)]
    wanted = link.predict(images)
    assert len(np.unique(np.concatenate([expected.ravel() for expected in wanted]))) > 1
    for found, expected in zip(network.predict(images), wanted, strict=True):
        assert (found.dtype, found.shape) == (np.int32, expected.shape)
        assert (found != expected).mean() < 2e-3


def test_one_graph_makes_the_labels_that_batches_have(contract, link):
    network = prepare(link, contract.write(link))
    if contract is not SegNet:
        network.scales, network.flip = (1.0,), False
    image = contract.image(*contract.images[1 if contract is SegNet else 0])
    network.batchsize = 2
    expected = network.predict([image])[0]
    assert all(tail is None for _, _, tail in network.runner._shapes)
    network.batchsize = 1
    for _ in range(3):
        np.testing.assert_array_equal(network.predict([image])[0], expected)
    assert [s.launch is not None for k, s in network.runner._shapes.items() if k[2]] == [True]


@pytest.fixture(scope='module')
def segnet():
    return parity.fill(SegNetBasic(5))


def image(dtype='f'):
    return np.random.RandomState(0).randint(0, 256, (3, 32, 48)).astype(dtype)


def test_whole_numbers_cross_as_bytes(segnet):
    network = prepare(segnet, write_segnet(segnet))
    network.predict([image(), image() + np.float32(0.5), image('u1'), image() + 200])
    assert network.runner._gpu.sent == [np.uint8, np.float32, np.uint8, np.float32]


def test_bytes_and_floats_give_the_same_bits(segnet):
    runner = prepare(segnet, write_segnet(segnet)).runner
    np.testing.assert_array_equal(runner(image('u1')[None]), runner(image()[None]))
    np.testing.assert_array_equal(runner(image('d')[None]), runner(image()[None]))


def test_an_overflow_names_the_precision_and_is_over_with_that(segnet):
    network = prepare(segnet, write_segnet(segnet), 'float16')
    small = image() / np.float32(255)
    expected = network.predict([small])[0]
    network.runner.overflow[0] = 1  # as a kernel does
    with pytest.raises(PrecisionError, match='do not fit into float16: use tf32 or float32'):
        network.predict([small])
    np.testing.assert_array_equal(network.predict([small])[0], expected)


@pytest.mark.parametrize(
    'duplicate', [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_is_prepared_anew(segnet, duplicate):
    network = prepare(segnet, write_segnet(segnet), 'tf32')
    expected = network.predict([image()])[0]
    other = duplicate(network)
    if duplicate is not copy.copy:
        assert other.runner is not network.runner
    np.testing.assert_array_equal(other.predict([image()])[0], expected)
    assert other.nbytes == network.nbytes > 4e6
    assert other.precision == other.runner.precision == 'tf32'


def test_a_forked_process_says_what_to_do(segnet, monkeypatch):
    network = prepare(segnet, write_segnet(segnet))
    monkeypatch.setattr('os.getpid', lambda: -1)
    with pytest.raises(TypeError, match='forked from the one that prepared it'):
        network.predict([image()])
