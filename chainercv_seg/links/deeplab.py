"""DeepLabV3+: an extractor, atrous pooling and a decoder that brings back fine structure."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import chainer
import numpy as np

from chainercv_seg.inference import CanvasViews, prepare_canvas
from chainercv_seg.inference.scales import checked_scales
from chainercv_seg.links.aspp import SeparableASPP
from chainercv_seg.links.convolution import leave_unset
from chainercv_seg.links.decoder import Decoder
from chainercv_seg.links.plain_prediction import predict_plain
from chainercv_seg.links.stores_arguments import StoresArguments
from chainercv_seg.links.xception import Xception65
from chainercv_seg.utils.arguments import flag, keyword_arguments, positive_int, size_pair
from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.resolve import resolve_pretrained
from chainercv_seg.weights.stored_arguments import StoredArguments

#: The arguments that are those of a part.
_PARTS = ('extractor_kwargs', 'aspp_kwargs', 'decoder_kwargs')


def _storable(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of arguments what no text can hold: initializers, communicators."""
    kinds = bool | int | float | str | Sequence | Mapping
    return {
        name: _storable(value) if isinstance(value, Mapping) else value
        for name, value in kwargs.items()
        if isinstance(value, kinds) and name != 'initialW'
    }


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
        softmax_first: Whether ``predict`` makes probabilities of scores before it resizes them, as ChainerCV
            does; else after that, as TensorFlow does.

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
        softmax_first: bool = True,
    ) -> None:
        super().__init__()
        self.softmax_first = flag(softmax_first, name='softmax_first')
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
        return CanvasViews(self.min_input_size, mean, self.scales, self.flip, self.softmax_first)

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


class DeepLabV3plusXception65(StoresArguments, DeepLabV3plus):
    """DeepLabV3+ on Xception65.

    Args:
        n_class: Number of classes. Can be left out where published weights are given, or a file that stores
            it.
        pretrained_model: Name of published weights (``'voc'``, ``'cityscapes'``, ``'ade20k'``), the
            path of a weight file, or None.
        min_input_size: As in :class:`~chainercv_seg.links.DeepLabV3plus`. None is that of the
            published weights, else (513, 513).
        scales: As there. None is (1.0,).
        flip: As there. None is False.
        extractor_kwargs: Arguments of :class:`~chainercv_seg.links.Xception65`. None is those of
            the published weights or those that the file stores, as for the next two: they set the
            ``eps`` of the batch normalizations, which weight files of ChainerCV do not hold, and the output
            stride.
        aspp_kwargs: Arguments of :class:`~chainercv_seg.links.SeparableASPP`.
        decoder_kwargs: Arguments of :class:`~chainercv_seg.links.Decoder`.
        batchsize: As in :class:`~chainercv_seg.links.DeepLabV3plus`.
        softmax_first: As there. None is True, or what the file stores.

    Raises:
        ValueError: An argument is missing, out of range, or contradicts the published weights or those that
            the file stores.
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
        softmax_first: bool | None = None,
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
                'softmax_first': softmax_first,
            },
            defaults={
                'min_input_size': (513, 513),
                'scales': (1.0,),
                'flip': False,
                'extractor_kwargs': {},
                'aspp_kwargs': {},
                'decoder_kwargs': {},
                'softmax_first': True,
            },
        )
        parts = {name: keyword_arguments(arguments[name], name=name) for name in _PARTS}
        extractor, aspp, decoder = (
            kwargs | ({} if path is None else {'initialW': leave_unset})
            for kwargs in parts.values()
        )
        super().__init__(
            Xception65(**extractor),
            SeparableASPP(2048, 256, **aspp),
            Decoder(256, arguments['n_class'], 48, 256, **decoder),
            arguments['min_input_size'],
            arguments['scales'],
            arguments['flip'],
            batchsize=batchsize,
            softmax_first=arguments['softmax_first'],
        )
        self._parts = parts
        if path is not None:
            load_weights(self, path)

    def stored_arguments(self) -> StoredArguments | None:
        """Tell the arguments where they are not ChainerCV's, as far as a text can hold them."""
        kwargs = {name: _storable(kwargs) for name, kwargs in self._parts.items()}
        stored = {name: part for name, part in kwargs.items() if part}
        strides = self.feature_extractor.output_stride, self.aspp.atrous1.depthwise.dilate[0]
        if self.softmax_first and strides == (8, 12):
            return None  # ChainerCV's, whose files do not hold the epsilons
        return StoredArguments(
            self.weights_model,
            {
                'n_class': self.n_class,
                'min_input_size': self.min_input_size,
                'softmax_first': self.softmax_first,
                **stored,
            },
            frozenset({'min_input_size', 'softmax_first'}),
        )

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return self.decoder.conv_logits.out_channels
