"""Networks and their building blocks, on Chainer."""

from chainercv_seg import _modern_chainer
from chainercv_seg.utils.extras import require_extra

_modern_chainer.install()  # again, for a Chainer that was installed since the package was imported
require_extra('chainer', extra='chainer', purpose='chainercv_seg.links')

# The modules below import Chainer, and their error would not say how to install it.
# ruff: noqa: E402
from chainercv_seg.links.aspp import SeparableASPP
from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.decoder import Decoder
from chainercv_seg.links.deeplab import DeepLabV3plus, DeepLabV3plusXception65
from chainercv_seg.links.pickable_sequential_chain import PickableSequentialChain
from chainercv_seg.links.pixelwise_softmax_classifier import PixelwiseSoftmaxClassifier
from chainercv_seg.links.pspnet import (
    PSPNet,
    PSPNetResNet50,
    PSPNetResNet101,
)
from chainercv_seg.links.pyramid_pooling import PyramidPoolingModule
from chainercv_seg.links.resnet import Bottleneck, DilatedResNet, ResBlock
from chainercv_seg.links.se_block import SEBlock
from chainercv_seg.links.segnet import SegNetBasic
from chainercv_seg.links.separable_conv_2d_bn_activ import SeparableConv2DBNActiv
from chainercv_seg.links.xception import Xception65, XceptionBlock

__all__ = [
    'Bottleneck',
    'Conv2DBNActiv',
    'Decoder',
    'DeepLabV3plus',
    'DeepLabV3plusXception65',
    'DilatedResNet',
    'PSPNet',
    'PSPNetResNet50',
    'PSPNetResNet101',
    'PickableSequentialChain',
    'PixelwiseSoftmaxClassifier',
    'PyramidPoolingModule',
    'ResBlock',
    'SEBlock',
    'SegNetBasic',
    'SeparableASPP',
    'SeparableConv2DBNActiv',
    'Xception65',
    'XceptionBlock',
]
