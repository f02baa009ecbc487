"""The content of one folder moved into another, in an order in which nothing looks complete too early."""

import os
from collections.abc import Collection
from pathlib import Path

#: From where to where.
Move = tuple[Path, Path]


def move_all(folder: Path, target: Path, *, last: Collection[str] = ()) -> None:
    """Move the content of a folder into another on the same disk.

    Args:
        folder: The folder, which is empty or gone afterwards but for folders.
        target: The other, made where it is missing. Files in it that are in ``folder`` too are replaced.
        last: Paths in both that are moved after all others.

    Raises:
        FileExistsError: One has a file where the other has a folder. Nothing is moved then.
        OSError: Something cannot be moved.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for source, destination in plan_moves(folder, target, last=last):
        os.replace(source, destination)


def plan_moves(folder: Path, target: Path, *, last: Collection[str] = ()) -> list[Move]:
    """Decide what to move: whole folders where there is none of their name, else what is in them.

    Args:
        folder: As for :func:`move_all`, like the others.
        target: The other folder.
        last: Paths in both.

    Returns:
        From where to where: first what takes the place of something, last what brings paths of ``last``.

    Raises:
        FileExistsError: One has a file where the other has a folder.
    """
    moves = _moves(folder, target)
    wanted = [target / path for path in last]

    def turn(move: Move) -> tuple[bool, bool]:
        destination = move[1]
        brings = any(path.is_relative_to(destination) for path in wanted)
        return brings, not destination.exists()

    return sorted(moves, key=turn)


def _moves(folder: Path, target: Path) -> list[Move]:
    if not target.exists():
        return [(folder, target)]
    if folder.is_dir() != target.is_dir():
        kinds = ['a folder' if path.is_dir() else 'a file' for path in (folder, target)]
        raise FileExistsError(f'expected {kinds[0]} at {target}, found {kinds[1]}: move it away')
    if not folder.is_dir():
        return [(folder, target)]
    return [move for path in sorted(folder.iterdir()) for move in _moves(path, target / path.name)]
