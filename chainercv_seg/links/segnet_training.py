"""The forward pass of SegNet in training on the CPU, with less arithmetic and less memory.

The same function as `SegNetBasic.forward` with the same gradients but for rounding: batch
normalization, ReLU and pooling are one function, and so are unpooling and convolution, so that the
large maps between them are never written.
"""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.engines.cpu.layout import channels_first, channels_last
from chainercv_seg.engines.cpu.local_response import local_response_normalization
from chainercv_seg.functions.unpooling_function import UnpoolingConvolution2D

_LAYERS = (1, 2, 3, 4)
_LOCAL_RESPONSE: dict[str, Any] = {'n': 5, 'k': 1, 'alpha': 1e-4 / 5, 'beta': 0.75}


def normalize_locally(x: Any) -> Any:
    """Apply SegNet's local response normalization to images ``(N, 3, H, W)``."""
    x = chainer.as_variable(x)
    if x.xp is not np or x.dtype != np.float32 or x.requires_grad:
        return F.local_response_normalization(x, **_LOCAL_RESPONSE)
    return channels_first(local_response_normalization(channels_last(x.array), **_LOCAL_RESPONSE))


def trains_fast(link: Any, x: Any) -> bool:
    """Whether `train_fast` can take the place of Chainer's functions.

    It can in training with numba, for float32 images on the CPU that need no gradient.
    """
    x = chainer.as_variable(x)
    return not x.requires_grad and link.conv1_bn.trains_fast(x)


def train_fast(link: Any, x: Any) -> chainer.Variable:
    """Compute the scores ``(N, n_class, H', W')`` of images ``(N, 3, H, W)``."""
    h = normalize_locally(x)
    codes = {}
    for i in _LAYERS:
        h, codes[i] = link[f'conv{i}_bn'].train_fast(link[f'conv{i}'](h), relu=True, pool=True)
    for i in reversed(_LAYERS):
        # Maps of odd sizes are pooled to sizes rounded up: both are cut to the smaller.
        rows, columns = np.minimum(h.shape[2:], codes[i].shape[1:3])
        if (rows, columns) != h.shape[2:]:
            h = h[:, :, :rows, :columns]
        code = np.ascontiguousarray(codes[i][:, :rows, :columns])
        convolution = link[f'conv_decode{i}']
        (h,) = UnpoolingConvolution2D(code, convolution.pad[0]).apply((h, convolution.W))
        h = link[f'conv_decode{i}_bn'](h)
    return link.conv_classifier(h)
