"""The folder in which a download lies until it is complete, found again by who goes on with it."""

import os
import re
import secrets
import shutil
import stat
from pathlib import Path

#: The part of the file that is there.
PART = '.part'


def find_work_folder(path: Path) -> Path:
    """Find the folder that an earlier process left with a part of a file, or make one.

    Its name cannot be foreseen, and nobody but this user can put anything into it. The caller holds a lock.

    Args:
        path: The file that is to be downloaded. Its folder must exist.

    Returns:
        A folder beside it, in which there is the part and what is known of it, or nothing.

    Raises:
        OSError: It cannot be made.
    """
    # The middle is missing in what older versions left.
    pattern = re.compile(rf'\.{re.escape(path.name)}(\.[0-9a-f]{{16}})?\.download')
    names = [name for name in os.listdir(path.parent) if pattern.fullmatch(name)]
    found = [folder for folder in map(path.with_name, names) if _is_ours(folder)]
    ours = max(filter(_is_closed, found), key=_part_size, default=None)
    for folder in found:
        if folder != ours:
            shutil.rmtree(folder)
    if ours is None:
        ours = path.with_name(f'.{path.name}.{secrets.token_hex(8)}.download')
        ours.mkdir(mode=0o700)
    for left in ours.iterdir():  # by a process that was killed
        if not left.name.startswith(PART):
            left.unlink()
    return ours


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, not a link to one, and this user's."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and (os.name == 'nt' or found.st_uid == os.geteuid())


def _is_closed(folder: Path) -> bool:
    """Whether no other user can put anything into it."""
    return os.name == 'nt' or not folder.lstat().st_mode & 0o022


def _part_size(folder: Path) -> int:
    part = folder / PART
    return part.stat().st_size if part.exists() else 0
