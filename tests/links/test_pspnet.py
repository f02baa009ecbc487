import chainer
import numpy as np
import pytest

from chainercv_seg.links import DilatedResNet, PSPNetResNet50, PyramidPoolingModule
from chainercv_seg.links.convolution import leave_unset
from tests import parity
from tests.network_contract import NetworkContract


class TestPSPNetResNet50(NetworkContract):
    name = 'pspnet_resnet50'

    def test_imagenet_weights_fill_the_extractor_alone(self, network, cache_folder):
        path = cache_folder / 'pspnet_resnet50_imagenet_trained_2018_11_26.npz'
        chainer.serializers.save_npz(str(path), network.extractor, compression=False)
        loaded = PSPNetResNet50(5, 'imagenet', initialW=chainer.initializers.Constant(0.5))
        assert loaded.input_size == (713, 713)
        assert np.all(loaded.head_conv2.W.array == 0.5)
        found, expected = parity.state(loaded.extractor), parity.state(network.extractor)
        assert all(np.array_equal(found[k], expected[k]) for k in expected)

    def test_an_extractor_can_be_taken_from_the_file_of_a_whole_network(self, network, weight_file):
        loaded = DilatedResNet(50, weight_file)
        assert np.array_equal(
            loaded.res5.b2.conv3.conv.W.array, network.extractor.res5.b2.conv3.conv.W.array
        )


class TestPSPNetResNet101(NetworkContract):
    name = 'pspnet_resnet101'

    @pytest.mark.slow
    def test_a_training_step_is_that_of_chainercv(self):
        super().test_a_training_step_is_that_of_chainercv()


def build(**kwargs):
    return PSPNetResNet50(2, initialW=leave_unset, **kwargs)


@pytest.mark.parametrize('size', [47, (48, 47), (47, 200), 1])
def test_a_tile_too_small_for_the_pyramid_names_the_smallest(size):
    with pytest.raises(ValueError, match=r'input_size must be at least \(48, 48\)'):
        build(input_size=size)


def test_the_smallest_tile_works():
    network = PSPNetResNet50(2, input_size=48, initialW=chainer.initializers.Constant(0.01))
    with parity.evaluating():
        assert network(np.zeros((1, 3, 48, 48), 'f')).shape == (1, 2, 48, 48)


@pytest.mark.parametrize('size', [(1, 2, 3), (64,), 64.5, -64, '64', True])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(ValueError, match='input_size must be'):
        build(input_size=size)


def test_sizes_may_come_from_numpy_and_as_lists():
    for size in (np.int64(64), [64, 64], np.array([64, 64])):
        assert build(input_size=size).input_size == (64, 64)


@pytest.mark.parametrize('rate', [0, -0.5, 1.5])
def test_a_stride_that_leaves_gaps_or_stands_still_is_refused(rate):
    with pytest.raises(ValueError, match='stride_rate'):
        build(stride_rate=rate)


def test_the_defaults_are_those_of_the_published_scores():
    network = build()
    assert (network.scales, network.flip, network.stride_rate) == (None, True, 2 / 3)
    assert network.mean.shape == (3, 1, 1)
    assert network.mean.dtype == np.float32


def test_networks_share_no_settings():
    first, second = build(), build()
    first.mean[:] = 0
    assert np.all(second.mean > 100)


def test_pooling_leaves_out_what_fills_no_kernel():
    ppm = PyramidPoolingModule(4, (13, 9), (6, 3, 2, 1))
    assert ppm.ksizes == [(2, 1), (4, 3), (6, 4), (13, 9)]
    x = np.zeros((1, 4, 14, 9), 'f')
    x[:, :, 13] = 1e6  # the row that is left of kernels of 13 rows
    with parity.evaluating():
        assert ppm[3].conv(chainer.functions.average_pooling_2d(x, (13, 9), (13, 9))).shape[2] == 1
        h = ppm(x).array
    assert h.shape == (1, 8, 14, 9)
    np.testing.assert_array_equal(h[:, :4], x)
    np.testing.assert_array_equal(h[:, 7], 0)


def test_a_feature_map_smaller_than_a_number_of_bins_is_refused():
    with pytest.raises(ValueError, match=r'feat_size must be at least \(6, 6\)'):
        PyramidPoolingModule(4, (5, 9), (6, 3, 2, 1))


@pytest.mark.parametrize('scales', [(0,), 1.0, (), (1, float('nan'))])
def test_scales_that_are_none_are_refused(scales):
    with pytest.raises(ValueError, match='scales should be'):
        build(input_size=48, scales=scales)


def test_the_tile_can_be_set_afterwards_as_it_is_given():
    network = build(input_size=48)
    network.input_size = 64
    assert network.input_size == (64, 64)
    with pytest.raises(ValueError, match='input_size must be'):
        network.input_size = 0
