"""The image files that the demo is given, and what their pictures are called."""

import os
from collections.abc import Sequence
from pathlib import Path

from chainercv_seg.datasets.file_names import name_form, names_in
from chainercv_seg.datasets.image_key import IMAGE_SUFFIXES, image_key
from chainercv_seg.utils.errors import UserError
from chainercv_seg.utils.regular_file import check_regular


def image_paths(given: Sequence[Path]) -> list[Path]:
    """Find the image files: those given, and those right inside the folders given, each once.

    Raises:
        UserError: A path does not exist, or a folder holds no image.
    """
    paths: dict[str, Path] = {}
    for path in given:
        for file in _images_at(path):
            paths.setdefault(os.path.realpath(file), file)
    return list(paths.values())


def picture_names(paths: Sequence[Path]) -> list[str]:
    """Name the pictures of images so that none overwrites another, on any file system.

    Args:
        paths: The images.

    Returns:
        For each the beginning of the names of its pictures: its own name without suffix or, where another
        image has that, its whole name, or one with a number behind it.
    """
    keys = [_form(image_key(path)) for path in paths]
    taken = {key for key in keys if keys.count(key) == 1}
    names = []
    for path, key in zip(paths, keys, strict=True):
        name = image_key(path)
        if keys.count(key) > 1:
            name, number = path.name, 1
            while _form(name) in taken:
                number += 1
                name = f'{path.name}_{number}'
            taken.add(_form(name))
        names.append(name)
    return names


def _form(name: str) -> str:
    """A name as file systems that do not tell capitals compare it."""
    return name_form(name).casefold()


def _images_at(path: Path) -> list[Path]:
    try:
        is_folder = path.is_dir()
        if not is_folder:
            check_regular(path)
    except OSError as error:
        raise UserError(f'{path}: there is no image there: {error.strerror}') from error
    if not is_folder:
        return [path]
    found = [path / name for name in names_in(path) if name.lower().endswith(IMAGE_SUFFIXES)]
    found = [file for file in found if not file.is_dir()]
    if not found:
        raise UserError(
            f'{path}: there is no image there. Expected a file, or a folder that holds files '
            f'that end in one of {", ".join(IMAGE_SUFFIXES)}'
        )
    return found
