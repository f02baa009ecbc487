"""Which network a weight file belongs to, told by the names of its arrays."""

import os
from collections.abc import Collection
from pathlib import Path

from chainercv_seg.weights.weight_files import open_weights

#: The bias of the last layer, which has an element a class, and the networks that have it. Of several
#: the first whose other array is there.
_LAST_LAYERS = {
    'conv_classifier/b': (('segnet', 'conv_decode4/W'),),
    'decoder/conv_logits/b': (
        ('deeplab_v3plus_xception65', 'feature_extractor/entryflow_conv1/conv/W'),
    ),
    'head_conv2/b': (
        ('pspnet_resnet101', 'extractor/res4/b22/conv1/conv/W'),
        ('pspnet_resnet50', 'extractor/res4/b5/conv1/conv/W'),
    ),
}
#: Networks without a last layer: extractors. Likewise the first whose array is there.
_EXTRACTORS = (
    ('dilated_resnet101', 'res4/b22/conv1/conv/W'),
    ('dilated_resnet50', 'res4/b5/conv1/conv/W'),
)


def recognize(names: Collection[str]) -> str | None:
    """Tell a network by the names of its arrays.

    Args:
        names: The names in a file, of the network alone or of something that holds it.

    Returns:
        The network as in the records, or None where it is none of ours.
    """
    for last, networks in _LAST_LAYERS.items():
        if _find(last, names):
            return next((model for model, array in networks if _find(array, names)), None)
    return next((model for model, array in _EXTRACTORS if _find(array, names)), None)


def recognize_file(path: str | os.PathLike[str]) -> tuple[str | None, int | None]:
    """Tell the network of a weight file, and its number of classes. No array is read.

    Args:
        path: The file.

    Returns:
        The network as :func:`recognize` tells it, and the number of classes, None for an extractor.

    Raises:
        WeightsError: It cannot be read, or is no npz file.
    """
    path = Path(path)
    with open_weights(path) as file:
        model = recognize(file.names)
        lasts = [name for last in _LAST_LAYERS if (name := _find(last, file.names))]
        shape = file.header(lasts[0]).shape if model and lasts else ()
        return model, shape[0] if len(shape) == 1 else None


def _find(array: str, names: Collection[str]) -> str | None:
    """The name of an array, which may lie below another, as ``predictor/``."""
    return next((name for name in names if f'/{name}'.endswith(f'/{array}')), None)
