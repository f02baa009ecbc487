"""The networks that the commands know by name, built from options."""

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from chainercv_seg.cli.graphs import check_graph_options, is_graph, open_graph
from chainercv_seg.cli.network_weights import check_weights, choose_model, weights_of
from chainercv_seg.cli.option_types import integer, number, positive_int
from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.transforms import resize_backend
from chainercv_seg.utils.devices import check_gpu, to_device, without_cupy
from chainercv_seg.utils.errors import DeviceError, UsageError, UserError
from chainercv_seg.utils.extras import require_extra

#: For each network its class in chainercv_seg.links, and the argument that --input-size sets.
NETWORKS = {
    'deeplab_v3plus_xception65': ('DeepLabV3plusXception65', 'min_input_size'),
    'pspnet_resnet50': ('PSPNetResNet50', 'input_size'),
    'pspnet_resnet101': ('PSPNetResNet101', 'input_size'),
    'segnet': ('SegNetBasic', None),
}


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a network, its weights and how it looks at images."""
    add_weights_options(parser)
    parser.add_argument(
        '--gpu', type=integer(-1, 1023), default=-1, help='number of a GPU; -1, the default: CPU'
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
        '--precision',
        default=DEFAULT_PRECISION,
        metavar='NAME',
        help='in what the network is computed: float32 (the default); on a GPU also tf32 and float16, on '
        'CPUs with AVX512_BF16 also bfloat16, which are faster and differ in more labels',
    )


def add_weights_options(parser: argparse.ArgumentParser) -> None:
    """Add those of them that choose a network, its weights and how it is computed on the CPU."""
    parser.add_argument(
        '--model',
        choices=sorted(NETWORKS),
        help='the network (default: that of the weight file, else the one whose published weights do best '
        'on the data set, else segnet)',
    )
    parser.add_argument(
        '--pretrained-model',
        metavar='WEIGHTS',
        help='a weight file, an exported graph (.onnx), or the name of published weights (default: those '
        'of the data set)',
    )
    parser.add_argument(
        '--input-size',
        type=integer(1, 16384),
        metavar='PIXELS',
        help='height and width of the input of PSPNet (a tile), the smallest one of DeepLab',
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
        help="compute with Chainer's own arithmetic, more slowly",
    )
    parser.add_argument(
        '--threads',
        type=positive_int,
        metavar='N',
        help='threads that compute (default: OMP_NUM_THREADS, else one a core)',
    )


def check_network_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Choose the network where the user did not, and exit with 2 where options do not go together."""
    if is_graph(options):
        check_graph_options(parser, options)
        return
    options.model = options.model or choose_model(options)
    if NETWORKS[options.model][1] is None:
        for name in ('input_size', 'scales', 'flip'):
            if getattr(options, name) is not None:
                parser.error(f'--{name.replace("_", "-")} has no meaning for {options.model}')
    if not options.optimize and options.precision != DEFAULT_PRECISION:
        parser.error(f"--no-optimize is Chainer's own {DEFAULT_PRECISION}: leave out --precision")


def build_network(options: argparse.Namespace, *, label_names: Sequence[str]) -> Any:
    """Build the network that the options ask for, with its weights, on its device.

    It is prepared for inference, unless the options forbid it.

    Args:
        options: What :func:`add_network_options` parsed, and ``dataset``.
        label_names: A name for each class.

    Returns:
        A link, or what predicts like one.

    Raises:
        UserError: Chainer, the device or the weights are missing or do not fit, or threadpoolctl is
            missing where a number of threads was asked for.
    """
    _set_up(options)
    if is_graph(options):
        return open_graph(options, label_names=label_names)
    from chainercv_seg.inference import optimize

    link = build_plain(options, label_names=label_names)
    to_device(link, options.gpu)
    if not options.optimize:
        link.stays_plain = True  # as the user wants it
        return link
    return optimize(link, precision=options.precision)


def build_plain(options: argparse.Namespace, *, label_names: Sequence[str]) -> Any:
    """Build the network that the options ask for, with its weights, as it is, on the CPU.

    Args:
        options: What :func:`add_network_options` parsed, and ``dataset``.
        label_names: A name for each class.

    Raises:
        UserError: As :func:`build_network`.
    """
    _set_up(options)
    from chainercv_seg import links

    try:
        return getattr(links, NETWORKS[options.model][0])(
            pretrained_model=weights_of(options), **network_arguments(options, label_names)
        )
    except UserError:
        raise
    except ValueError as error:  # arguments that contradict the weights or one another
        raise UsageError(str(error)) from error


def check_network(options: argparse.Namespace, *, label_names: Sequence[str]) -> None:
    """Notice what is wrong with the network that the options ask for before anything is downloaded.

    Args:
        options: What :func:`add_network_options` parsed, and ``dataset``.
        label_names: A name for each class.

    Raises:
        UserError: As :func:`build_network`, but for what only a download tells.
    """
    _set_up(options)
    if is_graph(options):
        open_graph(options, label_names=label_names)
        return
    check_weights(options, network_arguments(options, label_names))


def _set_up(options: argparse.Namespace) -> None:
    """Import Chainer, and set what resizes and how many threads compute, if all that is there."""
    if options.threads is not None:
        threadpoolctl = require_extra('threadpoolctl', extra='fast', purpose='--threads')
        threadpoolctl.threadpool_limits(options.threads)
    if options.gpu >= 0:
        check_gpu(options.gpu)
    with without_cupy() if options.gpu < 0 else nullcontext():
        chainer = require_extra('chainer', extra='chainer', purpose='A network')
        import_module('chainercv_seg.links')
    _check_precision(options)
    chainer.global_config.cv_resize_backend = options.resize_backend
    resize_backend()  # says now, not in the middle of the run, that OpenCV is missing


def _check_precision(options: argparse.Namespace) -> None:
    """Check that the device computes in the precision; without what that takes, take the slower way."""
    from chainercv_seg.prepared.engines import engine_on
    from chainercv_seg.prepared.optimize import tell_missing

    if not options.optimize:
        return
    try:
        engine_on(_device(options.gpu), options.precision)
    except DeviceError as error:
        if options.precision != DEFAULT_PRECISION:
            raise
        tell_missing(str(error))
        options.optimize = False
    except ValueError as error:
        raise UsageError(f'--{error}') from error


def _device(gpu: int) -> Any:
    """Chainer's device of a number."""
    return import_module('chainer').get_device(gpu if gpu >= 0 else '@numpy')


def network_arguments(options: argparse.Namespace, label_names: Sequence[str]) -> dict[str, Any]:
    """The arguments of the network's class, without its weights."""
    arguments: dict[str, Any] = {'n_class': len(label_names)}
    if options.input_size is not None:
        arguments[str(NETWORKS[options.model][1])] = (options.input_size, options.input_size)
    if options.scales is not None:
        arguments['scales'] = tuple(options.scales)
    if options.flip is not None:
        arguments['flip'] = options.flip
    return arguments
