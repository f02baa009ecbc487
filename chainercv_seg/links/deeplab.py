"""DeepLabV3+: an extractor, atrous pooling and a decoder that brings back fine structure."""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.inference import CanvasViews, prepare_canvas
from chainercv_seg.inference.scales import checked_scales
from chainercv_seg.links.aspp import SeparableASPP
from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.convolution import Convolution2D, leave_unset
from chainercv_seg.links.plain_prediction import predict_plain
from chainercv_seg.links.separable_conv_2d_bn_activ import SeparableConv2DBNActiv
from chainercv_seg.links.xception import Xception65
from chainercv_seg.utils.arguments import flag, keyword_arguments, positive_int, size_pair
from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.resolve import resolve_pretrained


class Decoder(chainer.Chain):
    """Join the pooled features with projected low level ones, and classify.

    Args:
        in_channels: Number of channels of both inputs.
        out_channels: Number of classes.
        proj_channels: Number of channels to which the low level features are projected.
        depth_channels: Number of channels of the two convolutions before the classifier.
        bn_kwargs: Arguments of the batch normalizations of these two. That of the projection takes
            none: ChainerCV leaves them out, and its published scores were measured so.
        initialW: Initializer of the kernels. None is Chainer's default.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        proj_channels: int,
        depth_channels: int,
        bn_kwargs: Mapping[str, Any] | None = None,
        *,
        initialW: Any = None,
    ) -> None:
        super().__init__()
        separable = partial(
            SeparableConv2DBNActiv,
            ksize=3,
            pad=1,
            nobias=True,
            dw_initialW=initialW,
            pw_initialW=initialW,
            dw_activ=F.relu,
            bn_kwargs=bn_kwargs,
        )
        with self.init_scope():
            self.feature_proj = Conv2DBNActiv(in_channels, proj_channels, 1, initialW=initialW)
            self.conv1 = separable(in_channels + proj_channels, depth_channels)
            self.conv2 = separable(depth_channels, depth_channels)
            self.conv_logits = Convolution2D(depth_channels, out_channels, 1, initialW=initialW)

    def forward(self, x: Any, pool: Any) -> chainer.Variable:
        """Compute the scores.

        Args:
            x: Low level features ``(N, in_channels, H, W)`` float32.
            pool: Pooled features ``(N, in_channels, H', W')`` float32.

        Returns:
            ``(N, out_channels, H, W)`` float32 scores, before softmax.
        """
        x = self.feature_proj(x)
        h = F.concat((F.resize_images(pool, x.shape[2:]), x), axis=1)
        return self.conv_logits(self.conv2(self.conv1(h)))


class DeepLabV3plus(chainer.Chain):
    """DeepLabV3+ of given parts.

    Source: Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image
    Segmentation", ECCV 2018.

    Args:
        feature_extractor: Link from images to low and high level features, with an attribute
            ``mean`` (see :class:`~chainercv_seg.links.Xception65`).
        aspp: Link over the high level features.
        decoder: Link from low level and pooled features to scores.
        min_input_size: ``(height, width)``, or one number for both: ``predict`` puts smaller images
            on a canvas of this size.
        scales: Scales at which ``predict`` looks at an image, whose probabilities it averages.
        flip: Whether ``predict`` averages with the probabilities of the mirrored image.
        batchsize: Number of images, mirrored ones included, that ``predict`` runs at once.

    ``min_input_size`` and what follows it are attributes, too, and may be set at any time.

    Raises:
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        feature_extractor: Any,
        aspp: Any,
        decoder: Any,
        min_input_size: int | tuple[int, int],
        scales: Sequence[float] = (1.0,),
        flip: bool = False,
        *,
        batchsize: int = 1,
    ) -> None:
        super().__init__()
        self.min_input_size = min_input_size
        self.scales = checked_scales(scales)
        self.flip = flag(flip, name='flip')
        self.batchsize = positive_int(batchsize, name='batchsize')
        with self.init_scope():
            self.feature_extractor = feature_extractor
            self.aspp = aspp
            self.decoder = decoder

    @property
    def min_input_size(self) -> tuple[int, int]:
        """``(height, width)`` of the smallest canvas; one number sets both."""
        return self._min_input_size

    @min_input_size.setter
    def min_input_size(self, size: int | Sequence[int]) -> None:
        """Set both, or one for both."""
        self._min_input_size = size_pair(size, name='min_input_size')

    def forward(self, x: Any) -> chainer.Variable:
        """Compute the scores, at a quarter of the resolution.

        Args:
            x: ``(N, 3, H, W)`` float32 RGB images in [-1, 1].

        Returns:
            ``(N, n_class, H / 4, W / 4)`` float32 scores, sizes rounded up, before softmax.
        """
        lowlevel, highlevel = self.feature_extractor(x)
        return self.decoder(lowlevel, self.aspp(highlevel))

    def prepare(self, image: np.ndarray) -> np.ndarray:
        """Put an image on a canvas of at least ``min_input_size`` and bring it to [-1, 1].

        Args:
            image: ``(3, H, W)`` float32 RGB in [0, 255].

        Returns:
            ``(3, H', W')`` float32, the image at the top left.
        """
        return prepare_canvas(image, self.min_input_size, mean=self.feature_extractor.mean)

    @property
    def protocol(self) -> dict[str, str]:
        """How ``predict`` looks at an image: what a score depends on besides data and weights."""
        return {'model': type(self).__name__, **self.views.protocol}

    @property
    def views(self) -> CanvasViews:
        """How ``predict`` looks at an image."""
        mean = self.feature_extractor.mean.copy()
        return CanvasViews(self.min_input_size, mean, self.scales, self.flip)

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


