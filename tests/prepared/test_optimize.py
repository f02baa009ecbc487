"""What `optimize` takes and refuses, and what the prepared network does."""

import copy
import io
import logging
import pickle
from functools import partial

import numpy as np
import pytest

from chainercv_seg.inference import optimize
from chainercv_seg.links import DeepLabV3plusXception65, PSPNetResNet50, SegNetBasic
from chainercv_seg.links.convolution import leave_unset
from chainercv_seg.prepared import PreparedNetwork
from chainercv_seg.prepared.optimize import _announce
from chainercv_seg.utils.errors import DeviceError
from tests import parity

# isort: split
import chainer
import chainer.functions as F
import chainer.links as L
from chainer.link_hooks import TimerHook

IMAGE = np.random.RandomState(0).uniform(0, 255, (3, 32, 48)).astype('f')


@pytest.fixture(scope='module')
def network():
    return parity.fill(SegNetBasic(3))


@pytest.fixture(scope='module')
def optimized(network):
    return optimize(network)


def test_it_is_reachable_from_the_package():
    import chainercv_seg
    from chainercv_seg.prepared import optimize as prepared_optimize

    assert chainercv_seg.optimize is optimize is prepared_optimize


def test_one_line_a_process_says_what_the_kernels_run_on(network, caplog):
    _announce.cache_clear()
    with caplog.at_level(logging.INFO):
        optimize(network)
        optimize(network)
    assert sum('numba' in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize(('compiled', 'level'), [(True, logging.INFO), (False, logging.WARNING)])
def test_that_numba_is_missing_is_a_warning(network, compiled, level, caplog, monkeypatch):
    monkeypatch.setitem(_announce.__wrapped__.__globals__, 'COMPILED', compiled)
    _announce.cache_clear()
    with caplog.at_level(logging.INFO):
        optimize(network)
    assert caplog.records[0].levelno == level


@pytest.mark.parametrize('link', [object(), L.Linear(2, 2), SegNetBasic])
def test_what_is_not_a_network_is_refused(link):
    with pytest.raises(TypeError, match='expected a network to optimize'):
        optimize(link)


def test_a_network_on_another_device_is_refused(network, monkeypatch):
    monkeypatch.setattr(SegNetBasic, 'device', type('device', (), {'name': '@intel64'}))
    with pytest.raises(ValueError, match='found one on @intel64: call to_cpu'):
        optimize(network)


class OtherForward(SegNetBasic):
    def forward(self, x):
        return super().forward(x) * -1


class OtherPredict(SegNetBasic):
    def predict(self, imgs):
        return [label + 1 for label in super().predict(imgs)]


class OtherCall(SegNetBasic):
    def __call__(self, x):
        return super().__call__(x[:, ::-1])


class OtherHead(PSPNetResNet50):
    def head(self, res5):
        return super().head(F.relu(res5 - 1))


class OtherProtocol(DeepLabV3plusXception65):
    @property
    def protocol(self):
        return {}


@pytest.mark.parametrize(
    ('link', 'method'),
    [
        (partial(OtherForward, 3), 'OtherForward has its own forward'),
        (partial(OtherPredict, 3), 'OtherPredict has its own predict'),
        (partial(OtherCall, 3), 'OtherCall has its own __call__'),
        (partial(OtherHead, 3, input_size=48, initialW=leave_unset), 'OtherHead has its own head'),
        (partial(OtherProtocol, 3), 'OtherProtocol has its own protocol'),
    ],
)
def test_a_subclass_that_computes_something_else_is_refused(link, method):
    with pytest.raises(TypeError, match=method):
        optimize(link())


def other_pool(link):
    link.extractor.pool1 = partial(F.average_pooling_2d, ksize=3, stride=2, pad=1)


def other_method(link):
    link.ppm.forward = lambda x: x


def other_layer(link):
    class Other(L.Convolution2D):
        def forward(self, x):
            return super().forward(x) + 1

    del link.head_conv1.conv
    with link.head_conv1.init_scope():
        link.head_conv1.conv = Other(4096, 512, 3, pad=1)


def more_layers(link):
    with link.extractor.init_scope():
        link.extractor.tanh = F.tanh


def other_pick(link):
    link.extractor.pick = ('res3', 'res4')


def other_kind(link):
    del link.head_conv1.bn
    with link.head_conv1.init_scope():
        link.head_conv1.bn = L.GroupNormalization(2, 512)


def hook(link):
    link.head_conv2.add_hook(TimerHook())


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (other_pool, 'expected max pooling as pool1'),
        (other_method, 'PyramidPoolingModule .*has its own forward'),
        (other_layer, 'Other .*has its own forward'),
        (more_layers, 'expected the layers'),
        (other_pick, 'picks res4 and res5'),
        (other_kind, 'found GroupNormalization'),
        (hook, 'link hooks'),
    ],
)
def test_a_part_that_computes_something_else_is_refused(change, message):
    # What is not known is found before any weights are looked at.
    link = PSPNetResNet50(3, input_size=48, initialW=leave_unset)
    change(link)
    with pytest.raises(TypeError, match=message):
        optimize(link)


