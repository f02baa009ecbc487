"""Names of files as people and systems write them: hidden ones, and one name in several forms."""

import os
import unicodedata
from contextlib import suppress
from pathlib import Path

from chainercv_seg.utils.packed_files import is_packed_folder, packed_below, packed_names


def names_in(folder: Path, suffix: str = '') -> list[str]:
    """List the files of a folder in the same order on every file system.

    Args:
        folder: The folder; one that is missing has no files.
        suffix: The end of their names.

    Returns:
        Names, sorted; those in an archive where it is one, or a folder in one. Hidden files, as macOS
        leaves them beside others on foreign disks, are left out.
    """
    # Thousands of them: listdir is several times faster than Path.iterdir.
    names = os.listdir(folder) if folder.is_dir() else packed_names(folder) or []
    return sorted(name for name in names if name.endswith(suffix) and not is_hidden(name))


def files_below(folder: Path) -> list[Path]:
    """List the files of a folder and of the folders in it, without hidden files and folders.

    Args:
        folder: The folder; an archive or a folder in one, too.

    Returns:
        Paths, sorted.
    """
    paths: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        paths += [Path(parent, name) for name in names if not is_hidden(name)]
    for name in packed_below(folder):
        if not any(map(is_hidden, name.split('/'))):
            paths.append(folder / name)
    return sorted(paths)


def is_folder(path: Path) -> bool:
    """Tell whether there is a folder, be it an archive or in one."""
    return path.is_dir() or is_packed_folder(path)


def is_hidden(name: str) -> bool:
    """Tell whether people do not see a file or folder, by its name: ``._a.png``, ``.DS_Store``."""
    return name.startswith('.')


def name_form(name: str) -> str:
    """Write a name so that it is equal to all that look and mean the same.

    An accented letter is one character or two (macOS), and where the locale is not UTF-8 a file's name
    comes as bytes while lists come as text.

    Args:
        name: A name, or a path with ``/``.

    Returns:
        It in Unicode's composed form (NFC).
    """
    if name.isascii():
        return name
    with suppress(UnicodeEncodeError):  # Windows has names with halves of characters: no bytes
        name = name.encode('utf-8', 'surrogateescape').decode('utf-8', 'surrogateescape')
    return unicodedata.normalize('NFC', name)


class FileFinder:
    """Finds files by their names in any form, and lists each folder once only.

    That is faster than asking for each of thousands of files.
    """

    def __init__(self) -> None:
        self._folders: dict[Path, tuple[Path, dict[str, str]]] = {}

    def find(self, path: Path) -> Path | None:
        """Find a file or folder that is not hidden.

        Args:
            path: Its path, whose names may have another form.

        Returns:
            The path as the file system has it, or None where there is none.
        """
        if path.parent not in self._folders:
            folder = path.parent if is_folder(path.parent) else self.find(path.parent)
            names = names_in(folder) if folder is not None else []
            # The form that was asked for goes before others.
            forms = {**{name_form(name): name for name in names}, **{name: name for name in names}}
            self._folders[path.parent] = (folder or path.parent, forms)
        folder, forms = self._folders[path.parent]
        name = forms.get(path.name) or forms.get(name_form(path.name))
        return None if name is None else folder / name
