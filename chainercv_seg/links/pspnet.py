"""PSPNet: a dilated residual network, pooling over a pyramid of bins, and a classifier."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.inference import TiledViews
from chainercv_seg.inference.scales import checked_scales
from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.convolution import Convolution2D, leave_unset
from chainercv_seg.links.plain_prediction import predict_plain
from chainercv_seg.links.pspnet_arguments import DEFAULTS, checked_pspnet, color, stored_pspnet
from chainercv_seg.links.pyramid_pooling import PyramidPoolingModule
from chainercv_seg.links.resnet import VARIANT, DilatedResNet
from chainercv_seg.links.stores_arguments import StoresArguments
from chainercv_seg.utils.arguments import flag, positive_int, size_pair
from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.resolve import resolve_pretrained
from chainercv_seg.weights.stored_arguments import StoredArguments


class PSPNet(StoresArguments):
    """Pyramid scene parsing network. This is the base of the networks with a certain extractor.

    Source: Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017. Without arguments it is ChainerCV's.
    Those from ``mean`` on tell apart the networks of other frameworks: files that ``chainercv-seg convert``
    writes store them, and set them.

    Args:
        n_class: Number of classes. Can be left out where published weights are given, or a file that
            stores it.
        pretrained_model: Name of published weights (``'cityscapes'``, ``'ade20k'``, and see
            :func:`chainercv_seg.weights.list_weights`), ``'imagenet'`` for published weights of the
            extractor alone, the path of a weight file, or None.
        input_size: ``(height, width)``, or one number for both: the size of the tiles of which
            ``predict`` makes a prediction. It also sets the pooling kernels, so that weights are
            good for the size at which they were trained, unless pooling is adaptive. None is that of the
            published weights or that the file stores, else (713, 713).
        initialW: Initializer of the kernels that are not loaded. None is Chainer's default.
        scales: Scales at which ``predict`` looks at an image, whose scores it averages. None is
            (1.0,).
        flip: Whether ``predict`` averages with the scores of the mirrored tile.
        stride_rate: Distance of the tiles of ``predict``, as a share of ``input_size``.
        batchsize: Number of tiles, mirrored ones included, that ``predict`` runs at once.
        mean: What is subtracted from an image, red, green and blue. None is (123.68, 116.779, 103.939).
        std: What the rest is divided by. None is (1, 1, 1).
        pooling: Which windows the pyramid pools: ``'fixed'`` ones that follow from ``input_size``, or
            ``'adaptive'`` ones that follow from the input. None is ``'fixed'``.
        align_corners: Whether maps are enlarged with corners on corners; else with edges on edges. None
            is True.
        stem: Of the extractor, as are the next three: see :class:`~chainercv_seg.links.DilatedResNet`.
        stride_first: See there.
        contract_dilation: See there.
        cover_all: See there.
        tiling: How ``predict`` cuts an image into tiles: ``'centered'``, ``'inside'`` or ``'corner'``
            (:data:`~chainercv_seg.inference.tiles.Tiling`). None is ``'centered'``.
        sum_flips: Whether ``predict`` sums up the scores of a tile and of the mirrored one before
            softmax; else it averages probabilities. None is False.

    Attributes:
        mean: What is subtracted from an image: ``(3, 1, 1)`` float32, RGB. None for nothing.
        std: What the rest is divided by: ``(3, 1, 1)`` float32. None for nothing.

    The arguments for ``predict`` are attributes, too, and may be set at any time.

    Raises:
        ValueError: An argument is missing, out of range, or contradicts the published weights or those that
            the file stores.
        WeightsError: The weights cannot be found, read or downloaded, or do not fit.
    """

    #: Name of the network in :mod:`chainercv_seg.weights`.
    weights_model: str
    #: Number of layers of the extractor.
    n_layer: int
    #: Numbers of bins an axis. The order is that of the channels behind the pooling.
    pyramids = (6, 3, 2, 1)
    #: Size of the input by size of the feature map.
    output_stride = 8

    def __init__(
        self,
        n_class: int | None = None,
        pretrained_model: str | os.PathLike[str] | None = None,
        input_size: int | tuple[int, int] | None = None,
        initialW: Any = None,
        *,
        scales: Sequence[float] | None = None,
        flip: bool = True,
        stride_rate: float = 2 / 3,
        batchsize: int = 1,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        pooling: str | None = None,
        align_corners: bool | None = None,
        stem: Sequence[int] | None = None,
        stride_first: bool | None = None,
        contract_dilation: bool | None = None,
        cover_all: bool | None = None,
        tiling: str | None = None,
        sum_flips: bool | None = None,
    ) -> None:
        imagenet = pretrained_model == 'imagenet'
        given = {
            'n_class': n_class,
            'input_size': input_size,
            'mean': mean,
            'std': std,
            'pooling': pooling,
            'align_corners': align_corners,
            'stem': stem,
            'stride_first': stride_first,
            'contract_dilation': contract_dilation,
            'cover_all': cover_all,
            'tiling': tiling,
            'sum_flips': sum_flips,
        }
        arguments, path = resolve_pretrained(
            self.weights_model,
            None if imagenet else pretrained_model,
            arguments=checked_pspnet(given),
            defaults=DEFAULTS,
        )
        arguments = checked_pspnet(arguments)
        self.input_size = arguments['input_size']
        smallest = self.output_stride * max(self.pyramids)
        if min(self.input_size) < smallest:
            raise ValueError(
                f'input_size must be at least {(smallest, smallest)} for {max(self.pyramids)} bins '
                f'an axis at output stride {self.output_stride}, but got {self.input_size}'
            )
        if not (isinstance(stride_rate, int | float | np.floating) and 0 < stride_rate <= 1):
            raise ValueError(f'stride_rate must be above 0 and at most 1, but got {stride_rate!r}')
        self.scales = None if scales is None else checked_scales(scales)
        self.flip = flag(flip, name='flip')
        self.stride_rate = stride_rate
        self.batchsize = positive_int(batchsize, name='batchsize')
        self.mean = color(arguments['mean'])
        self.std = None if arguments['std'] == DEFAULTS['std'] else color(arguments['std'])
        self.tiling = arguments['tiling']
        self.sum_flips = arguments['sum_flips']
        self.pooling = arguments['pooling']
        self.align_corners = arguments['align_corners']

        if path is not None:
            initialW = leave_unset
        variant = {name: arguments[name] for name in VARIANT}
        weights = 'imagenet' if imagenet else None
        extractor = DilatedResNet(self.n_layer, weights, initialW, **variant)
        extractor.pick = ('res4', 'res5')
        height, width = self.input_size
        feat_size = (height // self.output_stride, width // self.output_stride)
        super().__init__()
        with self.init_scope():
            self.extractor = extractor
            self.ppm = PyramidPoolingModule(
                2048,
                feat_size,
                self.pyramids,
                initialW=initialW,
                adaptive=self.pooling == 'adaptive',
                align_corners=self.align_corners,
            )
            self.head_conv1 = Conv2DBNActiv(4096, 512, 3, pad=1, initialW=initialW)
            self.head_conv2 = Convolution2D(512, arguments['n_class'], 1, initialW=initialW)
        if path is not None:
            load_weights(self, path)

    @property
    def input_size(self) -> tuple[int, int]:
        """``(height, width)`` of a tile; one number sets both."""
        return self._input_size

    @input_size.setter
    def input_size(self, size: int | Sequence[int]) -> None:
        """Set both, or one for both."""
        self._input_size = size_pair(size, name='input_size')

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return self.head_conv2.out_channels

    def forward(self, x: Any) -> chainer.Variable:
        """Compute the scores of each pixel.

        Args:
            x: ``(N, 3, H, W)`` float32: RGB images less :attr:`mean`, divided by :attr:`std`. H and W are
                those of ``input_size``, or larger, or where pooling is adaptive of any size.

        Returns:
            ``(N, n_class, H, W)`` float32 scores, before softmax.
        """
        _, res5 = self.extractor(x)
        return F.resize_images(self.head(res5), x.shape[2:], align_corners=self.align_corners)

    def head(self, res5: Any) -> chainer.Variable:
        """Classify the extractor's last features ``(N, 2048, h, w)``: ``(N, n_class, h, w)`` scores."""
        return self.head_conv2(self.head_conv1(self.ppm(res5)))

    def score(self, x: Any) -> Any:
        """Compute the scores of network inputs as arrays, of which ``predict`` makes labels.

        They may be smaller than the inputs: ``predict`` resizes them.
        """
        return self(x).array

    @property
    def views(self) -> TiledViews:
        """How ``predict`` looks at an image."""
        return TiledViews(
            self.input_size,
            None if self.mean is None else self.mean.copy(),
            self.scales,
            self.flip,
            self.stride_rate,
            None if self.std is None else self.std.copy(),
            self.tiling,
            self.sum_flips,
            self.align_corners,
        )

    def stored_arguments(self) -> StoredArguments | None:
        """Tell the arguments where they are not ChainerCV's."""
        return stored_pspnet(self, self.weights_model)

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
        return predict_plain(self, imgs, self.score)


class PSPNetResNet50(PSPNet):
    """PSPNet on a dilated ResNet of 50 layers. Arguments: :class:`~chainercv_seg.links.PSPNet`."""

    weights_model = 'pspnet_resnet50'
    n_layer = 50


class PSPNetResNet101(PSPNet):
    """PSPNet on a dilated ResNet of 101 layers. Arguments: :class:`~chainercv_seg.links.PSPNet`."""

    weights_model = 'pspnet_resnet101'
    n_layer = 101
