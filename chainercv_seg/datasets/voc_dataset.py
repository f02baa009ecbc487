"""PASCAL VOC2012: photographs of everyday objects, twenty classes and background."""

import os
import re
from pathlib import Path

from chainercv_seg.datasets.cached_archive import Archive, locate
from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.datasets.file_names import FileFinder
from chainercv_seg.datasets.label_check import check_label_files
from chainercv_seg.datasets.layout import Layout
from chainercv_seg.datasets.list_files import check_once, read_list
from chainercv_seg.datasets.voc_labels import voc_label_format
from chainercv_seg.utils.packed_files import is_there

#: For each split the number of its images.
_SPLITS = {'train': 1464, 'trainval': 2913, 'val': 1449, 'trainaug': 10582}
#: The lists of trainaug that are in use.
_TRAINAUG_LISTS = tuple(
    f'ImageSets/{folder}/{name}.txt'
    for folder in ('Segmentation', 'SegmentationAug')
    for name in ('trainaug', 'train_aug')
)
#: A path of an image or a label map in a list.
_PATH = re.compile(r'(?:(?:.*/)?(?:JPEGImages|SegmentationClass(?:Aug)?)/)?(?P<id>.+)\.(?:jpg|png)')
_NAME = 'VOCtrainval_11-May-2012.tar'
_ARCHIVE = Archive(
    (
        f'http://host.robots.ox.ac.uk/pascal/VOC/voc2012/{_NAME}',
        f'https://thor.robots.ox.ac.uk/pascal/VOC/voc2012/{_NAME}',
        f'https://pjreddie.com/media/files/{_NAME}',
    ),
    root='VOCdevkit/VOC2012',
    sha256='e14f763270cf193d0b5f74b169f44157a4b0c6efa708f4dd0ff78ee691763bcb',
    size=1_999_639_040,
)


class VOCSemanticSegmentationDataset(FileDataset):
    """Semantic segmentation data set `PASCAL VOC2012`_.

    Features: 1,464 / 2,913 / 1,449 images (train / trainval / val) of many sizes, and 10,582 (trainaug)
    with the labels of Hariharan et al., on which most networks for VOC are trained.

    Format: ``JPEGImages/ID.jpg``, ``SegmentationClass/ID.png`` and ``ImageSets/Segmentation/SPLIT.txt``
    with an id a line. For trainaug ``SegmentationClassAug/ID.png``, and ``trainaug.txt`` or
    ``train_aug.txt`` in ``ImageSets/Segmentation`` or ``ImageSets/SegmentationAug``, with an id or the
    paths of image and label map a line. Label 255 is void. Samples are in the order of the list.

    Classes: ``voc_semantic_segmentation_label_names``.

    Citation: Everingham et al.: The PASCAL visual object classes challenge: a retrospective. IJCV 111
    (2015). trainaug: Hariharan et al.: Semantic contours from inverse detectors. ICCV 2011.

    .. _PASCAL VOC2012: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/

    ========= ============= ======= ===============
    name      shape         dtype   format
    ========= ============= ======= ===============
    ``img``   ``(3, H, W)`` float32 RGB, [0, 255]
    ``label`` ``(H, W)``    int32   [-1, 20]
    ========= ============= ======= ===============

    Args:
        data_dir: The folder ``VOC2012`` itself. ``'auto'`` is ChainerCV's,
            ``$CHAINER_DATASET_ROOT/pfnet/chainercv/voc/VOCdevkit/VOC2012``, which is downloaded where it
            is missing; ``SegmentationClassAug`` is not.
        split: ``'train'``, ``'trainval'``, ``'val'`` or ``'trainaug'``.

    Attributes:
        ids: The names of the samples.

    Raises:
        ValueError: There is no such split.
        DatasetError: The folder is laid out otherwise, files that the list names are missing, the label
            maps hold something else, or the download fails.
    """

    def __init__(self, data_dir: str | os.PathLike[str] = 'auto', split: str = 'train') -> None:
        if split not in _SPLITS:
            raise ValueError(f'split must be one of {tuple(_SPLITS)}, not {split!r}')
        labels, list_name = 'SegmentationClass', f'ImageSets/Segmentation/{split}.txt'
        parts = ('JPEGImages',) if split == 'trainaug' else ('JPEGImages', labels, list_name)
        folder, remedy = locate(data_dir, _ARCHIVE, parts, name='voc')
        if split == 'trainaug':
            labels = 'SegmentationClassAug'
            list_name = next(
                (name for name in _TRAINAUG_LISTS if is_there(folder / name)), _TRAINAUG_LISTS[0]
            )
            remedy = (
                'get SegmentationClassAug and trainaug.txt, which are not part of VOC but made from '
                f"Hariharan's SBD, and put them at {folder / labels} and {folder / list_name}"
            )
        layout = Layout(f'VOC2012 {split}', folder, ('JPEGImages', labels, list_name), remedy)
        layout.check()
        self.ids = _read_ids(folder / list_name, folder / 'JPEGImages')
        names = [
            f'{part}/{id_}{suffix}'
            for part, suffix in (('JPEGImages', '.jpg'), (labels, '.png'))
            for id_ in self.ids
        ]
        paths = layout.find_files(names, listed_in=str(folder / list_name))
        layout.report(len(self.ids), _SPLITS[split])
        label_paths = paths[len(self.ids) :]
        check_label_files(label_paths, voc_label_format, remedy=remedy)
        super().__init__(paths[: len(self.ids)], label_paths, label_format=voc_label_format)
        self.data_dir = os.fspath(folder)


def _read_ids(path: Path, images: Path) -> list[str]:
    """Read a list of ids, taken as they are written, or of paths of image and label map."""
    finder = FileFinder()
    ids = {
        number: line if finder.find(images / f'{line}.jpg') else _id_of_paths(line)
        for number, line in read_list(path).items()
    }
    check_once(ids, path)
    return list(ids.values())


def _id_of_paths(line: str) -> str:
    """Tell of which id all words of a line are the files; the line itself where there is none."""
    paths = [_PATH.fullmatch(word) for word in line.split()]
    ids = {path['id'] if path else line for path in paths}
    return ids.pop() if len(ids) == 1 else line
