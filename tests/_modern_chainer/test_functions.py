"""The functions of Chainer that are mended, against values worked out by hand."""

import inspect
import threading
import types

import chainer
import chainer.functions as F
import numpy as np
import pytest
from chainer.backends import cuda


def image(*rows):
    return chainer.Variable(np.array([[rows]], np.float32))


@pytest.mark.parametrize(
    ('align_corners', 'expected'),
    [(True, [0, 1, 2, 3]), (False, [0, 0.75, 2.25, 3])],
)
def test_resize_images_interpolates_between_pixels(align_corners, expected):
    y = F.resize_images(image([0, 3]), (1, 4), align_corners=align_corners)
    np.testing.assert_allclose(y.array[0, 0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ('align_corners', 'expected'),
    # Column sums of the weights: with aligned corners 1, 2/3, 1/3, 0; else 1, 3/4, 1/4, 0.
    [(True, [10 + 200 * 2 / 3, 200 / 3]), (False, [10 + 200 * 3 / 4, 200 / 4])],
)
def test_the_gradient_of_resize_images_is_the_transpose_of_its_weights(align_corners, expected):
    x = image([0, 3])
    y = F.resize_images(x, (1, 4), align_corners=align_corners)
    y.grad = np.array([[[[10, 200, 0, 0]]]], np.float32)
    y.backward()
    np.testing.assert_allclose(x.grad[0, 0, 0], expected, rtol=1e-6)


def test_resize_images_repeats_the_nearest_pixel():
    x = image([1, 2], [3, 4])
    y = F.resize_images(x, (2, 4), mode='nearest', align_corners=False)
    np.testing.assert_array_equal(y.array[0, 0], [[1, 1, 2, 2], [3, 3, 4, 4]])
    y.grad = np.arange(8, dtype=np.float32).reshape(1, 1, 2, 4)
    y.backward()
    np.testing.assert_array_equal(x.grad[0, 0], [[0 + 1, 2 + 3], [4 + 5, 6 + 7]])


def test_as_strided_sees_the_same_memory_and_adds_up_its_gradient():
    x = chainer.Variable(np.arange(4, dtype=np.float32))
    y = F.as_strided(x, (3, 2), (1, 1), 0)
    np.testing.assert_array_equal(y.array, [[0, 1], [1, 2], [2, 3]])
    y.grad = np.array([[1, 2], [4, 8], [16, 32]], np.float32)
    y.backward()
    np.testing.assert_array_equal(x.grad, [1, 2 + 4, 8 + 16, 32])


def test_as_strided_refuses_gradients_that_are_not_floating_point():
    x = chainer.Variable(np.arange(4))
    y = F.as_strided(x, (2,), (2,), 1)
    np.testing.assert_array_equal(y.array, [1, 3])
    grad = chainer.functions.array.as_strided.AsStridedGrad(
        y.creator_node.input_geometry, (2,), (2,), 1
    )
    with pytest.raises(TypeError, match='Only float'):
        grad.forward((np.ones(2, np.int64),))


def test_debug_print_names_the_cpu():
    x = chainer.Variable(np.array([1, 3], np.float32), name='x')
    x.grad = np.array([2, 2], np.float32)
    assert x.debug_print().splitlines() == [
        '<variable x>',
        '- device: CPU',
        "- backend: <class 'numpy.ndarray'>",
        '- shape: (2,)',
        '- dtype: float32',
        '- statistics: mean=2.00000000, std=1.00000000',
        '- grad: mean=2.00000000, std=0.00000000',
    ]


@pytest.mark.parametrize('shape', [(), (2,), (2, 3)])
def test_categorical_looks_up_the_probability_of_each_sample(shape):
    p = np.broadcast_to(np.array([0.25, 0.5, 0.25], np.float32), (*shape, 3)).copy()
    samples = np.ones((4, *shape), np.int32)
    for x in samples, chainer.Variable(samples):
        log_p = chainer.distributions.Categorical(p=p).log_prob(x)
        np.testing.assert_allclose(log_p.array, np.full((4, *shape), np.log(0.5)), rtol=1e-6)


def test_a_categorical_gives_its_gradient_to_the_sampled_class():
    p = chainer.Variable(np.array([[0.25, 0.75], [0.5, 0.5]], np.float32))
    log_p = chainer.distributions.Categorical(p=p).log_prob(np.array([1, 0], np.int32))
    F.sum(log_p).backward()
    np.testing.assert_allclose(p.grad, [[0, 1 / 0.75], [1 / 0.5, 0]], rtol=1e-6)


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_a_summary_adds_up_in_double_precision(dtype):
    summary = chainer.Summary()
    for _ in range(4096):  # In float16, 2048 + 1 is 2048.
        summary.add(np.array(1, dtype))
    assert summary.compute_mean() == 1
    assert summary.make_statistics() == (1, 0)

    tenth = np.array(0.1, dtype)  # Its square has twice its digits.
    summary.add(tenth, weight=4096)
    mean, std = summary.make_statistics()
    np.testing.assert_allclose(mean, (1 + float(tenth)) / 2, rtol=1e-14)
    np.testing.assert_allclose(std, (1 - float(tenth)) / 2, rtol=1e-14)


def test_a_summary_is_saved_and_loaded(tmp_path):
    summary, loaded = chainer.DictSummary(), chainer.DictSummary()
    for value in 1, 2:
        summary.add({'loss': np.float32(value)})
    chainer.serializers.save_npz(tmp_path / 'summary.npz', summary)
    chainer.serializers.load_npz(tmp_path / 'summary.npz', loaded)
    loaded.add({'loss': np.float32(6)})
    assert loaded.compute_mean() == {'loss': 3}


def test_concat_examples_pads_to_the_longest():
    arrays = [np.array([[1]]), np.array([[2, 3]]), np.array([[4], [5]])]
    batch = chainer.dataset.concat_examples(arrays, padding=-1)
    assert batch.tolist() == [[[1, -1], [-1, -1]], [[2, 3], [-1, -1]], [[4, -1], [5, -1]]]


def test_fix_rounds_towards_zero():
    x = np.array([-1.7, -0.2, 0.2, 1.7], np.float32)
    y = F.fix(x)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.array, [-1, 0, 0, 1])


