"""Networks of which parts were exchanged: they are computed as they are, or refused."""

import numpy as np
import pytest

from chainercv_seg.links import Conv2DBNActiv, DeepLabV3plusXception65, PSPNetResNet50, SegNetBasic
from chainercv_seg.links.convolution import leave_unset
from chainercv_seg.prepared import optimize
from chainercv_seg.prepared.deeplab import write_deeplab
from chainercv_seg.prepared.pspnet import write_pspnet
from tests import parity
from tests.engines.reference import resize

# isort: split
import chainer.functions as F
import chainer.links as L


def exchanged(link, name, part):
    """The link with another part."""
    parent = link
    *path, last = name.split('.')
    for step in path:
        parent = getattr(parent, step)
    delattr(parent, last)
    with parent.init_scope():
        setattr(parent, last, part)
    return link


def assert_same_scores(link, x):
    parity.fill(link)
    with parity.evaluating():
        expected, found = link(x).array, optimize(link).score(x)
    limit = 5e-5 * np.abs(expected).max()
    np.testing.assert_allclose(resize(found, expected.shape[2:]), expected, rtol=0, atol=limit)


CLASSIFIERS = [
    {'ksize': 3, 'pad': 1},
    {'ksize': 3, 'pad': 0},
    {'ksize': 1, 'pad': 2},
    {'ksize': 1, 'stride': 2},
    {'ksize': 3, 'pad': 2, 'dilate': 2, 'nobias': True},
    {'ksize': (1, 3), 'pad': 1},
    {'ksize': 1, 'nobias': True},
]


@pytest.mark.parametrize('arguments', CLASSIFIERS, ids=str)
def test_a_classifier_of_segnet_may_look_at_neighbours(arguments):
    link = exchanged(SegNetBasic(5), 'conv_classifier', L.Convolution2D(64, 5, **arguments))
    x = np.random.RandomState(0).uniform(0, 255, (2, 3, 32, 48)).astype('f')
    assert_same_scores(link, x)
    assert optimize(link).score(x).shape == link(x).shape


def test_a_classifier_of_pspnet_may_look_at_neighbours():
    link = PSPNetResNet50(5, input_size=48)
    exchanged(link, 'head_conv2', L.Convolution2D(512, 5, 3, pad=1))
    assert_same_scores(link, np.random.RandomState(0).uniform(-99, 99, (1, 3, 48, 48)).astype('f'))


def test_a_classifier_of_deeplab_may_look_at_neighbours():
    link = DeepLabV3plusXception65(5)
    exchanged(link, 'decoder.conv_logits', L.Convolution2D(256, 5, 5, pad=4, dilate=2))
    node = write_deeplab(link).nodes[-1]
    assert (node.weights.shape, node.pad, node.dilate) == ((5, 256, 5, 5), 4, 2)


@pytest.mark.parametrize('pick', ['a', ('a',), ('a', 'b2')])
def test_a_block_that_gives_another_layer_than_its_last_is_refused(pick):
    link = PSPNetResNet50(5, input_size=48, initialW=leave_unset)
    link.extractor.res2.pick = pick
    with pytest.raises(TypeError, match='expected res2 to give its last layer'):
        write_pspnet(link)


@pytest.mark.parametrize('block', ['entryflow_block1', 'middleflow_block7', 'exitflow_block2'])
def test_another_activation_at_the_end_of_a_block_is_refused(block):
    link = DeepLabV3plusXception65(5)
    link.feature_extractor[block].separable3.pw_activ = F.sigmoid
    with pytest.raises(TypeError, match='expected ReLU or no activation'):
        write_deeplab(link)


@pytest.mark.parametrize(
    ('name', 'part', 'message'),
    [
        ('conv2', L.Convolution2D(64, 64, 7, pad=3, groups=4), 'expected no groups'),
        ('conv_classifier', L.Convolution2D(64, 8, 1, groups=4), 'expected no groups'),
        ('conv_decode1', L.Convolution2D(64, 64, 7, pad=3, groups=2), 'expected no groups'),
        ('conv3_bn', L.BatchNormalization((64, 8, 12), axis=0), r'over \(0, 2, 3\)'),
    ],
)
def test_what_a_description_cannot_say_is_refused(name, part, message):
    link = exchanged(SegNetBasic(8), name, part)
    with pytest.raises(TypeError, match=message):
        optimize(link)


@pytest.mark.parametrize(
    ('name', 'part', 'array'),
    [
        ('conv2', L.Convolution2D(None, 64, 7, pad=3), 'W of conv2'),
        ('conv_classifier', L.Convolution2D(None, 5, 1), 'W of conv_classifier'),
        ('conv3_bn', L.BatchNormalization(axis=(0, 2, 3)), 'of conv3_bn'),
    ],
)
def test_a_part_without_values_is_refused_and_then_taken(name, part, array):
    link = SegNetBasic(5)
    delattr(link, name)
    with link.init_scope():
        setattr(link, name, part)
    with pytest.raises(TypeError, match=f'{array} has no values yet: call the network once'):
        optimize(link)
    x = np.random.RandomState(0).uniform(0, 255, (1, 3, 32, 48)).astype('f')
    with parity.evaluating():
        link(x)
    assert_same_scores(link, x)


def test_a_depthwise_convolution_that_is_none_is_refused():
    link = DeepLabV3plusXception65(5)
    exchanged(link, 'decoder.conv1.depthwise', L.Convolution2D(304, 304, 3, pad=1))
    with pytest.raises(TypeError, match='expected a depthwise and a 1x1 convolution in conv1'):
        write_deeplab(link)


def test_a_pointwise_convolution_that_is_none_is_refused():
    link = DeepLabV3plusXception65(5)
    exchanged(link, 'decoder.conv1.pointwise', L.Convolution2D(304, 256, 3, pad=1))
    with pytest.raises(TypeError, match='expected a depthwise and a 1x1 convolution in conv1'):
        write_deeplab(link)


def test_a_part_with_groups_is_refused():
    link = PSPNetResNet50(5, input_size=48, initialW=leave_unset)
    exchanged(link, 'head_conv1', Conv2DBNActiv(4096, 512, 3, pad=1, groups=4))
    with pytest.raises(TypeError, match='expected no groups'):
        write_pspnet(link)