class DeepLabV3plusXception65(DeepLabV3plus):
    """DeepLabV3+ on Xception65.

    Args:
        n_class: Number of classes. Can be left out where published weights are given.
        pretrained_model: Name of published weights (``'voc'``, ``'cityscapes'``, ``'ade20k'``), the
            path of a weight file, or None.
        min_input_size: As in :class:`~chainercv_seg.links.DeepLabV3plus`. None is that of the
            published weights, else (513, 513).
        scales: As there. None is (1.0,).
        flip: As there. None is False.
        extractor_kwargs: Arguments of :class:`~chainercv_seg.links.Xception65`. None is those of
            the published weights, as for the next two: they set the ``eps`` of the batch
            normalizations, which weight files do not hold.
        aspp_kwargs: Arguments of :class:`~chainercv_seg.links.SeparableASPP`.
        decoder_kwargs: Arguments of :class:`~chainercv_seg.links.Decoder`.
        batchsize: As in :class:`~chainercv_seg.links.DeepLabV3plus`.

    Raises:
        ValueError: An argument is missing, out of range, or contradicts the published weights.
        WeightsError: The weights cannot be found, read or downloaded, or do not fit.
    """

    #: Name of the network in :mod:`chainercv_seg.weights`.
    weights_model = 'deeplab_v3plus_xception65'

    def __init__(
        self,
        n_class: int | None = None,
        pretrained_model: str | os.PathLike[str] | None = None,
        min_input_size: int | tuple[int, int] | None = None,
        scales: Sequence[float] | None = None,
        flip: bool | None = None,
        extractor_kwargs: Mapping[str, Any] | None = None,
        aspp_kwargs: Mapping[str, Any] | None = None,
        decoder_kwargs: Mapping[str, Any] | None = None,
        *,
        batchsize: int = 1,
    ) -> None:
        if min_input_size is not None:
            min_input_size = size_pair(min_input_size, name='min_input_size')
        arguments, path = resolve_pretrained(
            self.weights_model,
            pretrained_model,
            arguments={
                'n_class': n_class,
                'min_input_size': min_input_size,
                'scales': scales,
                'flip': flip,
                'extractor_kwargs': extractor_kwargs,
                'aspp_kwargs': aspp_kwargs,
                'decoder_kwargs': decoder_kwargs,
            },
            defaults={
                'min_input_size': (513, 513),
                'scales': (1.0,),
                'flip': False,
                'extractor_kwargs': {},
                'aspp_kwargs': {},
                'decoder_kwargs': {},
            },
        )
        extractor, aspp, decoder = (
            keyword_arguments(arguments[name], name=name)
            | ({} if path is None else {'initialW': leave_unset})
            for name in ('extractor_kwargs', 'aspp_kwargs', 'decoder_kwargs')
        )
        super().__init__(
            Xception65(**extractor),
            SeparableASPP(2048, 256, **aspp),
            Decoder(256, arguments['n_class'], 48, 256, **decoder),
            arguments['min_input_size'],
            arguments['scales'],
            arguments['flip'],
            batchsize=batchsize,
        )
        if path is not None:
            load_weights(self, path)

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return self.decoder.conv_logits.out_channels
