"""How the content of a folder is moved into another so that nothing looks complete too early."""

import os
from collections.abc import Collection
from pathlib import Path

from chainercv_seg.utils.regular_file import check_replaceable

#: From where to where.
Move = tuple[Path, Path]


def plan_moves(folder: Path, target: Path, *, last: Collection[str] = ()) -> list[Move]:
    """Decide what to move: whole folders where there is none of their name, else what is in them.

    Args:
        folder: The folder whose content is to be moved.
        target: The other folder. Files in it that are in ``folder`` too are to be replaced.
        last: Paths in both that are to come last.

    Returns:
        From where to where: first what takes the place of something, last what brings paths of ``last``.

    Raises:
        FileExistsError: One has a file where the other has a folder.
        OSError: The other folder has neither a file nor a folder there.
    """
    wanted = [target / path for path in last]

    def turn(move: Move) -> tuple[bool, bool]:
        _, destination = move
        brings = any(path.is_relative_to(destination) for path in wanted)
        return brings, not destination.exists()

    return sorted(_moves(folder, target), key=turn)


def _moves(folder: Path, target: Path) -> list[Move]:
    if not os.path.lexists(target):
        return [(folder, target)]
    if folder.is_dir() != target.is_dir():
        kinds = ['a folder' if path.is_dir() else 'a file' for path in (folder, target)]
        raise FileExistsError(f'expected {kinds[0]} at {target}, found {kinds[1]}: move it away')
    if not folder.is_dir():
        check_replaceable(target)
        return [(folder, target)]
    return [move for path in sorted(folder.iterdir()) for move in _moves(path, target / path.name)]
