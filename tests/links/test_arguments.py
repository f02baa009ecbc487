"""What networks and their parts are built with is refused by name where it makes no sense."""

from functools import partial

import numpy as np
import pytest

from chainercv_seg import links
from chainercv_seg.links import (
    Bottleneck,
    Conv2DBNActiv,
    Decoder,
    DeepLabV3plus,
    DeepLabV3plusXception65,
    DilatedResNet,
    PSPNetResNet50,
    PSPNetResNet101,
    PyramidPoolingModule,
    ResBlock,
    SEBlock,
    SegNetBasic,
    SeparableASPP,
    SeparableConv2DBNActiv,
    XceptionBlock,
)
from chainercv_seg.utils import WeightsError

NETWORKS = (SegNetBasic, PSPNetResNet50, PSPNetResNet101, DeepLabV3plusXception65)
NO_COUNTS = (0, -1, '2', 2.5, True, np.nan, [2])


def refuses(build, name, **arguments):
    with pytest.raises(ValueError, match=f'{name}.* but got'):
        build(**arguments)


@pytest.mark.parametrize('network', NETWORKS)
@pytest.mark.parametrize('value', NO_COUNTS)
def test_a_number_of_classes_is_a_positive_integer(network, value):
    refuses(network, 'n_class must be a positive integer', n_class=value)


@pytest.mark.parametrize('network', NETWORKS)
@pytest.mark.parametrize('value', [5, 2.5, b'x', [], {}, False])
def test_weights_are_a_name_or_a_path(network, value):
    refuses(network, 'pretrained_model', n_class=2, pretrained_model=value)


@pytest.mark.parametrize('network', NETWORKS)
def test_no_name_at_all_does_not_stand_for_random_weights(network):
    with pytest.raises(WeightsError, match="pretrained_model '' is neither"):
        network(n_class=2, pretrained_model='')


PSPNET = partial(PSPNetResNet50, 2)
DEEPLAB = partial(DeepLabV3plus, None, None, None)


@pytest.mark.parametrize('value', ['no', 2, None, np.nan, []])
def test_a_flip_is_true_or_false(value):
    refuses(PSPNET, 'flip must be True or False', flip=value)
    refuses(DEEPLAB, 'flip must be True or False', min_input_size=5, flip=value)


@pytest.mark.parametrize(
    'value', [0, -1, '49', (49,), (49, 49, 49), (49, np.nan), 2.5, True, (0, 49)]
)
def test_a_size_is_one_or_two_positive_integers(value):
    refuses(PSPNET, 'input_size must be', input_size=value)
    refuses(DEEPLAB, 'min_input_size must be', min_input_size=value)


@pytest.mark.parametrize('value', [0, (), (0,), (-1,), '1', (np.nan,), (np.inf,), 1.0, ('1',)])
def test_scales_are_positive_numbers(value):
    for build in (PSPNET, partial(DEEPLAB, min_input_size=5)):
        with pytest.raises(ValueError, match='scales should be a tuple of positive numbers'):
            build(scales=value)


@pytest.mark.parametrize('value', [0, 2, np.nan, '1', None, -1, [0.5]])
def test_a_stride_rate_is_a_share(value):
    refuses(PSPNET, 'stride_rate must be above 0 and at most 1', stride_rate=value)


