import numpy as np
import pytest

from chainercv_seg.extensions import recompute_batch_statistics

# isort: split
import chainer.links as L


@pytest.fixture
def link():
    link = L.BatchNormalization(3)
    link.avg_mean[...] = 7
    link.avg_var[...] = 9
    return link


def test_statistics_become_the_mean_over_the_batches(link):
    batches = np.random.RandomState(0).randn(5, 4, 3).astype(np.float32)
    recompute_batch_statistics(link, batches)
    np.testing.assert_allclose(link.avg_mean, batches.mean(axis=(0, 1)), rtol=1e-4, atol=1e-6)
    variance = batches.var(axis=1, ddof=1).mean(axis=0)  # Chainer corrects the bias
    np.testing.assert_allclose(link.avg_var, variance, rtol=1e-4)


def test_the_decay_and_the_parameters_stay(link):
    gamma = link.gamma.array.copy()
    recompute_batch_statistics(link, [np.ones((2, 3), np.float32)])
    assert link.decay == 0.9
    np.testing.assert_array_equal(link.gamma.array, gamma)


def test_the_decay_comes_back_after_an_error(link):
    with pytest.raises(Exception, match='shape'):
        recompute_batch_statistics(link, [np.ones((2, 3), 'f'), np.ones((2, 5), 'f')])
    assert link.decay == 0.9


def test_no_batches_are_an_error(link):
    with pytest.raises(ValueError, match='at least one batch'):
        recompute_batch_statistics(link, [])
