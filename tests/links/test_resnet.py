import numpy as np
import pytest

from chainercv_seg.links import Bottleneck, DilatedResNet, ResBlock


def test_the_stride_is_in_the_3x3_convolution_unless_it_is_first():
    block = Bottleneck(4, 2, 8, stride=2, residual_conv=True)
    assert (block.conv1.conv.stride, block.conv2.conv.stride) == ((1, 1), (2, 2))
    block = Bottleneck(4, 2, 8, stride=2, residual_conv=True, stride_first=True)
    assert (block.conv1.conv.stride, block.conv2.conv.stride) == ((2, 2), (1, 1))
    assert block.residual_conv.conv.stride == (2, 2)
    assert block(np.ones((1, 4, 9, 9), 'f')).shape == (1, 8, 5, 5)


def test_without_a_projection_the_input_is_added():
    block = Bottleneck(8, 2, 8, initialW=0)
    x = np.random.default_rng(0).uniform(0, 1, (2, 8, 4, 4)).astype('f')
    np.testing.assert_array_equal(block(x).array, x)


def test_only_the_first_of_a_block_strides_and_projects_and_all_dilate():
    block = ResBlock(3, None, 4, 16, 2, 2, groups=2, add_seblock=True, bn_kwargs={'eps': 0.1})
    assert block.layer_names == ['a', 'b1', 'b2']
    assert [hasattr(b, 'residual_conv') for b in block.children()].count(True) == 1
    for bottleneck in (block.a, block.b1, block.b2):
        conv = bottleneck.conv2.conv
        assert (conv.dilate, conv.groups) == ((2, 2), 2)
        assert bottleneck.conv3.bn.eps == 0.1
    assert block(np.ones((1, 6, 9, 9), 'f')).shape == (1, 16, 5, 5)


def test_squeeze_and_excitation_weights_whole_channels():
    se = Bottleneck(32, 2, 32, add_seblock=True).se
    se.down.W.array[:] = 0.1  # no hidden unit is dead
    x = np.random.default_rng(0).uniform(1, 2, (2, 32, 3, 4)).astype('f')
    ratio = se(x).array / x
    assert ratio.min() > 0
    assert ratio.max() < 1
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :, :1, :1], x.shape), rtol=1e-5)
    assert len(np.unique(ratio[:, :, 0, 0])) > 32


def test_other_depths_are_refused():
    with pytest.raises(ValueError, match=r'one of \[50, 101\], but got 34'):
        DilatedResNet(34)
