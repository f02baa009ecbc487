"""PSPNets of other frameworks: which of them a file holds, and with which arguments ours is the same."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.conversion import Conversion, array_names, number_of_classes
from chainercv_seg.weights.conversion.pspnet_names import PSPNetNames
from chainercv_seg.weights.conversion.source import Known, Source

#: Numbers of bottlenecks of the third of four blocks, and the number of layers of a ResNet that has as many.
_DEPTHS = {6: 50, 23: 101, 36: 152}
#: The sizes at which the authors' networks were trained, by the number of classes: Cityscapes has 19.
_SIZES = {19: (713, 713)}
_SIZE = (473, 473)


def pspnet_source(
    names: PSPNetNames,
    arrays: Mapping[str, np.ndarray],
    known: Known,
    *,
    what: str,
    arguments: Mapping[str, Any],
    origin: object,
    notes: tuple[str, ...] = (),
) -> Source:
    """Describe a PSPNet.

    Args:
        names: What its parts are called.
        arrays: What the file holds.
        known: What its owner knows.
        what: What it is, for people.
        arguments: Of our network, as far as they do not follow from the arrays.
        origin: The file, for errors.
        notes: What was assumed.

    Raises:
        WeightsError: It is none of ours.
    """
    last = f'{names.last}{names.kernel}'
    n_class = number_of_classes(arrays, last, (None, 512, 1, 1), origin=origin)
    layers = _layers(names, arrays, origin)
    size = known.input_size or arguments.get('input_size') or _SIZES.get(n_class, _SIZE)
    given = {'mean': known.mean, 'std': known.std}
    return Source(
        what=f'{what}, ResNet-{layers}, {n_class} classes',
        model=f'pspnet_resnet{layers}',
        arguments={
            'n_class': n_class,
            'pooling': 'adaptive',
            **arguments,
            'stem': _stem(names, arrays, origin),
            **{name: value for name, value in given.items() if value is not None},
            'input_size': size,
        },
        arrays=arrays,
        rules=lambda link: Conversion.of(link, names.table(array_names(link)), left=names.left),
        notes=notes,
    )


def _layers(names: PSPNetNames, arrays: Mapping[str, np.ndarray], origin: object) -> int:
    """Tell the number of layers by the bottlenecks of the third block."""
    if f'{names.modules("extractor/res2/a/conv3")[0]}{names.kernel}' not in arrays:
        raise WeightsError(
            f'{origin} holds a PSPNet on a ResNet without bottlenecks (of 18 or 34 layers); here there '
            'are those of 50 and 101 layers'
        )
    count = 1
    while f'{names.modules(f"extractor/res4/b{count}/conv1")[0]}{names.kernel}' in arrays:
        count += 1
    layers = _DEPTHS.get(count, 50 if count <= min(_DEPTHS) else 101)
    if layers == 152:
        raise WeightsError(
            f'{origin} holds a PSPNet on ResNet-152; here there are those of 50 and 101 layers'
        )
    return layers


def _stem(names: PSPNetNames, arrays: Mapping[str, np.ndarray], origin: object) -> tuple[int, ...]:
    """Read the numbers of channels of the three first convolutions."""
    widths = []
    for i in (1, 2, 3):
        name = f'{names.modules(f"extractor/conv1_{i}")[0]}{names.kernel}'
        kernel = arrays.get(name)
        if kernel is None or kernel.ndim != 4 or not 0 < kernel.shape[0] <= 1024:
            raise WeightsError(
                f'{origin} does not fit the network. Missing in the file: {name}, one of the three 3x3 '
                'convolutions before the bottlenecks. A ResNet that begins with one of 7x7 is another '
                'network'
            )
        widths.append(kernel.shape[0])
    return tuple(widths)
