"""Going on from a snapshot of a training."""

import os
import pickle
import zipfile
import zlib
from typing import Any

import chainer

from chainercv_seg.utils.errors import UserError


def load_snapshot(path: str | os.PathLike[str], trainer: Any) -> None:
    """Bring a trainer to where it was when Chainer's extension took a snapshot.

    Args:
        path: The file. It must be your own: Chainer unpickles parts of it.
        trainer: A :class:`chainer.training.Trainer`, built as the one before.

    Raises:
        UserError: The file is missing, cut short, or no snapshot of such a training.
    """
    try:
        if not zipfile.is_zipfile(path):
            raise zipfile.BadZipFile('it is missing, no zip file, or a part of one')
        chainer.serializers.load_npz(os.fspath(path), trainer)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, pickle.UnpicklingError) as error:
        raise UserError(
            f'snapshot {path} cannot be read: {error}. Delete it to go on from the one before'
        ) from error
    except (KeyError, ValueError) as error:
        raise UserError(f'{path} is no snapshot of this training: {error}') from error
