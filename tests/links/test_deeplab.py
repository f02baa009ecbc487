import numpy as np
import pytest

from chainercv_seg.links import Decoder, DeepLabV3plus, DeepLabV3plusXception65
from chainercv_seg.links.convolution import leave_unset
from tests import parity
from tests.network_contract import NetworkContract


def eps(network):
    return {link.eps for link in network.links() if hasattr(link, 'eps')}


def bare(**arguments):
    """A network without memory for its kernels."""
    parts = ('extractor_kwargs', 'aspp_kwargs', 'decoder_kwargs')
    given = {name: arguments.pop(name, {}) | {'initialW': leave_unset} for name in parts}
    return DeepLabV3plusXception65(5, **given, **arguments)


def test_a_network_as_chainercv_has_it_stores_nothing():
    assert bare(scales=(0.5, 1), flip=True, min_input_size=65).stored_arguments() is None
    published = {'extractor_kwargs': {'bn_kwargs': {'eps': 1e-3}}}
    assert bare(**published).stored_arguments() is None


def test_what_weight_files_of_chainercv_do_not_hold_is_stored():
    pytest.importorskip('mpi4py', reason='has a communicator')
    stored = bare(
        extractor_kwargs={'bn_kwargs': {'eps': 1e-3, 'comm': object()}, 'output_stride': 16},
        aspp_kwargs={'dilate_list': (6, 12, 18)},
        softmax_first=False,
    ).stored_arguments()
    assert stored.arguments == {
        'n_class': 5,
        'min_input_size': (513, 513),
        'softmax_first': False,
        'extractor_kwargs': {'bn_kwargs': {'eps': 1e-3}, 'output_stride': 16},
        'aspp_kwargs': {'dilate_list': (6, 12, 18)},
    }
    assert stored.overridable == {'min_input_size', 'softmax_first'}


@pytest.mark.parametrize(('stride', 'dilations'), [(8, (1, 2, 2, 4)), (16, (2, 1, 1, 2))])
def test_the_output_stride_moves_a_stride_and_halves_dilations(stride, dilations):
    extractor = bare(extractor_kwargs={'output_stride': stride}).feature_extractor
    blocks = ('entryflow_block3', 'middleflow_block7', 'exitflow_block1', 'exitflow_block2')
    third, *rest = (extractor[name].separable3.depthwise for name in blocks)
    assert (third.stride[0], *(conv.dilate[0] for conv in rest)) == dilations


@pytest.mark.parametrize('stride', [0, 4, 32, '8', None])
def test_another_output_stride_is_refused(stride):
    with pytest.raises(ValueError, match='output_stride must be 8 or 16, but got'):
        bare(extractor_kwargs={'output_stride': stride})


class TestDeepLabV3plusXception65(NetworkContract):
    name = 'deeplab_v3plus_xception65'

    def test_each_part_has_its_own_batch_normalization(self, network):
        assert eps(network.feature_extractor) == {1e-3}
        assert eps(network.aspp) == {1e-5}
        # ChainerCV's projection takes no arguments, and its scores were measured so.
        assert network.decoder.feature_proj.bn.eps == 2e-5
        assert eps(network.decoder.conv1) | eps(network.decoder.conv2) == {1e-5}

    def test_a_file_with_a_published_name_is_loaded_with_its_arguments(
        self, weight_file, cache_folder, monkeypatch
    ):
        # The name decides eps, size and classes: only they are looked at.
        path = cache_folder / 'deeplabv3plus_xception65_voc_converted_2019_02_15.npz'
        np.savez(path, nothing=np.zeros(1))
        monkeypatch.setattr('chainercv_seg.links.deeplab.load_weights', lambda link, path: None)
        for pretrained_model in ('voc', path):
            network = DeepLabV3plusXception65(pretrained_model=pretrained_model, flip=True)
            assert eps(network.feature_extractor) == {1e-3}
            assert eps(network.aspp) == {1e-5}
            assert (network.n_class, network.min_input_size) == (21, (513, 513))
            assert (network.scales, network.flip) == ((1.0,), True)

    def test_without_published_weights_the_defaults_are_those_of_chainercv(self, weight_file):
        network = DeepLabV3plusXception65(5, weight_file)
        assert eps(network) == {2e-5}
        assert (network.min_input_size, network.scales, network.flip) == ((513, 513), (1.0,), False)


def test_settings_are_attributes():
    network = DeepLabV3plus(None, None, None, 65, scales=(0.5, 1), flip=True, batchsize=4)
    assert (network.min_input_size, network.scales, network.flip) == ((65, 65), (0.5, 1), True)
    assert network.batchsize == 4


def test_the_decoder_answers_at_the_size_of_the_low_level_features():
    decoder = Decoder(8, 3, 4, 5)
    with parity.evaluating():
        y = decoder(np.zeros((2, 8, 13, 9), 'f'), np.zeros((2, 8, 7, 5), 'f'))
    assert y.shape == (2, 3, 13, 9)


@pytest.mark.parametrize('size', [0, (65, -1), (65, 65, 65)])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(ValueError, match='min_input_size must be'):
        DeepLabV3plus(None, None, None, size)
