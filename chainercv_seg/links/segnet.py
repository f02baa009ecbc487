"""SegNet (basic): an encoder and a decoder that puts values back where pooling took them."""

import os
from collections.abc import Iterable
from functools import partial
from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.functions.local_response import local_response_normalization
from chainercv_seg.functions.unpooling_function import cropped
from chainercv_seg.inference import WholeViews
from chainercv_seg.links.batch_normalization import BatchNormalization, normalize_and_activate
from chainercv_seg.links.convolution import Convolution2D, leave_unset
from chainercv_seg.links.plain_prediction import predict_plain
from chainercv_seg.links.segnet_training import LOCAL_RESPONSE, train_fast, trains_fast
from chainercv_seg.utils.arguments import positive_int
from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.resolve import resolve_pretrained


class SegNetBasic(chainer.Chain):
    """SegNet of four encoding and four decoding layers.

    Source: Badrinarayanan, Kendall and Cipolla, "SegNet: A Deep Convolutional Encoder-Decoder
    Architecture for Image Segmentation", PAMI 2017, and the basic model of its authors.

    Args:
        n_class: Number of classes. Can be left out where published weights are given.
        pretrained_model: Name of published weights (``'camvid'``), the path of a weight file, or
            None.
        initialW: Initializer of the kernels, where no weights are loaded. None is
            :class:`chainer.initializers.HeNormal`.
        batchsize: Number of images of one size that ``predict`` runs at once. An attribute, too.

    Attributes:
        n_class: Number of classes. (int)

    Raises:
        ValueError: An argument is missing, or contradicts the published weights.
        WeightsError: The weights cannot be found, read or downloaded, or do not fit.
    """

    #: Name of the network in :mod:`chainercv_seg.weights`.
    weights_model = 'segnet'

    def __init__(
        self,
        n_class: int | None = None,
        pretrained_model: str | os.PathLike[str] | None = None,
        initialW: Any = None,
        *,
        batchsize: int = 1,
    ) -> None:
        arguments, path = resolve_pretrained(
            self.weights_model, pretrained_model, arguments={'n_class': n_class}
        )
        self.n_class = arguments['n_class']
        self.batchsize = positive_int(batchsize, name='batchsize')
        if path is not None:
            initialW = leave_unset
        elif initialW is None:
            initialW = chainer.initializers.HeNormal()
        conv = partial(Convolution2D, ksize=7, pad=3, nobias=True, initialW=initialW)
        bn = partial(BatchNormalization, 64, initial_beta=0.001)
        super().__init__()
        with self.init_scope():
            self.conv1 = conv(3, 64)
            self.conv1_bn = bn()
            for i in (2, 3, 4):
                setattr(self, f'conv{i}', conv(64, 64))
                setattr(self, f'conv{i}_bn', bn())
            for i in (4, 3, 2, 1):
                setattr(self, f'conv_decode{i}', conv(64, 64))
                setattr(self, f'conv_decode{i}_bn', bn())
            self.conv_classifier = Convolution2D(64, self.n_class, 1, initialW=initialW)
        if path is not None:
            load_weights(self, path)

    def forward(self, x: Any) -> chainer.Variable:
        """Compute the scores of each pixel.

        Args:
            x: ``(N, 3, H, W)`` float32 RGB images in [0, 255].

        Returns:
            ``(N, n_class, H', W')`` float32 scores, before softmax. H' and W' are H and W where
            these are multiples of 16, else the multiples of 16 below or above.
        """
        if trains_fast(self, x):
            return train_fast(self, x)
        h = local_response_normalization(x, **LOCAL_RESPONSE)
        indices = {}
        for i in (1, 2, 3, 4):
            h = normalize_and_activate(self[f'conv{i}_bn'], self[f'conv{i}'](h), F.relu)
            h, indices[i] = F.max_pooling_2d(h, 2, 2, return_indices=True)
        for i in (4, 3, 2, 1):
            h = self[f'conv_decode{i}_bn'](self[f'conv_decode{i}'](_unpool(h, indices[i])))
        return self.conv_classifier(h)

    @property
    def views(self) -> WholeViews:
        """How ``predict`` looks at an image."""
        return WholeViews()

    @property
    def protocol(self) -> dict[str, str]:
        """How ``predict`` looks at an image: what a score depends on besides data and weights."""
        return {'model': type(self).__name__, **self.views.protocol}

    def predict(self, imgs: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Predict the class of each pixel.

        Args:
            imgs: RGB images ``(3, H, W)`` in [0, 255], of any sizes; float32, other real types are
                converted. They are read as they are needed.

        Returns:
            Label maps ``(H, W)`` int32 NumPy arrays, one an image.

        Raises:
            ValueError: An image is of another shape, is empty, or holds NaN or infinity. The message
                names its position.
        """
        return predict_plain(self, imgs, lambda x: self(x).array)


def _unpool(x: Any, indices: Any) -> chainer.Variable:
    """Put values where pooling took them, into a map of twice the size of the smaller one."""
    x, indices = cropped(x, indices)
    outsize = (2 * x.shape[2], 2 * x.shape[3])
    return F.upsampling_2d(x, indices, ksize=2, stride=2, outsize=outsize)
