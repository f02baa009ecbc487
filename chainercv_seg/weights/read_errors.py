"""What reading a weight file raises, as an error that says which file it is."""

import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainercv_seg.utils.errors import WeightsError

#: What reading a broken or hostile npz raises: no zip file or a cut one, broken compression, an
#: unknown one, an array cut short, pickled objects or a broken header (four), an encrypted member,
#: and a header that claims more than there is memory for.
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    ValueError,
    SyntaxError,
    TypeError,
    RuntimeError,
    MemoryError,
    tokenize.TokenError,
)


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """Turn what reading a broken file raises into an error that says which file it is."""
    try:
        yield
    except WeightsError:
        raise
    except OSError as error:
        raise WeightsError(
            f'weight file {path} cannot be read: {error.strerror or error}'
        ) from error
    except _READ_ERRORS as error:
        raise WeightsError(
            f'{path} is not a sound npz file of plain arrays: {error}. It may be cut short, be a '
            'web page that was saved in its place, or hold pickled objects, which are refused'
        ) from error
