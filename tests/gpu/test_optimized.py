"""Optimized networks on the GPU: precisions, graphs, memory, copies, processes."""

import copy
import pickle
import threading

import numpy as np
import pytest

from chainercv_seg import links
from chainercv_seg.engines.cuda import arithmetic
from chainercv_seg.utils.errors import DeviceError, PrecisionError
from tests import parity
from tests.engines.engine_contract import Verbs, weights
from tests.engines.reference import ReferenceEngine, resize
from tests.gpu.prepared import OnGPU, Runner, optimized

NAMES = ['segnet', 'pspnet_resnet50', 'deeplab_v3plus_xception65']
#: How far scores may be from the CPU's, as a share of the largest; and labels, as a share of all. Weights are
#: random here, so that many pixels are close to ties.
LIMITS = {'float32': (1e-4, 2e-3), 'tf32': (2e-2, 0.05), 'float16': (4e-2, 0.05)}


def build(name):
    class_name, arguments, _, _ = parity.CASES[name]
    return parity.fill(getattr(links, class_name)(**arguments))


def images(*sizes):
    rng = np.random.RandomState(1)
    return [rng.randint(0, 256, (3, *size)).astype('f') for size in sizes]


@pytest.mark.parametrize('precision', LIMITS)
@pytest.mark.parametrize('name', NAMES)
def test_scores_are_those_of_the_cpu(name, precision):
    link, x = build(name), parity.inputs(name)
    with parity.evaluating():
        expected = link(x).array
    network = Runner(optimized(link, precision).runner)
    for _ in range(3):  # as it is, captured, and replayed
        found = network(x)
    errors = np.abs(resize(found, expected.shape[2:]) - expected)
    share = LIMITS[precision][0]
    if name == 'segnet' and precision != 'float32':  # pooling takes another of nearly equal numbers
        assert np.mean(errors > share * np.abs(expected).max()) < 0.15
    else:
        assert errors.max() < share * np.abs(expected).max()
    for i in range(len(x)):  # the same bits in any batch
        np.testing.assert_array_equal(network(x[i : i + 1])[0], found[i])


@pytest.mark.parametrize('precision', LIMITS)
@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('views', [False, True])
def test_labels_are_those_of_the_cpu(name, precision, views):
    link = build(name)
    if views and name != 'segnet':
        link.scales, link.flip = (0.75, 1.0), True
    pictures = images((97, 140), (61, 83), (97, 140))
    expected = link.predict(pictures)
    network = optimized(link, precision)
    single = network.predict(pictures)
    for label, other in zip(single, expected, strict=True):
        assert (type(label), label.dtype, label.shape) == (np.ndarray, np.int32, other.shape)
        assert np.mean(label != other) < LIMITS[precision][1]
    network.batchsize = 3
    for label, other in zip(network.predict(pictures), single, strict=True):
        np.testing.assert_array_equal(label, other)


def test_graphs_give_the_same_after_other_shapes_have_come():
    network = optimized(build('segnet'))
    sizes = [(48, 64), (97, 140), (33, 20), (128, 256), (48, 64)]
    expected = {}
    for _ in range(4):
        for size in sizes:
            (label,) = network.predict(images(size))
            np.testing.assert_array_equal(label, expected.setdefault(size, label))
    assert any(shape.launch for shape in network.runner._shapes.values())


def test_after_too_large_a_batch_a_smaller_one_works(gpu, monkeypatch):
    network = optimized(build('segnet'))
    picture = images((97, 140))
    (expected,) = network.predict(picture)
    if gpu >= 0:
        import cupy

        device = cupy.cuda.Device(gpu)
        pool = cupy.get_default_memory_pool()
        with device:
            pool.free_all_blocks()
            before = pool.get_limit()
            pool.set_limit(size=pool.used_bytes() + (64 << 20))
    else:
        empty = network.runner._gpu.empty

        def small(shape, dtype):
            if np.prod(shape) * np.dtype(dtype).itemsize > 64 << 20:
                raise MemoryError
            return empty(shape, dtype)

        monkeypatch.setattr(network.runner._gpu, 'empty', small)
    try:
        network.batchsize = 16
        with pytest.raises(DeviceError, match='batch size of 16: try 8'):
            network.predict(picture * 16)
        network.batchsize = 1
        np.testing.assert_array_equal(network.predict(picture)[0], expected)
    finally:
        if gpu >= 0:
            with device:
                pool.set_limit(size=before)


@pytest.mark.parametrize('duplicate', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_prepared_anew(duplicate):
    network = optimized(build('segnet'), 'tf32')
    (expected,) = network.predict(images((48, 64)))
    np.testing.assert_array_equal(duplicate(network).predict(images((48, 64)))[0], expected)


def test_threads_wait_for_each_other():
    network = optimized(build('segnet'))
    sizes = [(48, 64), (33, 40), (64, 64)]
    expected = [network.predict(images(size))[0] for size in sizes]
    wrong = []

    def work(size, label):
        for _ in range(10):
            if not np.array_equal(network.predict(images(size))[0], label):
                wrong.append(size)

    threads = [threading.Thread(target=work, args=p) for p in zip(sizes, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_overflow_of_half_precision_is_an_error():
    link = build('segnet')
    link.conv2.W.array[...] *= 1e4
    network = optimized(link, 'float16')
    with pytest.raises(PrecisionError, match='float16'):
        network.predict(images((48, 64)))


def test_no_convolution_from_parts_is_off_by_more_than_it_may(gpu):
    """Sums as long as the networks have them, against float64 on the CPU: 2e-5 of the norm."""
    if gpu < 0:
        pytest.skip('without tensor cores there is nothing to see')
    for channels, ksize in ((64, 7), (512, 3), (2048, 3), (2048, 1)):
        program = Verbs()
        x = program.convolution(program.image(), weights(channels, 3, 1, 1), relu=True)
        program.convolution(x, weights(16, channels, ksize, ksize, seed=1), pad=ksize // 2)
        assert arithmetic.wants_parts('float32', channels, ksize * ksize)
        image = np.random.RandomState(0).normal(size=(1, 3, 24, 24)).astype('f')
        expected = ReferenceEngine().compile(program)(image)
        error = OnGPU().compile(program)(image) - expected
        assert np.linalg.norm(error) < 2e-5 * np.linalg.norm(expected), (channels, ksize)