def test_maxout_takes_initializers_of_its_own_shape():
    def weights(array):
        assert array.shape == (1, 2, 3)  # Output channels, pool size, input channels.
        array[...] = [[[1, 0, 0], [0, 2, 0]]]

    def biases(array):
        assert array.shape == (1, 2)
        array[...] = [[10, 0]]

    link = chainer.links.Maxout(3, 1, 2, initialW=weights, initial_bias=biases)
    assert link.linear.W.shape == (2, 3)
    x = chainer.Variable(np.array([[1, 2, 3], [1, 20, 3]], np.float32))
    y = link(x)
    assert y.array.tolist() == [[11], [40]]
    F.sum(y).backward()
    assert x.grad.tolist() == [[1, 0, 0], [0, 2, 0]]


@pytest.mark.parametrize(
    'options', [{}, {'stride': 2, 'outsize': (6, 6)}, {'dilate': 2}, {'stride': 3, 'pad': 1}]
)
@pytest.mark.parametrize('groups', [1, 2])
def test_a_deconvolution_whose_kernel_alone_needs_a_gradient_has_it(groups, options):
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 4, 3, 3)).astype('f')
    W = random.normal(size=(4, 2, 2, 2)).astype('f')

    def gradient(x):
        kernel = chainer.Parameter(W)
        y = F.deconvolution_2d(x, kernel, groups=groups, **options)
        F.sum(y * np.arange(y.size, dtype='f').reshape(y.shape)).backward()
        return kernel.grad

    np.testing.assert_allclose(gradient(x), gradient(chainer.Variable(x)), rtol=1e-6)


def test_the_multiprocess_iterator_leaves_no_thread_that_keeps_python_alive():
    iterator = chainer.iterators.MultiprocessIterator(
        np.arange(4), 2, shuffle=False, n_processes=1, shared_mem=1000
    )
    with iterator:
        assert [next(iterator), next(iterator)] == [[0, 1], [2, 3]]
        prefetching = [t for t in threading.enumerate() if t.name == 'prefetch_loop']
        assert [thread.daemon for thread in prefetching] == [True]


@pytest.fixture
def cudnn(monkeypatch):
    """Have cuDNN's dropout states be the seed that they were given."""
    states = types.SimpleNamespace(DropoutStates=lambda handle, seed: seed)
    monkeypatch.setattr(cuda, 'cudnn', states, raising=False)
    monkeypatch.setattr(cuda, '_dropout_states_count', iter([3]))
    monkeypatch.delenv('CHAINER_SEED', raising=False)


def test_dropout_states_are_seeded_by_a_clock_where_there_is_no_other_source(cudnn, monkeypatch):
    def urandom(n):
        raise NotImplementedError

    monkeypatch.setattr(cuda.os, 'urandom', urandom)
    monkeypatch.setattr(cuda.time, 'perf_counter', lambda: 1.5)
    # Without the memory of it, which CuPy keeps for each GPU.
    dropout_states = inspect.unwrap(cuda.get_cudnn_dropout_states_core)
    assert dropout_states(thread_id=0) == 1_500_003
