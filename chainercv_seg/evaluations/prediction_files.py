"""A folder of predicted label maps: written, found, paired with images, read."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from chainercv_seg.datasets.file_names import files_below, is_folder, name_form, names_in
from chainercv_seg.datasets.image_key import image_key
from chainercv_seg.datasets.label_format import LabelFormat
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.label_files import LABEL_SUFFIXES, read_label_file
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.utils.there_instead import there_instead

Key = Callable[[str | os.PathLike[str]], str]


class PredictionFiles:
    """The predictions of a data set as files ``KEY.png``, as its benchmark wants them.

    Args:
        folder: An existing folder.
        names: The files of all images.
        label_format: The values and the palette of the files.
        key: What an image is called.

    Raises:
        DatasetError: Two images have one key, so that one's prediction would overwrite the other's.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        names: Sequence[str],
        *,
        label_format: LabelFormat,
        key: Key = image_key,
    ) -> None:
        self.folder = Path(folder)
        self.label_format = label_format
        self._keys = [key(name) for name in _by_key(names, key).values()]

    def path(self, index: int) -> Path:
        """Tell where the prediction of an image is."""
        return self.folder / f'{self._keys[index]}.png'

    def write(self, index: int, pred: np.ndarray) -> None:
        """Write the prediction of an image.

        Args:
            index: Number of the image.
            pred: ``(H, W)`` integers: classes, or -1 for void.
        """
        with replaced_file(self.path(index)) as file:
            self.label_format.write(pred, file)


def find_predictions(
    folder: str | os.PathLike[str], names: Sequence[str], *, key: Key = image_key
) -> list[Path]:
    """Find the prediction of each image, and make sure that there are no others.

    Args:
        folder: Folder with label maps (png, npy, bmp, tif, tiff), in it or in folders below, or a zip of
            them. Hidden ones are left out.
        names: The files of all images.
        key: What files that belong to one image have in common.

    Returns:
        A path for each image.

    Raises:
        DatasetError: There is no such folder; a prediction is missing; there is one too many; or two
            are of one image.
    """
    folder = require_folder(folder)
    files = files_below(folder)
    paths = [path for path in files if path.suffix.lower() in LABEL_SUFFIXES]
    images, predictions = _by_key(names, key), _by_key(paths, key)
    missing = [image for image in images if image not in predictions]
    if missing:
        taken = {predictions[image] for image in images if image in predictions}
        others = [str(path.relative_to(folder)) for path in files if path not in taken]
        raise DatasetError(
            f'{folder} lacks the prediction of {images[missing[0]]}: expected {missing[0]}.png or '
            f'{missing[0]}.npy (or {", ".join(LABEL_SUFFIXES[2:])}).{there_instead(missing[0], others)} '
            f'Of {len(images)} images {len(missing)} have none'
        )
    extra = [name for name in predictions if name not in images]
    if extra:
        raise DatasetError(
            f'{predictions[extra[0]]} is not the prediction of an image of this split. Of '
            f'{len(predictions)} files {len(extra)} are not: move them elsewhere'
        )
    return [Path(predictions[image]) for image in images]


def require_folder(folder: str | os.PathLike[str], *, what: str = 'predictions') -> Path:
    """Check that there is a folder of predictions, or of what else, or a zip of them, or a folder in one.

    Raises:
        DatasetError: There is none.
    """
    folder = Path(folder)
    expected = f'{folder}: expected a folder or a zip of {what}, found'
    if folder.exists() and not is_folder(folder):
        raise DatasetError(f'{expected} another file')
    if not is_folder(folder):
        others = there_instead(folder.name, names_in(folder.parent))
        raise DatasetError(f'{expected} none.{others}'.rstrip('.'))
    return folder


def read_prediction(path: Path, label_format: LabelFormat, *, remedy: str = '') -> np.ndarray:
    """Read a predicted label map.

    Args:
        path: An indexed or grey image, or an npy file of integers, with the values of ``label_format``; -1
            is void too.
        label_format: The values that stand for classes.
        remedy: What to do about other values, a sentence.

    Returns:
        ``(H, W)`` int32: classes, -1 for void.

    Raises:
        ImageFileError: The file cannot be read as a label map.
        DatasetError: A value stands for no class and not for void.
    """
    array = read_label_file(path)
    try:
        return label_format.decode(array, name=str(path))
    except DatasetError as error:
        if not remedy:
            raise
        raise DatasetError(f'{error}. {remedy}') from error


def _by_key(names: Iterable[str | os.PathLike[str]], key: Key) -> dict[str, str | os.PathLike[str]]:
    files: dict[str, str | os.PathLike[str]] = {}
    for name in names:
        other = files.setdefault(name_form(key(name)), name)
        if other is not name:
            raise DatasetError(
                f'{other} and {name} are both called {key(name)}: expected one of them'
            )
    return files
