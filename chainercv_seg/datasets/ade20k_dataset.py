"""ADE20K as the scene parsing benchmark has it: scenes of all kinds, 150 classes."""

import os

from chainercv_seg.datasets.ade20k_labels import ade20k_label_format
from chainercv_seg.datasets.cached_archive import Archive, locate
from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.datasets.file_names import name_form, names_in
from chainercv_seg.datasets.image_key import image_key
from chainercv_seg.datasets.label_check import check_label_files
from chainercv_seg.datasets.layout import Layout

#: For each split its folder and the number of its images.
_SPLITS = {'train': ('training', 20210), 'val': ('validation', 2000)}
_TEST_IMAGES = 3352
_ROOT = 'ADEChallengeData2016'
_ARCHIVE = Archive(
    ('http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip',),
)
_TEST_ARCHIVE = Archive(
    ('http://data.csail.mit.edu/places/ADEchallenge/release_test.zip',),
)


class ADE20KSemanticSegmentationDataset(FileDataset):
    """Semantic segmentation data set `ADE20K`_, in the selection of the scene parsing benchmark.

    Features: 20,210 / 2,000 images (train / val) of many sizes.

    Format: ``ADEChallengeData2016/images/training/NAME.jpg`` and
    ``ADEChallengeData2016/annotations/training/NAME.png``, or ``validation`` likewise. In the files 0 is
    void and the classes are 1 to 150. Samples are in the order of the file names.

    Classes: ``ade20k_semantic_segmentation_label_names``.

    Citation: Zhou et al.: Scene parsing through ADE20K dataset. CVPR 2017.

    .. _ADE20K: http://sceneparsing.csail.mit.edu/

    ========= ============= ======= ===============
    name      shape         dtype   format
    ========= ============= ======= ===============
    ``img``   ``(3, H, W)`` float32 RGB, [0, 255]
    ``label`` ``(H, W)``    int32   [-1, 149]
    ========= ============= ======= ===============

    Args:
        data_dir: The folder that holds ``ADEChallengeData2016``. ``'auto'`` is ChainerCV's cache folder,
            ``$CHAINER_DATASET_ROOT/pfnet/chainercv/ade20k``, into which it is downloaded where it is
            missing.
        split: ``'train'`` or ``'val'``.

    Raises:
        ValueError: There is no such split.
        DatasetError: The folder is laid out otherwise, an image lacks its label map or a label map its
            image, the label maps hold something else, or the download fails.
    """

    def __init__(self, data_dir: str | os.PathLike[str] = 'auto', split: str = 'train') -> None:
        if split not in _SPLITS:
            raise ValueError(
                f'split must be one of {tuple(_SPLITS)}, not {split!r}; for the images of the test '
                'split there is ADE20KTestImageDataset'
            )
        name, official = _SPLITS[split]
        parts = (f'{_ROOT}/images/{name}', f'{_ROOT}/annotations/{name}')
        layout = _layout(data_dir, split, parts, _ARCHIVE)
        images, labels = (
            {name_form(image_key(file)): file for file in names_in(layout.folder / part, suffix)}
            for part, suffix in zip(parts, ('.jpg', '.png'), strict=True)
        )
        layout.report(len(images), official)
        keys = layout.pair(images, labels)
        label_paths = [os.path.join(layout.folder, parts[1], labels[key]) for key in keys]
        check_label_files(label_paths, ade20k_label_format, remedy=layout.remedy)
        super().__init__(
            [os.path.join(layout.folder, parts[0], images[key]) for key in keys],
            label_paths,
            label_format=ade20k_label_format,
        )


class ADE20KTestImageDataset(FileDataset):
    """The images of ADE20K's test split, whose labels are not published.

    Features: 3,352 images of many sizes.

    Format: ``release_test/testing/NAME.jpg``, in the order of the file names.

    A sample is an image ``(3, H, W)``, float32 RGB in [0, 255].

    Args:
        data_dir: The folder that holds ``release_test``. ``'auto'`` is ChainerCV's cache folder,
            ``$CHAINER_DATASET_ROOT/pfnet/chainercv/ade20k``, into which it is downloaded where it is
            missing.

    Raises:
        DatasetError: The folder is laid out otherwise, or the download fails.
    """

    def __init__(self, data_dir: str | os.PathLike[str] = 'auto') -> None:
        layout = _layout(data_dir, 'test', ('release_test/testing',), _TEST_ARCHIVE)
        folder = layout.folder / layout.parts[0]
        names = names_in(folder, '.jpg')
        layout.report(len(names), _TEST_IMAGES)
        super().__init__([folder / name for name in names])


def _layout(
    data_dir: str | os.PathLike[str], split: str, parts: tuple[str, ...], archive: Archive
) -> Layout:
    folder, remedy = locate(data_dir, archive, parts, name='ade20k')
    layout = Layout(f'ADE20K {split}', folder, parts, remedy)
    layout.check()
    return layout