@pytest.mark.parametrize('value', NO_COUNTS)
@pytest.mark.parametrize(
    ('build', 'name'),
    [
        (partial(Conv2DBNActiv, out_channels=2, ksize=3), 'in_channels'),
        (partial(Conv2DBNActiv, 2, ksize=3), 'out_channels'),
        (partial(Conv2DBNActiv, 2, 2, 3), 'groups'),
        (partial(SeparableConv2DBNActiv, out_channels=2, ksize=3), 'in_channels'),
        (partial(SeparableConv2DBNActiv, 2, ksize=3), 'out_channels'),
        (partial(SeparableASPP, out_channels=2), 'in_channels'),
        (partial(SeparableASPP, 2), 'out_channels'),
        (partial(Decoder, out_channels=2, proj_channels=2, depth_channels=2), 'in_channels'),
        (partial(Decoder, 2, proj_channels=2, depth_channels=2), 'out_channels'),
        (partial(Bottleneck, mid_channels=2, out_channels=2), 'in_channels'),
        (partial(ResBlock, in_channels=2, mid_channels=2, out_channels=2, stride=1), 'n_layer'),
        (partial(XceptionBlock, depthlist=(2, 2, 2)), 'in_channels'),
        (partial(PyramidPoolingModule, feat_size=(6, 6), pyramids=(1, 2)), 'in_channels'),
        (SEBlock, 'n_channel'),
        (partial(SEBlock, 8), 'ratio'),
    ],
)
def test_channels_and_the_like_are_positive_integers(build, name, value):
    refuses(build, f'{name} must be a positive integer', **{name: value})


@pytest.mark.parametrize('value', [-1, '2', 2.5, np.nan, (1, 2, 3)])
@pytest.mark.parametrize('name', ['ksize', 'stride', 'pad', 'dilate'])
def test_windows_are_one_or_two_integers(name, value):
    build = partial(Conv2DBNActiv, 2, 2, **({} if name == 'ksize' else {'ksize': 3}))
    refuses(build, f'{name} must be', **{name: value})


@pytest.mark.parametrize(
    ('build', 'name', 'value'),
    [
        (partial(SeparableASPP, 2, 2), 'dilate_list', (1, 2)),
        (partial(SeparableASPP, 2, 2), 'dilate_list', (1, 2, 0)),
        (partial(SeparableASPP, 2, 2), 'dilate_list', 'abc'),
        (partial(SeparableASPP, 2, 2), 'dilate_list', 5),
        (partial(XceptionBlock, 2), 'depthlist', (1, 2)),
        (partial(XceptionBlock, 2), 'depthlist', (1, 2, '3')),
        (partial(XceptionBlock, 2), 'depthlist', 5),
        (partial(PyramidPoolingModule, 4, pyramids=(1,)), 'feat_size', (1, 2, 3)),
        (partial(PyramidPoolingModule, 4, pyramids=(1,)), 'feat_size', 'ab'),
        (partial(PyramidPoolingModule, 4, (6, 6)), 'pyramids', ()),
        (partial(PyramidPoolingModule, 4, (6, 6)), 'pyramids', (1, 0)),
        (partial(PyramidPoolingModule, 4, (6, 6)), 'pyramids', 2),
        (DilatedResNet, 'n_layer', 18),
        (DilatedResNet, 'n_layer', [50]),
        (DilatedResNet, 'n_layer', '50'),
    ],
)
def test_lists_hold_what_they_should(build, name, value):
    refuses(build, name, **{name: value})


@pytest.mark.parametrize('value', [3, 'decay', [('decay', 1)]])
def test_keyword_arguments_are_a_dict(value):
    refuses(partial(Conv2DBNActiv, 2, 2, 3), 'bn_kwargs must be a dict', bn_kwargs=value)
    for name in ('extractor_kwargs', 'aspp_kwargs', 'decoder_kwargs'):
        refuses(partial(DeepLabV3plusXception65, 2), f'{name} must be a dict', **{name: value})


def test_what_numpy_counts_with_is_a_number_too():
    two = np.int64(2)
    Conv2DBNActiv(two, two, two, two, np.int8(0), two, groups=two)
    PyramidPoolingModule(np.int32(4), np.array([6, 6]), np.array([1, 2]))
    SeparableASPP(two, two, np.array([1, 2, 3]))


def test_every_link_of_the_room_is_tried_here():
    tried = {name for name in links.__all__ if name in globals()}
    assert set(links.__all__) - tried == {
        'PSPNet',  # the base of two
        'PickableSequentialChain',  # takes no arguments
        'PixelwiseSoftmaxClassifier',  # has a test of its own
        'Xception65',  # takes bn_kwargs alone
    }
