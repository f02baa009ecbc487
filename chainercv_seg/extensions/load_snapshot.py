"""Going on from a snapshot of a training."""

import os
import pickle
import tokenize
import zipfile
import zlib
from typing import Any

import chainer

from chainercv_seg.utils.array_files import open_npz
from chainercv_seg.utils.errors import UserError
from chainercv_seg.utils.regular_file import open_regular
from chainercv_seg.weights.finite import check_finite

#: Where the figures of extensions lie: a score of a class that did not occur is NaN.
_EXTENSIONS = 'extensions/'


def load_snapshot(path: str | os.PathLike[str], trainer: Any) -> None:
    """Bring a trainer to where it was when Chainer's extension took a snapshot.

    Args:
        path: The file. It must be your own: Chainer unpickles parts of it.
        trainer: A :class:`chainer.training.Trainer`, built as the one before.

    Raises:
        UserError: The file is missing, cut short, no snapshot of this training, or of one that diverged.
    """
    try:
        _check(path)
        with open_regular(path) as file:
            chainer.serializers.load_npz(file, trainer)
    except UserError:
        raise
    except (
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        pickle.UnpicklingError,
        SyntaxError,
        tokenize.TokenError,
        MemoryError,
    ) as error:
        raise UserError(
            f'snapshot {path} cannot be read: {error}. Delete it to go on from the one before'
        ) from error
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f'{path} is no snapshot of this training: {error}') from error


def _check(path: str | os.PathLike[str]) -> None:
    """Check, before anything is unpickled, that sizes are sane and weights finite."""
    with open_npz(path) as npz:
        for name in npz.names:
            header = npz.header(name)
            header.check_size()
            if header.dtype.kind == 'f' and not name.startswith(_EXTENSIONS):
                check_finite({name: (npz.read(name), None)}, origin=f'snapshot {path}')