def test_a_method_put_into_the_class_is_refused(network, monkeypatch):
    monkeypatch.setattr(SegNetBasic, 'forward', lambda self, x: x)
    with pytest.raises(TypeError, match='has its own forward'):
        optimize(network)


def test_a_subclass_with_its_own_constructor_and_other_methods_is_prepared(optimized, network):
    class Mine(SegNetBasic):
        def __init__(self):
            super().__init__(3)

        def palette(self):
            return [0, 1, 2]

    found = optimize(parity.fill(Mine()))
    np.testing.assert_array_equal(found.predict([IMAGE])[0], optimized.predict([IMAGE])[0])
    assert found.protocol['model'] == 'Mine'


def test_what_it_cannot_do_it_refuses(optimized):
    with pytest.raises(TypeError, match='no weights to save'):
        chainer.serializers.save_npz(io.BytesIO(), optimized)
    weights = io.BytesIO()
    chainer.serializers.save_npz(weights, SegNetBasic(3))
    weights.seek(0)
    with pytest.raises(TypeError, match='no weights to save or load'):
        chainer.serializers.load_npz(weights, optimized)
    with pytest.raises(TypeError, match='prepared before'):
        optimize(optimized)
    for name in ('to_gpu', 'cleargrads', 'params'):
        with pytest.raises(AttributeError, match=f'only predicts and has no {name!r}'):
            getattr(optimized, name)
    with pytest.raises(AttributeError, match="no setting 'scales'"):
        optimized.scales = (1.0, 2.0)
    with pytest.raises(ValueError, match='batchsize must be'):
        optimized.batchsize = 0


@pytest.mark.parametrize(
    'duplicate', [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_it_can_be_copied_and_pickled(optimized, duplicate):
    other = duplicate(optimized)
    other.batchsize = 7
    assert optimized.batchsize == 1
    assert isinstance(other, PreparedNetwork)
    assert other.protocol == optimized.protocol
    np.testing.assert_array_equal(other.predict([IMAGE])[0], optimized.predict([IMAGE])[0])


def test_it_knows_its_size_and_gives_memory_back(optimized):
    assert optimized.nbytes > 4e6  # as many as the kernels at least
    assert repr(optimized) == f'optimized SegNetBasic, 3 classes, {optimized.nbytes / 1e6:.1f} MB'
    before = optimized.predict([IMAGE])[0]
    optimized.close()
    np.testing.assert_array_equal(optimized.predict([IMAGE])[0], before)


def test_it_keeps_nothing_of_the_network():
    import gc
    import weakref

    link = SegNetBasic(3)
    kernel = weakref.ref(link.conv2.W)
    optimized = optimize(link)
    del link
    gc.collect()
    assert kernel() is None
    assert optimized.n_class == 3


def test_where_what_it_needs_is_missing_the_network_stays_as_it_is_and_that_is_said(
    network, monkeypatch, caplog
):
    from chainercv_seg.prepared import engines, optimize_if_there
    from chainercv_seg.prepared.optimize import tell_missing

    assert isinstance(optimize_if_there(network), PreparedNetwork)

    def missing(device):
        raise DeviceError("cuDNN's frontend does not load. Install it with: X")

    monkeypatch.setattr(engines, '_engine', missing)
    tell_missing.cache_clear()
    link = network.copy('copy')
    for _ in range(2):
        assert optimize_if_there(link) is link
    link.predict([IMAGE])  # without advice to optimize it
    warnings = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
    assert len(warnings) == 1
    assert 'Install it with: X' in warnings[0]
    with pytest.raises(DeviceError, match='Install it with: X'):
        optimize(link)
