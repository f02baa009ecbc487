import chainer
import chainer.functions as F
import numpy as np
import pytest

from chainercv_seg.links import SegNetBasic
from tests import parity
from tests.engines.cpu.direct import relative_error
from tests.network_contract import NetworkContract


class TestSegNetBasic(NetworkContract):
    name = 'segnet'

    def test_published_weights_are_taken_from_the_cache_by_name(self, cache_folder):
        network = parity.fill(SegNetBasic(11))
        path = cache_folder / 'segnet_camvid_trained_2018_12_05.npz'
        chainer.serializers.save_npz(str(path), network)
        for pretrained_model in ('camvid', path):
            loaded = SegNetBasic(pretrained_model=pretrained_model)
            assert loaded.n_class == 11
            assert np.array_equal(loaded.conv4.W.array, network.conv4.W.array)

    @pytest.mark.parametrize('size', [(16, 32), (17, 33), (31, 1), (45, 58)])
    def test_any_size_gives_scores_near_the_size_of_the_image(self, network, size):
        x = np.zeros((1, 3, *size), 'f')
        with parity.evaluating():
            y = network(x)
        assert all(abs(a - b) < 16 for a, b in zip(y.shape[2:], size, strict=True))

    def test_batch_normalization_starts_with_the_beta_of_the_authors(self):
        assert np.all(SegNetBasic(2).conv_decode2_bn.beta.array == np.float32(0.001))

    def test_a_batch_size_of_zero_is_refused(self):
        with pytest.raises(ValueError, match='batchsize must be a positive integer, but got 0'):
            SegNetBasic(2, batchsize=0)


@pytest.mark.parametrize('n_class', [0, -1, 2.5])
def test_the_number_of_classes_must_be_positive(n_class):
    with pytest.raises(ValueError, match='n_class must be a positive integer'):
        SegNetBasic(n_class=n_class)


@pytest.mark.parametrize('size', [(32, 48), (45, 61)])
def test_training_is_that_of_chainers_functions(size, monkeypatch):
    """Loss, gradients and running statistics, of odd sizes too."""
    pytest.importorskip('numba')
    x = np.random.default_rng(0).uniform(0, 255, (2, 3, *size)).astype('f')
    start, results = SegNetBasic(n_class=5), []
    for compiled in (True, False):
        for module in ('functions.batch_normalization_function', 'functions.convolution_function'):
            monkeypatch.setattr(f'chainercv_seg.{module}.COMPILED', compiled)
        link = start.copy('copy')
        y = link(x)
        labels = np.random.default_rng(1).integers(-1, 5, (2, *y.shape[2:])).astype('i')
        link.cleargrads()
        F.softmax_cross_entropy(y, labels).backward()
        gradients = {name: parameter.grad for name, parameter in link.namedparams()}
        statistics = {
            name: np.stack([part.avg_mean, part.avg_var])
            for name, part in link.namedlinks()
            if hasattr(part, 'avg_mean')
        }
        results.append({**gradients, **statistics, 'scores': y.array})
    for name, expected in results[1].items():
        assert relative_error(results[0][name], expected) < 1e-4, name
