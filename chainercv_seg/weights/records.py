"""The published pretrained weights, and those that come with this package."""

from collections.abc import Mapping
from typing import Any

from chainercv_seg.weights.pretrained_weights import PretrainedWeights, Score

_BASE_URL = 'https://chainercv-models.preferred.jp/'
_CHAINERCV = 'ChainerCV 0.13.1'
_SEGNET = 'single scale, whole image'
_TILES = 'single scale, tiles of {0}x{0} at 2/3 of that, horizontal flip'
_DEEPLAB = 'single scale, whole image, no flip'
_CITYSCAPES = {'n_class': 19, 'input_size': (713, 713)}
_ADE20K = {'n_class': 150, 'input_size': (473, 473)}


def _deeplab(n_class: int, min_input_size: tuple[int, int]) -> dict[str, Any]:
    """Arguments of DeepLabV3+ for weights converted from TensorFlow, whose eps they need."""
    bn = {'decay': 0.9997}
    return {
        'n_class': n_class,
        'min_input_size': min_input_size,
        'scales': (1.0,),
        'flip': False,
        'extractor_kwargs': {'bn_kwargs': {**bn, 'eps': 1e-3}},
        'aspp_kwargs': {'bn_kwargs': {**bn, 'eps': 1e-5}},
        'decoder_kwargs': {'bn_kwargs': {**bn, 'eps': 1e-5}},
    }


def _record(
    model: str,
    name: str,
    file_name: str,
    arguments: Mapping[str, Any],
    score: tuple[str, float, str] | None = None,
    **others: Any,
) -> PretrainedWeights:
    """Build a record of ChainerCV's; ``score`` is split, mIoU in percent and protocol."""
    dataset = others.pop('dataset', name)
    scores: tuple[Score, ...] = ()
    if score is not None:
        split, percent, protocol = score
        scores = (Score(dataset, split, round(percent / 100, 4), protocol, _CHAINERCV),)
    return PretrainedWeights(
        model,
        name,
        dataset,
        file_name,
        (_BASE_URL + file_name,),
        arguments=arguments,
        scores=scores,
        **others,
    )


_OURS = 'this package'
_TRAINED = 'on one core of an AMD EPYC, python examples/segnet/train.py --optimizer adamw --schedule cosine '
_OPTIMIZED = 'single scale, whole image, arithmetic optimized'
_BUNDLED = (
    PretrainedWeights(
        'segnet',
        'camvid_scratch',
        'camvid',
        'segnet_camvid_scratch.npz',
        sha256='2a2dfd0693dd51606d2e667ec3d41a303b561ccbd639ecf1009c2bda14a5c105',
        arguments={'n_class': 11},
        scores=(Score('camvid', 'val', 0.5837, _OPTIMIZED, _OURS),),
        trained_on=(
            f'train (367 images) alone, {_TRAINED}--dataset camvid --class-weight-power 0.5 --jitter 0.4 '
            '--weight-decay 0.05, first --learning-rate 0.002 --crop-size 224 288 --scales 0.6 1.8 for 5500 '
            'iterations (1.6 hours), then from there --learning-rate 0.001 --crop-size 360 480 --batchsize 3 '
            '--scales 0.8 1.6 --seed 1 for 800 iterations (0.4 hours), then 2300 iterations of '
            'four whole images in four trainings, each begun with the average of the weights of the '
            'one before, and offsets of classes: all commands are in examples/segnet/README.md'
        ),
        license='CC BY-NC 4.0, as the CamVid images it was trained on: for research, not under MIT',
    ),
    PretrainedWeights(
        'segnet',
        'synthetic',
        'synthetic',
        'segnet_synthetic.npz',
        sha256='8bfd60f574e0f338695d3898639dae93c7d1caba8fb608fd72e386c45b590520',
        arguments={'n_class': 11},
        scores=(Score('synthetic', 'test', 0.8671, _OPTIMIZED, _OURS),),
        trained_on=(
            f'train, {_TRAINED}--dataset synthetic --train-length 8000 --weight-decay 0.02: '
            '--learning-rate 0.002 --class-weight-power 0.5 --crop-size 192 256 for 4500 iterations '
            '(1.2 hours, on an earlier, harder version of the scenes), then --learning-rate 0.0015 '
            '--class-weight-power 0.25 --crop-size 224 288 --seed 2 for 4500 (1.2 hours), then '
            '--learning-rate 0.0007 --crop-size 360 480 '
            '--batchsize 3 --seed 3 for 700 (0.3 hours)'
        ),
        license='MIT',
    ),
)

