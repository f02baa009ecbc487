import numpy as np
import pytest

from tests.engines.cpu.direct import random_map, relative_error

chainer = pytest.importorskip('chainer')
F = chainer.functions

from tests.functions.piecewise import piecewise_convolution_2d  # noqa: E402  (imports Chainer)

CASES = [
    {},
    {'stride': (2, 1), 'pad': (1, 2)},
    {'pad': (4, 4), 'dilate': (4, 4)},
    {'pad': (1, 1), 'groups': 2},
    {'stride': (2, 2), 'pad': (1, 1), 'groups': 6},
]


@pytest.fixture(params=[None, 5_000])
def _workspace(request):
    with chainer.using_config('convolution_workspace', request.param):
        yield


@pytest.mark.usefixtures('_workspace')
@pytest.mark.parametrize('options', CASES)
def test_result_and_gradients_are_those_of_chainer(options):
    groups = options.get('groups', 1)
    arrays = random_map(2, 6, 13, 11), random_map(6, 6 // groups, 3, 3, seed=1), random_map(6)
    results = []
    for function in (piecewise_convolution_2d, F.convolution_2d):
        x, W, b = (chainer.Variable(array) for array in arrays)
        y = function(x, W, b, **options)
        loss = F.sum(y * random_map(*y.shape, seed=2)) + F.sum(y * y)
        loss.backward()
        results.append((y.array, x.grad, W.grad, b.grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 5e-6


@pytest.mark.parametrize('options', CASES)
def test_gradients_of_gradients_are_right(options):
    groups = options.get('groups', 1)
    arrays = random_map(1, 6, 9, 8), random_map(6, 6 // groups, 3, 3, seed=1)
    results = []
    for function in (piecewise_convolution_2d, F.convolution_2d):
        x, W = (chainer.Variable(array.astype('d')) for array in arrays)
        y = function(x, W, **options)
        gx, gW = chainer.grad([F.sum(y**3)], [x, W], enable_double_backprop=True)
        (F.sum(gx**2) + F.sum(gW**2)).backward()
        results.append((x.grad, W.grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 1e-10


def test_channels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match='expected a map of 4 channels'):
        piecewise_convolution_2d(np.zeros((1, 3, 5, 5), 'f'), np.zeros((2, 2, 3, 3), 'f'), groups=2)


def test_a_workspace_that_is_too_small_names_the_setting():
    x, W = np.zeros((1, 3, 5, 5), 'f'), np.zeros((2, 3, 3, 3), 'f')
    with (
        chainer.using_config('convolution_workspace', 100),
        pytest.raises(ValueError, match=r'found 100 \(chainer.config.convolution_workspace\)'),
    ):
        piecewise_convolution_2d(x, W)
