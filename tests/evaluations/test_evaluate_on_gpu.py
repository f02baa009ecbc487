"""An evaluation of a network that is prepared for a GPU, with stand-ins for CuPy and cuDNN."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('chainer')

from chainercv_seg.evaluations import evaluate
from chainercv_seg.links import SegNetBasic
from chainercv_seg.prepared.segnet import write_segnet
from tests import parity
from tests.engines.cuda.host_kernels import needs_compiler
from tests.prepared.on_host import prepare

pytestmark = needs_compiler
NAMES = [f'class {k}' for k in range(5)]


class Images:
    """Images of two sizes, so that shapes change all the time."""

    def __len__(self):
        return 5

    def __getitem__(self, i):
        rng, size = np.random.RandomState(i), (16, 32) if i % 2 else (32, 16)
        return rng.randint(0, 256, (3, *size)).astype('f'), rng.randint(0, 5, size).astype('i')


@pytest.fixture(scope='module')
def network():
    link = parity.fill(SegNetBasic(5))
    return prepare(link, write_segnet(link))


@pytest.fixture(scope='module')
def expected(network):
    counts = evaluate(network, Images(), label_names=NAMES).counts
    assert counts.sum() == 5 * 16 * 32
    return counts


class OnGPU:
    """A prepared network that says that it is on a GPU; its runner's arrays are NumPy's."""

    device = SimpleNamespace(name='@cupy:0')

    def __init__(self, network, *, concurrently):
        self.predict, self.protocol, self.plans = network.predict, network.protocol, network.plans
        self.predicts_concurrently = concurrently


@pytest.mark.parametrize('batchsize', [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize('concurrently', [False, True])
def test_the_counts_are_those_of_one_thread(
    network, expected, batchsize, concurrently, monkeypatch
):
    monkeypatch.setitem(vars(network), 'batchsize', batchsize)
    found = evaluate(
        OnGPU(network, concurrently=concurrently),
        Images(),
        label_names=NAMES,
        batchsize=batchsize,
    )
    np.testing.assert_array_equal(found.counts, expected)


def test_a_journal_knows_the_table_of_plans(network, tmp_path):
    arguments = {
        'label_names': NAMES,
        'protocol': {'data': 'noise'},
        'weights_sha256': 'a' * 64,
        'resume': tmp_path / 'J',
    }
    evaluate(OnGPU(network, concurrently=True), Images(), **arguments)
    assert network.plans.sha256[:16] in (tmp_path / 'J').read_text()
    assert evaluate(OnGPU(network, concurrently=True), Images(), **arguments).resumed == 5
