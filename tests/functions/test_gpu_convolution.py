"""Convolution on GPUs, with NumPy in the place of cuDNN, against Chainer's own."""

import logging

import numpy as np
import pytest

from tests.caches import forgotten
from tests.engines.cpu.direct import random_map, relative_error
from tests.engines.cuda.host_kernels import needs_compiler
from tests.engines.cuda.numpy_convolver import NumPyConvolver

chainer = pytest.importorskip('chainer')
F = chainer.functions

from chainercv_seg.engines.cuda.gradients import CuDNNGradients  # noqa: E402  (after Chainer)
from chainercv_seg.functions import gpu_convolution  # noqa: E402
from chainercv_seg.functions.gpu_convolution import choose_methods, gpu_convolution_2d  # noqa: E402
from chainercv_seg.functions.piecewise_function import Piecewise  # noqa: E402
from chainercv_seg.links import convolution, segnet  # noqa: E402

CASES = [
    {},
    {'stride': (2, 1), 'pad': (1, 2)},
    {'pad': (4, 4), 'dilate': (4, 4)},
    {'stride': (2, 2), 'pad': (1, 1)},
]
DEPTHWISE = [{'pad': (1, 1), 'groups': 6}, {'stride': (2, 2), 'pad': (2, 1), 'groups': 6}]


@pytest.fixture
def cudnn(kernels_on_host, monkeypatch):
    """NumPy in the places of cuDNN and CuPy."""
    convolver = NumPyConvolver()
    monkeypatch.setattr(gpu_convolution, 'frontend_is_there', lambda: True)
    monkeypatch.setattr(gpu_convolution, '_convolver', lambda: convolver)
    monkeypatch.setattr(gpu_convolution, 'cupy', lambda: np)
    return convolver


def results_and_gradients(function, arrays, options):
    x, W, b = (chainer.Variable(array) for array in arrays)
    y = function(x, W, b, **options)
    (F.sum(y * random_map(*y.shape, seed=2)) + F.sum(y * y)).backward()
    return y.array, x.grad, W.grad, b.grad


