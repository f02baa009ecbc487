"""The usual mistakes in laying out a data set, recognised by name."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from chainercv_seg.datasets.file_names import is_hidden, names_in
from chainercv_seg.datasets.packed_root import archives_in, packed_root
from chainercv_seg.utils.archive_index import archive_index

_ARCHIVES = ('.zip', '.tar', '.tar.gz', '.tgz', '.tar.bz2', '.7z')
#: Folders above or below the right one in which it is looked for.
_DEPTH = 3
#: Folders that are looked into at most: on an error nobody waits for long.
_WIDTH = 2000
_NUMBERS = ('', 'one folder', 'two folders', 'three folders')


def find_mistake(folder: Path, parts: Sequence[str]) -> tuple[str, str]:
    """Tell why a folder does not hold what it should.

    Args:
        folder: The folder.
        parts: What should be in it, some of which is not: paths with ``/``.

    Returns:
        The mistake as a sentence, or nothing where it is none of the usual ones, and the remedy.
    """
    folder = Path(os.path.abspath(folder))
    for level, parent in enumerate(folder.parents[:_DEPTH], 1):
        if _holds(parent, parts):
            return (
                f'That is {_NUMBERS[level]} too deep. ',
                f'give {parent} as data_dir',
            )
    below = _below(folder)
    for level, child in below:
        if _holds(child, parts):
            return (
                f'That is {_NUMBERS[level]} too shallow. ',
                f'give {child} as data_dir',
            )
    for _, child in below:
        for part in parts:
            if not _exists(folder / part) and _exists(child / part):
                steps = [part, *map(str, PurePosixPath(part).parents)][-2::-1]  # a, a/b, a/b/c
                step = next(step for step in steps if not _exists(folder / step))
                return (
                    f'{part} is in {child}. ',
                    f'move {child / step} to {folder / step}',
                )
    if folder.is_file() and is_archive(folder):
        return (
            f'{folder.name} is not extracted. ',
            'extract it and give the folder with its content as data_dir',
        )
    archives = [
        name
        for name in names_in(folder)
        if is_archive(folder / name)
        and all(packed_root(folder / name, (part,)) is None for part in parts)
    ]
    if archives:
        return (
            f'{_and(archives)} {"is" if len(archives) == 1 else "are"} not extracted. ',
            f'extract {"it" if len(archives) == 1 else "them"} in {folder}',
        )
    missing = next(part for part in parts if not _exists(folder / part))
    return '', f'give the folder that holds {missing} as data_dir'


def archive_trouble(folder: Path) -> str:
    """Tell which archive cannot be used as it is because it cannot be read, as a sentence, or nothing."""
    for archive in archives_in(folder):
        try:
            archive_index(str(archive))
        except OSError as error:
            return f'{archive.name} cannot be read as it is: {error.strerror}. '
    return ''


def contents(folder: Path) -> str:
    """Describe what is at a path, for a message."""
    if not folder.exists():
        return 'no such folder'
    if not folder.is_dir():
        return 'a file, not a folder'
    names = names_in(folder)
    shown = ', '.join(names[:6]) + (', ...' if len(names) > 6 else '')
    return f'a folder with {shown}' if names else 'an empty folder'


def is_archive(path: Path) -> bool:
    """Tell whether a file is an archive, by its name."""
    return path.name.lower().endswith(_ARCHIVES)


def _holds(folder: Path, parts: Sequence[str]) -> bool:
    return all(_exists(folder / part) for part in parts)


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # False where one may not look, where pathlib would raise an error


def _below(folder: Path) -> list[tuple[int, Path]]:
    """Folders below, those nearer first, with their depth."""
    found = [(0, folder)]
    for depth, parent in found:  # which grows meanwhile
        if depth < _DEPTH and len(found) < _WIDTH:
            try:
                children = sorted(
                    entry.path
                    for entry in os.scandir(parent)
                    if entry.is_dir() and not is_hidden(entry.name)
                )
            except OSError:  # no folder, or one like lost+found: what is wanted is not in there
                continue
            found += [(depth + 1, Path(child)) for child in children]
    return found[1:]


def _and(names: Sequence[str]) -> str:
    return ' and '.join([', '.join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