_DEEPLAB_OVERRIDABLE = frozenset({'scales', 'flip'})
_CONVERTED = 'converted from the TensorFlow models of the authors'

RECORDS: tuple[PretrainedWeights, ...] = (
    _record(
        'segnet',
        'camvid',
        'segnet_camvid_trained_2018_12_05.npz',
        {'n_class': 11},
        ('test', 49.4, _SEGNET),
        trained_on='train',
    ),
    *_BUNDLED,
    *(
        _record(
            f'dilated_resnet{n_layer}',
            'imagenet',
            f'pspnet_resnet{n_layer}_imagenet_trained_2018_11_26.npz',
            {},
            trained_on='train, images resized with OpenCV',
        )
        for n_layer in (50, 101)
    ),
    _record(
        'pspnet_resnet50',
        'cityscapes',
        'pspnet_resnet50_cityscapes_trained_2018_12_19.npz',
        _CITYSCAPES,
        ('val', 73.99, _TILES.format(713)),
        trained_on='train (fine)',
    ),
    _record(
        'pspnet_resnet50',
        'ade20k',
        'pspnet_resnet50_ade20k_trained_2018_12_23.npz',
        _ADE20K,
        ('val', 34.97, _TILES.format(473)),
        trained_on='train',
    ),
    _record(
        'pspnet_resnet101',
        'cityscapes',
        'pspnet_resnet101_cityscapes_trained_2018_12_19.npz',
        _CITYSCAPES,
        ('val', 76.01, _TILES.format(713)),
        trained_on='train (fine)',
    ),
    _record(
        'pspnet_resnet101',
        'ade20k',
        'pspnet_resnet101_ade20k_trained_2018_12_23.npz',
        _ADE20K,
        ('val', 36.55, _TILES.format(473)),
        trained_on='train',
    ),
    _record(
        'pspnet_resnet101',
        'cityscapes_converted',
        'pspnet_resnet101_cityscapes_converted_2018_05_22.npz',
        _CITYSCAPES,
        ('val', 79.03, _TILES.format(713)),
        dataset='cityscapes',
        trained_on='converted from the Caffe model of the authors',
    ),
    _record(
        'deeplab_v3plus_xception65',
        'voc',
        'deeplabv3plus_xception65_voc_converted_2019_02_15.npz',
        _deeplab(21, (513, 513)),
        ('val', 82.36, _DEEPLAB),
        overridable=_DEEPLAB_OVERRIDABLE,
        trained_on=f'trainaug, {_CONVERTED}',
    ),
    _record(
        'deeplab_v3plus_xception65',
        'cityscapes',
        'deeplabv3plus_xception65_cityscapes_converted_2019_02_15.npz',
        _deeplab(19, (1025, 2049)),
        ('val', 79.14, _DEEPLAB),
        overridable=_DEEPLAB_OVERRIDABLE,
        trained_on=f'train (fine), {_CONVERTED}',
    ),
    _record(
        'deeplab_v3plus_xception65',
        'ade20k',
        'deeplabv3plus_xception65_ade20k_converted_2019_03_08.npz',
        _deeplab(150, (513, 513)),
        ('val', 42.52, _DEEPLAB),
        overridable=_DEEPLAB_OVERRIDABLE,
        trained_on=f'train, {_CONVERTED}',
    ),
)


def list_weights(model: str | None = None, dataset: str | None = None) -> list[PretrainedWeights]:
    """List the published weights.

    Args:
        model: Only those of this network, for example ``'pspnet_resnet50'``.
        dataset: Only those trained on this data set, for example ``'cityscapes'``.

    Returns:
        The records, by network and name. Empty where there are none.
    """
    return [
        record
        for record in RECORDS
        if model in (None, record.model) and dataset in (None, record.dataset)
    ]


def get_weights(model: str, name: str) -> PretrainedWeights:
    """Look up published weights.

    Args:
        model: The network, for example ``'pspnet_resnet50'``.
        name: Name of the weights, for example ``'cityscapes'``.

    Returns:
        The record.

    Raises:
        ValueError: There are none. The message lists those that there are.
    """
    for record in RECORDS:
        if (record.model, record.name) == (model, name):
            return record
    pairs = ', '.join(f'{record.model}/{record.name}' for record in RECORDS)
    raise ValueError(f'there are no weights {model}/{name}; published are {pairs}')
