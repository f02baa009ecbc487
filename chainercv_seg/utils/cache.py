"""The folders in which Chainer and ChainerCV keep what they download."""

import hashlib
import os
import sys
from pathlib import Path

from chainercv_seg.utils.errors import DownloadError

_DEFAULT = '~/.chainer/dataset'


def dataset_root() -> Path:
    """Tell the root of Chainer's cache.

    Returns:
        What ``chainer.dataset.set_dataset_root`` set, else ``$CHAINER_DATASET_ROOT``, else
        ``~/.chainer/dataset``. Chainer is asked where it is imported, and not imported for it.

    Raises:
        DownloadError: Nobody has set it, and this user has no home.
    """
    default = os.path.expanduser(_DEFAULT)
    chainer = sys.modules.get('chainer')
    if chainer is not None:
        root = chainer.dataset.get_dataset_root()
    else:
        root = os.environ.get('CHAINER_DATASET_ROOT', default)
    if root == default == _DEFAULT:  # as it is left where there is no home
        raise DownloadError(
            f'there is no folder for downloads, by default {_DEFAULT}: this user has no home. Set '
            'CHAINER_DATASET_ROOT to a folder, or HOME'
        )
    return Path(root)


def cache_folder(name: str) -> Path:
    """Tell where ChainerCV's cache keeps something.

    Args:
        name: A data set, for example ``'camvid'``, or ``'models'``.

    Returns:
        The folder ``pfnet/chainercv/NAME`` in the root. It need not exist.
    """
    return dataset_root() / 'pfnet' / 'chainercv' / name


def download_path(url: str) -> Path:
    """Tell where Chainer's cache keeps what was downloaded from an address.

    Args:
        url: The address.

    Returns:
        The path ``_dl_cache/MD5`` in the root, with the MD5 of the address. It need not exist.
    """
    name = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    return dataset_root() / '_dl_cache' / name
