"""Cityscapes: street scenes of 50 cities, nineteen classes."""

import os
from pathlib import Path

from chainercv_seg.datasets.cityscapes_labels import cityscapes_label_format
from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.datasets.file_names import name_form, names_in
from chainercv_seg.datasets.image_key import cityscapes_image_key
from chainercv_seg.datasets.label_check import check_label_files
from chainercv_seg.datasets.layout import Layout
from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.errors import DatasetError

#: For each split of each kind of labels the number of its images.
_SPLITS = {
    'fine': {'train': 2975, 'val': 500},
    'coarse': {'train': 2975, 'val': 500, 'train_extra': 19998},
}
_TEST_IMAGES = 1525
_DOWNLOADS = 'https://www.cityscapes-dataset.com/downloads/'
_IMAGE = '_leftImg8bit.png'


class CityscapesSemanticSegmentationDataset(FileDataset):
    """Semantic segmentation data set `Cityscapes`_.

    Features: 2,975 / 500 images (train / val) of 1024x2048 pixels with fine and with coarse labels, and
    19,998 (train_extra) with coarse labels only.

    Format: ``leftImg8bit/SPLIT/CITY/CITY_SEQUENCE_FRAME_leftImg8bit.png`` and
    ``gtFine/SPLIT/CITY/CITY_SEQUENCE_FRAME_gtFine_labelIds.png``, or ``gtCoarse`` likewise. The files
    hold label ids; those that the benchmark does not evaluate become void. Samples are in the order of
    the cities, and in a city of the file names.

    It must be downloaded by hand, since its licence wants everybody to register.

    Classes: ``cityscapes_semantic_segmentation_label_names``.

    Citation: Cordts et al.: The Cityscapes dataset for semantic urban scene understanding. CVPR 2016.

    .. _Cityscapes: https://www.cityscapes-dataset.com

    ========= ============= ======= ===============
    name      shape         dtype   format
    ========= ============= ======= ===============
    ``img``   ``(3, H, W)`` float32 RGB, [0, 255]
    ``label`` ``(H, W)``    int32   [-1, 18]
    ========= ============= ======= ===============

    Args:
        data_dir: The folder that holds ``leftImg8bit`` and ``gtFine`` or ``gtCoarse``, or the archives
            with them, which need not be unpacked. ``'auto'`` is
            ChainerCV's cache folder, ``$CHAINER_DATASET_ROOT/pfnet/chainercv/cityscapes``.
        label_resolution: ``'fine'`` or ``'coarse'``. One of them must be given.
        split: ``'train'``, ``'val'`` or, with coarse labels, ``'train_extra'``.
        ignore_labels: False gives the label ids as they are in the files, [0, 33].

    Raises:
        ValueError: There is no such split or resolution.
        DatasetError: The folder is laid out otherwise, an image lacks its label map or a label map its
            image, or the label maps hold something else than label ids.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str] = 'auto',
        label_resolution: str | None = None,
        split: str = 'train',
        ignore_labels: bool = True,
    ) -> None:
        if label_resolution not in _SPLITS:
            raise ValueError(
                f'label_resolution must be one of {tuple(_SPLITS)}, not {label_resolution!r}'
            )
        splits = _SPLITS[label_resolution]
        if split not in splits:
            raise ValueError(
                f'split must be one of {tuple(splits)} with {label_resolution} labels, not {split!r}; '
                'for the images of the test split there is CityscapesTestImageDataset'
            )
        truth = 'gtFine' if label_resolution == 'fine' else 'gtCoarse'
        layout = _layout(
            data_dir,
            f'{split} ({label_resolution})',
            (f'leftImg8bit/{split}', f'{truth}/{split}'),
            'leftImg8bit_trainextra.zip'
            if split == 'train_extra'
            else 'leftImg8bit_trainvaltest.zip',
            'gtFine_trainvaltest.zip' if label_resolution == 'fine' else 'gtCoarse.zip',
        )
        images = _files(layout.path(f'leftImg8bit/{split}'), _IMAGE)
        labels = _files(layout.path(f'{truth}/{split}'), f'_{truth}_labelIds.png')
        layout.report(len(images), splits[split])
        if not labels:
            raise _no_label_ids(layout, truth, split)
        keys = layout.pair(images, labels)
        label_paths = [labels[key] for key in keys]
        check_label_files(label_paths, cityscapes_label_format, remedy=layout.remedy)
        super().__init__(
            [images[key] for key in keys],
            label_paths,
            label_format=cityscapes_label_format if ignore_labels else None,
        )
        self.ignore_labels = ignore_labels


class CityscapesTestImageDataset(FileDataset):
    """The images of Cityscapes' test split, whose labels are not published.

    Features: 1,525 images of 1024x2048 pixels.

    Format: ``leftImg8bit/test/CITY/CITY_SEQUENCE_FRAME_leftImg8bit.png``, in the order of the cities, and
    in a city of the file names.

    A sample is an image ``(3, H, W)``, float32 RGB in [0, 255].

    Args:
        data_dir: The folder that holds ``leftImg8bit``. ``'auto'`` is ChainerCV's cache folder,
            ``$CHAINER_DATASET_ROOT/pfnet/chainercv/cityscapes``.

    Raises:
        DatasetError: The folder is laid out otherwise.
    """

    def __init__(self, data_dir: str | os.PathLike[str] = 'auto') -> None:
        layout = _layout(data_dir, 'test', ('leftImg8bit/test',), 'leftImg8bit_trainvaltest.zip')
        images = _files(layout.path('leftImg8bit/test'), _IMAGE)
        layout.report(len(images), _TEST_IMAGES)
        super().__init__(list(images.values()))


def _layout(
    data_dir: str | os.PathLike[str], split: str, parts: tuple[str, ...], *archives: str
) -> Layout:
    folder = cache_folder('cityscapes') if data_dir == 'auto' else Path(data_dir)
    layout = Layout(
        f'Cityscapes {split}',
        folder,
        parts,
        f'download {" and ".join(archives)} from {_DOWNLOADS} (after registration there) and extract '
        f'in {folder}',
    )
    layout.check()
    return layout


def _files(folder: Path, suffix: str) -> dict[str, str]:
    """Files in the folders of the cities, by city and frame."""
    return {
        name_form(f'{city}/{cityscapes_image_key(name)}'): os.path.join(folder, city, name)
        for city in names_in(folder)
        for name in names_in(folder / city, suffix)
    }


def _no_label_ids(layout: Layout, truth: str, split: str) -> DatasetError:
    """The error for a folder without label ids, which may hold labels of another kind."""
    folder = layout.path(f'{truth}/{split}')
    found, mistake = 'none', ''
    for kind, what in (
        ('labelTrainIds', 'These are train ids where label ids are expected. '),
        ('color', 'These are RGB labels. '),
    ):
        others = _files(folder, f'_{truth}_{kind}.png')
        if others:
            found, mistake = next(iter(others.values())), what
            break
    return DatasetError(
        f'{layout.title}: expected label maps *_{truth}_labelIds.png in {folder}; found {found}. '
        f'{mistake}Either read labels of another kind with FolderSemanticSegmentationDataset, or '
        f'{layout.remedy}'
    )
