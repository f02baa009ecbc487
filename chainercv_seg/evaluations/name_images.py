"""Errors that say which images they are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chainercv_seg.evaluations.samples import sample_name

#: Images that an error names; the others are counted.
_NAMED = 3


@contextmanager
def naming_images(dataset: Any, *indices: int) -> Iterator[None]:
    """Let an error say which images it is about, if it does not say it itself."""
    try:
        yield
    except Exception as error:
        names = ', '.join(sample_name(dataset, i) for i in indices[:_NAMED])
        if len(indices) > _NAMED:
            names += f' and {len(indices) - _NAMED} more'
        if names not in str(error):
            # As add_note does, which Python 3.10 lacks; there the commands show it.
            error.__notes__ = [*getattr(error, '__notes__', ()), f'image: {names}']  # type: ignore[attr-defined]
        raise
