"""The networks that the commands know by name, built from options."""

import argparse
import logging
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from chainercv_seg.cli.option_types import integer, number, positive_int
from chainercv_seg.transforms import resize_backend
from chainercv_seg.utils.devices import check_gpu, to_device, without_cupy
from chainercv_seg.utils.errors import UsageError, UserError
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.weights import list_weights
from chainercv_seg.weights.resolve import find_weights, resolve_pretrained

_logger = logging.getLogger(__name__)

#: For each network its class in chainercv_seg.links, and the argument that --input-size sets.
_NETWORKS = {
    'deeplab_v3plus_xception65': ('DeepLabV3plusXception65', 'min_input_size'),
    'pspnet_resnet50': ('PSPNetResNet50', 'input_size'),
    'pspnet_resnet101': ('PSPNetResNet101', 'input_size'),
    'segnet': ('SegNetBasic', None),
}


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a network, its weights and how it looks at images."""
    parser.add_argument(
        '--model', choices=sorted(_NETWORKS), default='segnet', help='the network (default: segnet)'
    )
    parser.add_argument(
        '--pretrained-model',
        metavar='WEIGHTS',
        help='a weight file, or the name of published weights (default: those of the data set)',
    )
    parser.add_argument(
        '--gpu', type=integer(-1, 1023), default=-1, help='number of a GPU; -1, the default: CPU'
    )
    parser.add_argument(
        '--input-size',
        type=integer(1, 16384),
        metavar='PIXELS',
        help='height and width of the input of PSPNet (a tile), the smallest one of DeepLab',
    )
    parser.add_argument(
        '--scales',
        type=number(0.001, 100),
        nargs='+',
        metavar='SCALE',
        help='scales at which images are looked at (PSPNet, DeepLab)',
    )
    parser.add_argument(
        '--flip',
        action=argparse.BooleanOptionalAction,
        help='average over the image and its mirror image (PSPNet, DeepLab)',
    )
    parser.add_argument(
        '--resize-backend',
        choices=['PIL', 'cv2'],
        default='PIL',
        help='what resizes images; scores differ a little (default: PIL)',
    )
    parser.add_argument(
        '--no-optimize',
        dest='optimize',
        action='store_false',
        help="compute with Chainer's own arithmetic on the CPU, more slowly",
    )
    parser.add_argument(
        '--threads',
        type=positive_int,
        metavar='N',
        help='threads that compute (default: OMP_NUM_THREADS, else one a core)',
    )


def check_network_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with a usage error where options do not go together."""
    if _NETWORKS[options.model][1] is None:
        for name in ('input_size', 'scales', 'flip'):
            if getattr(options, name) is not None:
                parser.error(f'--{name.replace("_", "-")} has no meaning for {options.model}')


def build_network(options: argparse.Namespace, *, label_names: Sequence[str]) -> Any:
    """Build the network that the options ask for, with its weights, on its device.

    On the CPU it is prepared for inference, unless the options forbid it or there is no such
    preparation for it, which is logged as a warning.

    Args:
        options: What :func:`add_network_options` parsed, and ``dataset``.
        label_names: A name for each class.

    Returns:
        A link.

    Raises:
        UserError: Chainer, the device or the weights are missing or do not fit, or threadpoolctl is
            missing where a number of threads was asked for.
    """
    if options.threads is not None:
        threadpoolctl = require_extra('threadpoolctl', extra='fast', purpose='--threads')
        threadpoolctl.threadpool_limits(options.threads)
    if options.gpu >= 0:
        check_gpu(options.gpu)
    with without_cupy() if options.gpu < 0 else nullcontext():
        chainer = require_extra('chainer', extra='chainer', purpose='A network')
        from chainercv_seg import links
        from chainercv_seg.inference import optimize

    chainer.global_config.cv_resize_backend = options.resize_backend
    resize_backend()  # says now, not in the middle of the run, that OpenCV is missing
    class_name, input_size = _NETWORKS[options.model]
    arguments: dict[str, Any] = {
        'n_class': len(label_names),
        'pretrained_model': _weights(options),
    }
    if options.input_size is not None:
        arguments[str(input_size)] = (options.input_size, options.input_size)
    if options.scales is not None:
        arguments['scales'] = tuple(options.scales)
    if options.flip is not None:
        arguments['flip'] = options.flip
    try:
        link = getattr(links, class_name)(**arguments)
    except UserError:
        raise
    except ValueError as error:  # arguments that contradict the weights or one another
        raise UsageError(str(error)) from error
    to_device(link, options.gpu)
    if options.gpu >= 0 or not options.optimize:
        return link
    return optimize(link)


def weight_file(options: argparse.Namespace) -> Path:
    """Find the weight file of the network that the options ask for, downloading it where needed.

    Args:
        options: What :func:`add_network_options` parsed, and ``dataset``.

    Returns:
        Its path.

    Raises:
        UserError: There are no such weights.
    """
    _, path = resolve_pretrained(options.model, _weights(options))
    assert path is not None  # weights were named
    return path


def published_scores(options: argparse.Namespace) -> list[tuple[float, str]]:
    """Look up published mean IoUs to compare with.

    Args:
        options: What :func:`add_network_options` parsed, and ``dataset`` and ``split``.

    Returns:
        Mean IoUs in [0, 1] on the same split, and what each is: those of the weights or, where these are
        not published, of the published weights of the same network and data set.
    """
    record, _ = find_weights(options.model, _weights(options))
    records = [record] if record else list_weights(options.model, options.dataset)
    return [
        (
            score.miou,
            f'weights {record.name} on {score.dataset} {score.split}, {score.protocol} '
            f'({score.source})',
        )
        for record in records
        for score in record.scores
        if (score.dataset, score.split) == (options.dataset, options.split)
    ]


def _weights(options: argparse.Namespace) -> str:
    if options.pretrained_model is None:
        return _published(options.model, options.dataset)
    return options.pretrained_model


def _published(model: str, dataset: str) -> str:
    """Name of the published weights of a network for a data set."""
    evaluable = [record for record in list_weights() if record.n_class is not None]
    for record in evaluable:
        if (record.model, record.dataset) == (model, dataset):
            return record.name
    pairs = ', '.join(f'{record.model} {record.name}' for record in evaluable)
    raise UserError(
        f'no weights of {model} for {dataset} are published. Give a weight file with '
        f'--pretrained-model, or choose one of the published pairs: {pairs}'
    )
