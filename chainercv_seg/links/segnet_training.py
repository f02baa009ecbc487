"""The forward pass of SegNet in training on the CPU, with less arithmetic and less memory.

The same function as `SegNetBasic.forward` with the same gradients but for rounding: batch
normalization, ReLU and pooling are one function, and so are unpooling and convolution, so that the
large maps between them are never written.
"""

from typing import Any

import chainer

from chainercv_seg.functions.local_response import local_response_normalization
from chainercv_seg.functions.unpooling_function import unpooling_convolution_2d

_LAYERS = (1, 2, 3, 4)
#: Of the normalization of the images.
LOCAL_RESPONSE: dict[str, Any] = {'n': 5, 'k': 1, 'alpha': 1e-4 / 5, 'beta': 0.75}


def trains_fast(link: Any, x: Any) -> bool:
    """Whether `train_fast` can take the place of Chainer's functions.

    It can in training with numba, for float32 images on the CPU that need no gradient.
    """
    x = chainer.as_variable(x)
    return not x.requires_grad and link.conv1_bn.trains_fast(x)


def train_fast(link: Any, x: Any) -> chainer.Variable:
    """Compute the scores ``(N, n_class, H', W')`` of images ``(N, 3, H, W)``."""
    h = local_response_normalization(x, **LOCAL_RESPONSE)
    codes = {}
    for i in _LAYERS:
        h, codes[i] = link[f'conv{i}_bn'].train_fast(link[f'conv{i}'](h), relu=True, pool=True)
    for i in reversed(_LAYERS):
        conv = link[f'conv_decode{i}']
        h = unpooling_convolution_2d(h, conv.W, codes[i], pad=conv.pad[0])
        h = link[f'conv_decode{i}_bn'](h)
    return link.conv_classifier(h)