@needs_compiler
@pytest.mark.parametrize('options', CASES + DEPTHWISE, ids=str)
def test_result_and_gradients_are_those_of_chainer(cudnn, options):
    groups = options.get('groups', 1)
    arrays = random_map(2, 6, 13, 11), random_map(6, 6 // groups, 3, 3, seed=1), random_map(6)
    found = results_and_gradients(gpu_convolution_2d, arrays, options)
    for array, expected in zip(
        found, results_and_gradients(F.convolution_2d, arrays, options), strict=True
    ):
        assert array.dtype == np.float32
        assert relative_error(array, expected) < 5e-6
    kinds = [problem.kind for problem in cudnn.problems]
    assert kinds == ([] if groups > 1 else ['forward', 'data', 'weights'])


@needs_compiler
@pytest.mark.parametrize('options', CASES + DEPTHWISE, ids=str)
@pytest.mark.usefixtures('cudnn')
def test_gradients_of_gradients_are_those_of_chainer(options):
    groups = options.get('groups', 1)
    arrays = random_map(1, 6, 9, 8), random_map(6, 6 // groups, 3, 3, seed=1)
    results = []
    for function in (gpu_convolution_2d, F.convolution_2d):
        x, W = map(chainer.Variable, arrays)
        y = function(x, W, **options)
        gx, gW = chainer.grad([F.sum(y**2)], [x, W], enable_double_backprop=True)
        (F.sum(gx**2) + F.sum(gW**2)).backward()
        results.append((x.grad, W.grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 2e-5


def test_half_precision_stays_half(cudnn):
    arrays = random_map(1, 4, 9, 8), random_map(2, 4, 3, 3, seed=1), random_map(2)
    expected = results_and_gradients(F.convolution_2d, arrays, {})
    arrays = tuple(array.astype(np.float16) for array in arrays)
    found = results_and_gradients(gpu_convolution_2d, arrays, {})
    assert {array.dtype for array in found} == {np.dtype(np.float16)}
    assert {problem.precision for problem in cudnn.problems} == {'float16'}
    for array, other in zip(found, expected, strict=True):
        assert relative_error(array.astype('f'), other) < 5e-3


def test_precision_is_what_the_configuration_says(cudnn):
    arrays = random_map(1, 4, 9, 8), random_map(2, 4, 3, 3, seed=1), random_map(2)
    for precision in (None, 'tf32'):
        with chainer.using_config('convolution_precision', precision):
            results_and_gradients(gpu_convolution_2d, arrays, {})
    found = [problem.precision for problem in cudnn.problems]
    assert found == ['float32'] * 3 + ['tf32'] * 3


def test_without_a_bias_none_is_added(cudnn):
    x, W = random_map(1, 4, 9, 8), random_map(2, 4, 3, 3, seed=1)
    found = gpu_convolution_2d(x, W).array
    assert relative_error(found, F.convolution_2d(x, W).array) < 1e-6
    assert len(cudnn.problems) == 1


@pytest.mark.parametrize('kind', ['forward', 'data', 'weights'])
def test_what_cudnn_cannot_do_goes_piecewise_and_is_said(cudnn, kind, caplog):
    cudnn.refused = (kind,)
    gpu_convolution._tell.cache_clear()
    arrays = random_map(1, 4, 9, 8), random_map(2, 4, 3, 3, seed=1), random_map(2)
    for _ in range(2):
        found = results_and_gradients(gpu_convolution_2d, arrays, {})
    (record,) = caplog.records
    assert f'no way to compute {kind}' in record.getMessage()
    expected = results_and_gradients(F.convolution_2d, arrays, {})
    for array, other in zip(found, expected, strict=True):
        assert relative_error(array, other) < 5e-6


@pytest.mark.usefixtures('cudnn')
def test_what_cudnn_computes_is_chosen_by_types_groups_and_the_configuration():
    def chosen(x='f', W='f', groups=1):
        arrays = np.zeros((1, 4, 9, 9), x), np.zeros((4, 4 // groups, 3, 3), W)
        return choose_methods(*arrays, groups)

    assert type(chosen()) is gpu_convolution.WithFallback
    assert type(chosen('e', 'e')) is gpu_convolution.WithFallback
    for arguments in ({'x': 'd', 'W': 'd'}, {'W': 'e'}, {'groups': 2}):
        assert type(chosen(**arguments)) is Piecewise
    with chainer.using_config('use_cudnn', 'never'):
        assert type(chosen()) is Piecewise
        assert type(chosen(groups=4)) is gpu_convolution.DepthwiseGradients


def test_that_the_frontend_is_missing_is_said_once_with_the_remedy(monkeypatch, caplog):
    monkeypatch.setitem(__import__('sys').modules, 'cudnn', None)
    gpu_convolution.frontend_is_there.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert (
                type(choose_methods(random_map(1, 4, 9, 9), random_map(4, 4, 3, 3), 1)) is Piecewise
            )
    gpu_convolution.frontend_is_there.cache_clear()
    (record,) = caplog.records
    assert 'cuda12' in record.getMessage()
    assert 'piece by piece' in record.getMessage()


@pytest.fixture
def made(monkeypatch):
    """The arguments of the convolvers that are made."""
    arguments = []
    monkeypatch.setattr(gpu_convolution, 'Convolver', lambda **options: arguments.append(options))
    device = lambda: 0  # noqa: E731
    runtime = type('runtime', (), {'getDevice': staticmethod(device)})
    monkeypatch.setattr(
        gpu_convolution,
        'cupy',
        lambda: type('cupy', (), {'cuda': type('cuda', (), {'runtime': runtime})}),
    )
    with forgotten(gpu_convolution._training_convolver, gpu_convolution._steady_convolver):
        yield arguments


@pytest.mark.parametrize('autotune', [False, True])
@pytest.mark.parametrize('deterministic', [False, True])
def test_plans_are_timed_and_deterministic_as_the_configuration_says(made, autotune, deterministic):
    with (
        chainer.using_config('autotune', autotune),
        chainer.using_config('cudnn_deterministic', deterministic),
    ):
        for _ in range(2):  # one is kept
            gpu_convolution._convolver()
    assert made == [{'most': 4 if autotune else 1, 'deterministic': deterministic}]


def test_without_gradients_nothing_is_timed_and_batches_have_the_bits_of_their_images(made):
    with chainer.no_backprop_mode(), chainer.using_config('autotune', True):
        gpu_convolution._convolver()
    (options,) = made
    assert options['table'].closed
    assert options.get('deterministic', True)


def test_a_network_trains_by_it_as_by_chainers_convolutions(cudnn, monkeypatch):
    x = np.random.default_rng(0).uniform(0, 255, (1, 3, 16, 16)).astype('f')
    np.random.seed(0)
    network = segnet.SegNetBasic(3)
    gradients = []
    for ours in (False, True):
        monkeypatch.setattr(convolution, 'goes_our_way', lambda x, W, ours=ours: ours)
        network.cleargrads()
        # Images that need a gradient: the way that is for the CPU alone is not taken.
        F.mean(network(chainer.Variable(x)) ** 2).backward()
        gradients.append({name: p.grad for name, p in network.namedparams()})
    assert len(cudnn.problems) == 3 * 9
    largest = max(np.linalg.norm(gradient) for gradient in gradients[0].values())
    for name, expected in gradients[0].items():
        error = np.linalg.norm(gradients[1][name] - expected)
        assert error < 2e-3 * np.linalg.norm(expected) + 1e-5 * largest, name


def test_methods_refuse_maps_that_are_smaller_than_the_kernel():
    methods = CuDNNGradients(NumPyConvolver(), 'float32', xp=np)
    with pytest.raises(ValueError, match='expected a map of at least'):
        methods.forward(
            random_map(1, 4, 2, 2), random_map(2, 4, 3, 3), gpu_convolution.Window((3, 3))
        )
