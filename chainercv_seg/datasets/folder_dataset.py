"""A data set of one's own: a folder of images and a folder of label maps."""

import os
from collections.abc import Sequence
from pathlib import Path

from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.datasets.file_names import files_below, is_folder, name_form, names_in
from chainercv_seg.datasets.image_key import IMAGE_SUFFIXES, image_key
from chainercv_seg.datasets.label_check import check_label_files
from chainercv_seg.datasets.label_format import own_label_format
from chainercv_seg.datasets.packed_root import only_folder
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.label_files import LABEL_SUFFIXES
from chainercv_seg.utils.there_instead import there_instead


class FolderSemanticSegmentationDataset(FileDataset):
    """Semantic segmentation data set of images and label maps that are called alike.

    Format: ``img_dir`` holds images of any usual format, ``label_dir`` indexed or grey images (PNG, TIFF or
    BMP) or npy files whose values are classes, each named like its image, apart from the suffix. Both may
    lie in folders below. Samples are in the order of their names.

    ========= ============= ======= ===================
    name      shape         dtype   format
    ========= ============= ======= ===================
    ``img``   ``(3, H, W)`` float32 RGB, [0, 255]
    ``label`` ``(H, W)``    int32   [-1, n_class - 1]
    ========= ============= ======= ===================

    Args:
        img_dir: Folder of the images, a zip or a folder in one (``images.zip/left``), or None for a data
            set of label maps alone.
        label_dir: Likewise of the label maps.
        label_names: A name for each class.
        ignore_label: The value of void pixels in the files.
        label_values: The value of each class in the files. None: the classes from 0 on.
        ids: Names of samples, without suffix, to choose some of them and their order. None: all.

    Raises:
        DatasetError: A folder is missing or empty, an image or a label map lacks its counterpart, two
            files have one name, or the label maps hold something else.
        ValueError: ``ignore_label`` is the value of a class, or ``label_values`` are not one a class.
    """

    def __init__(
        self,
        img_dir: str | os.PathLike[str] | None,
        label_dir: str | os.PathLike[str],
        label_names: Sequence[str],
        *,
        ignore_label: int = 255,
        ids: Sequence[str] | None = None,
        label_values: Sequence[int] | None = None,
    ) -> None:
        self.label_names = tuple(label_names)
        label_format = own_label_format(
            len(self.label_names), void=ignore_label, values=label_values
        )
        labels = _files(Path(label_dir), LABEL_SUFFIXES, without=img_dir)
        images = labels
        if img_dir is not None:
            images = _files(Path(img_dir), IMAGE_SUFFIXES, without=label_dir)
        self.ids = sorted({*images, *labels}) if ids is None else list(ids)
        keys = [name_form(name) for name in self.ids]
        for name in keys:
            for folder, files in ((img_dir or label_dir, images), (label_dir, labels)):
                if name not in files:
                    others = _others(Path(folder), [files[key] for key in keys if key in files])
                    raise DatasetError(
                        f'{folder} has no file {name}.*.{there_instead(name, others)} Expected an image '
                        f'and a label map of each sample; found {len(images)} images and {len(labels)} '
                        'label maps'
                    )
        label_paths = [labels[name] for name in keys]
        check_label_files(
            label_paths,
            label_format,
            remedy='give other label_names (--label-names), label_values (--label-values) or another '
            'ignore_label (--ignore-label)',
        )
        super().__init__([images[name] for name in keys], label_paths, label_format=label_format)
        if img_dir is None:
            self.keys = ('label',)


def _files(
    folder: Path, suffixes: tuple[str, ...], *, without: str | os.PathLike[str] | None
) -> dict[str, Path]:
    """Files below a folder, but not in another one in it, by what those of an image have in common."""
    folder = only_folder(folder)
    if folder.exists() and not is_folder(folder):
        raise DatasetError(f'{folder}: expected a folder, found a file')
    if not is_folder(folder):
        others = there_instead(folder.name, names_in(folder.parent)).rstrip('.')
        raise DatasetError(f'{folder}: expected a folder, found none.{others}'.rstrip('.'))
    files: dict[str, Path] = {}
    inner = _inside(folder, without)
    for path in files_below(folder):
        if path.suffix.lower() in suffixes and inner not in path.parents:
            other = files.setdefault(name_form(image_key(path)), path)
            if other is not path:
                raise DatasetError(f'{other} and {path} have one name: expected one of them')
    if not files:
        raise DatasetError(
            f'{folder}: expected files that end in one of {", ".join(suffixes)}, found none.'
            f'{there_instead("", names_in(folder))}'.rstrip('.')
        )
    return files


def _inside(folder: Path, other: str | os.PathLike[str] | None) -> Path | None:
    """The path in a folder of another folder, None where that lies elsewhere."""
    if other is None:
        return None
    root, inner = folder.resolve(), Path(other).resolve()
    return folder / inner.relative_to(root) if root in inner.parents else None


def _others(folder: Path, taken: list[Path]) -> list[str]:
    """What else is in a folder that lacks a file."""
    known = set(taken)
    return [str(path.relative_to(folder)) for path in files_below(folder) if path not in known]
