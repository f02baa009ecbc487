"""The folders in which Chainer and ChainerCV keep what they download."""

import os
import sys
from pathlib import Path


def dataset_root() -> Path:
    """Tell the root of Chainer's cache.

    Returns:
        What ``chainer.dataset.set_dataset_root`` set, else ``$CHAINER_DATASET_ROOT``, else
        ``~/.chainer/dataset``. Chainer is asked where it is imported, and not imported for it.
    """
    chainer = sys.modules.get('chainer')
    if chainer is not None:
        return Path(chainer.dataset.get_dataset_root())
    default = Path.home() / '.chainer' / 'dataset'
    return Path(os.environ.get('CHAINER_DATASET_ROOT', default))


def cache_folder(name: str) -> Path:
    """Make a folder of ChainerCV's cache.

    Args:
        name: Its name, for example ``'models'``.

    Returns:
        The folder ``pfnet/chainercv/NAME`` in the root, which exists now.
    """
    folder = dataset_root() / 'pfnet' / 'chainercv' / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
