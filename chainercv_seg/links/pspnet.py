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
from chainercv_seg.links.resnet import DilatedResNet
from chainercv_seg.utils.arguments import flag, positive_int, positive_ints, size_pair
from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.resolve import resolve_pretrained


class PyramidPoolingModule(chainer.ChainList):
    """Average pooling at several scales, each projected, enlarged and appended to the input.

    The kernels follow from ``feat_size``, not from the input: kernel and stride are
    ``feat_size // bins``, and rows and columns that do not fill a kernel are left out. On inputs
    larger than ``feat_size`` there are therefore more bins.

    Args:
        in_channels: Number of channels of the input. Each scale adds ``in_channels //
            len(pyramids)``.
        feat_size: ``(height, width)`` of the feature map that the kernels are made for.
        pyramids: Numbers of bins an axis, in the order of the output.
        initialW: Initializer of the kernels. None is Chainer's default.

    Attributes:
        ksizes: Kernel ``(height, width)`` of each scale.

    Raises:
        ValueError: ``feat_size`` is smaller than a number of bins, or a number is out of range.
    """

    def __init__(
        self,
        in_channels: int,
        feat_size: tuple[int, int],
        pyramids: Sequence[int],
        initialW: Any = None,
    ) -> None:
        pyramids = positive_ints(pyramids, name='pyramids')
        feat_size = size_pair(feat_size, name='feat_size')
        if positive_int(in_channels, name='in_channels') < len(pyramids):
            raise ValueError(
                f'in_channels must be at least {len(pyramids)}, one a scale, but got {in_channels}'
            )
        if min(feat_size) < max(pyramids):
            raise ValueError(
                f'feat_size must be at least {(max(pyramids),) * 2} for {max(pyramids)} bins an '
                f'axis, but got {feat_size}'
            )
        out_channels = in_channels // len(pyramids)
        super().__init__(
            *[Conv2DBNActiv(in_channels, out_channels, 1, initialW=initialW) for _ in pyramids]
        )
        self.ksizes = [(feat_size[0] // bins, feat_size[1] // bins) for bins in pyramids]

    def forward(self, x: Any) -> chainer.Variable:
        """Pool, project, enlarge, append.

        Args:
            x: ``(N, in_channels, H, W)`` float32, H and W at least ``feat_size``.

        Returns:
            ``(N, in_channels + len(pyramids) * (in_channels // len(pyramids)), H, W)`` float32.
        """
        scales = [
            F.resize_images(conv(F.average_pooling_2d(x, ksize, ksize)), x.shape[2:])
            for conv, ksize in zip(self, self.ksizes, strict=True)
        ]
        return F.concat([x, *scales], axis=1)


class PSPNet(chainer.Chain):
    """Pyramid scene parsing network. This is the base of the networks with a certain extractor.

    Source: Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017.

    Args:
        n_class: Number of classes. Can be left out where published weights are given.
        pretrained_model: Name of published weights (``'cityscapes'``, ``'ade20k'``, and see
            :func:`chainercv_seg.weights.list_weights`), ``'imagenet'`` for published weights of the
            extractor alone, the path of a weight file, or None.
        input_size: ``(height, width)``, or one number for both: the size of the tiles of which
            ``predict`` makes a prediction. It also sets the pooling kernels, so that weights are
            good for the size at which they were trained. None is that of the published weights,
            else (713, 713).
        initialW: Initializer of the kernels that are not loaded. None is Chainer's default.
        scales: Scales at which ``predict`` looks at an image, whose scores it averages. None is
            (1.0,).
        flip: Whether ``predict`` averages with the scores of the mirrored tile.
        stride_rate: Distance of the tiles of ``predict``, as a share of ``input_size``.
        batchsize: Number of tiles, mirrored ones included, that ``predict`` runs at once.

    Attributes:
        mean: What is subtracted from an image: ``(3, 1, 1)`` float32, RGB. None for nothing.

    The arguments for ``predict`` are attributes, too, and may be set at any time.

    Raises:
        ValueError: An argument is missing, out of range, or contradicts the published weights.
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
    ) -> None:
        if input_size is not None:
            input_size = size_pair(input_size, name='input_size')
        imagenet = pretrained_model == 'imagenet'
        arguments, path = resolve_pretrained(
            self.weights_model,
            None if imagenet else pretrained_model,
            arguments={'n_class': n_class, 'input_size': input_size},
            defaults={'input_size': (713, 713)},
        )
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
        self.mean = np.array((123.68, 116.779, 103.939), dtype=np.float32)[:, None, None]

        if path is not None:
            initialW = leave_unset
        extractor = DilatedResNet(self.n_layer, 'imagenet' if imagenet else None, initialW)
        extractor.pick = ('res4', 'res5')
        height, width = self.input_size
        feat_size = (height // self.output_stride, width // self.output_stride)
        super().__init__()
        with self.init_scope():
            self.extractor = extractor
            self.ppm = PyramidPoolingModule(2048, feat_size, self.pyramids, initialW=initialW)
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
            x: ``(N, 3, H, W)`` float32: RGB images less :attr:`mean`. H and W are those of
                ``input_size``, or larger.

        Returns:
            ``(N, n_class, H, W)`` float32 scores, before softmax.
        """
        _, res5 = self.extractor(x)
        return F.resize_images(self.head(res5), x.shape[2:])

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
        mean = None if self.mean is None else self.mean.copy()
        return TiledViews(self.input_size, mean, self.scales, self.flip, self.stride_rate)

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
