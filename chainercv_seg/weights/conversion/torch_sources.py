"""Which network of ours a checkpoint of PyTorch holds."""

import os
import re
from collections.abc import Mapping

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.pspnet_names import MMSEGMENTATION, PYTORCH_SEMSEG, SEMSEG
from chainercv_seg.weights.conversion.pspnet_sources import pspnet_source
from chainercv_seg.weights.conversion.source import Known, Source
from chainercv_seg.weights.conversion.torch_checkpoint import read_torch_checkpoint

#: Of ImageNet, in [0, 255], as the programs of PyTorch have them.
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
#: What networks that ours are not are told by, the more particular first.
_OTHERS = (
    (r'psa\.', 'PSANet of semseg'),
    (r'cff_sub\d+\.', 'ICNet of pytorch-semseg'),
    (r'decode_head\.(aspp_modules|image_pool)', 'DeepLabV3 or DeepLabV3+ of mmsegmentation'),
    (r'decode_head\.(lateral_convs|fpn_)', 'UPerNet of mmsegmentation'),
    (r'decode_head\.', 'a network of mmsegmentation with another head than PSPHead'),
    (r'backbone\.layer4\..*|classifier\.4', 'a network of torchvision (FCN or DeepLabV3)'),
    (r'(encoder|decoder|segmentation_head)\.', 'a network of segmentation_models.pytorch'),
    (r'layer4\.\d+\.conv', 'a ResNet alone, perhaps for ImageNet, without a head for segmentation'),
)


def torch_source(path: str | os.PathLike[str], known: Known) -> Source:
    """Read a checkpoint and describe the network in it.

    Args:
        path: The file.
        known: What its owner knows.

    Raises:
        WeightsError: The file is missing or broken, or holds none of our networks.
    """
    arrays = read_torch_checkpoint(path)
    if 'ppm.features.0.1.weight' in arrays or 'cls.4.weight' in arrays:
        return pspnet_source(
            SEMSEG,
            arrays,
            known,
            what='PSPNet of semseg (PyTorch)',
            arguments={'mean': MEAN, 'std': STD, 'cover_all': False, 'tiling': 'inside'},
            origin=path,
        )
    if any(name.startswith('decode_head.psp_modules.') for name in arrays):
        return _mmsegmentation(arrays, known, path)
    if any(name.startswith('pyramid_pooling.path_module_list.') for name in arrays):
        return pspnet_source(
            PYTORCH_SEMSEG,
            arrays,
            known,
            what='PSPNet of pytorch-semseg (PyTorch)',
            arguments={'cover_all': False},
            origin=path,
            notes=(
                'its images are taken to be in [0, 255] less a mean, as the authors load the original '
                'weights: if they were divided by 255 in training, give --std 255 255 255',
            ),
        )
    raise WeightsError(f'{path} holds no network of ours: {_told(arrays)}')


def _mmsegmentation(arrays: Mapping[str, np.ndarray], known: Known, path: object) -> Source:
    if 'backbone.layer1.0.downsample.2.weight' in arrays:
        raise WeightsError(
            f'{path} holds a PSPNet of mmsegmentation on ResNetV1d, which pools where ResNetV1c has a '
            'stride; here there is ResNetV1c'
        )
    return pspnet_source(
        MMSEGMENTATION,
        arrays,
        known,
        what='PSPNet of mmsegmentation (PyTorch)',
        arguments={
            'mean': MEAN,
            'std': STD,
            'align_corners': False,
            'contract_dilation': True,
            'cover_all': False,
            'tiling': 'whole',
        },
        origin=path,
        notes=(
            "the mean, the deviation and align_corners are those of mmsegmentation's configurations, which "
            'the checkpoint is not asked for: give --mean and --std if yours are others',
        ),
    )


def _told(arrays: Mapping[str, np.ndarray]) -> str:
    for pattern, what in _OTHERS:
        if any(re.match(pattern, name) for name in arrays):
            return f'it looks like {what}'
    return f'its arrays are {", ".join(list(arrays)[:3])} and so on'
