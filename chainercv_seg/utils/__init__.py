"""Reading and writing images, downloads, iterators, errors, optional dependencies."""

from chainercv_seg.utils.abort_on_failure import abort_on_failure
from chainercv_seg.utils.apply_to_iterator import apply_to_iterator
from chainercv_seg.utils.archives import extractall
from chainercv_seg.utils.contracts import (
    assert_is_semantic_segmentation_dataset,
    assert_is_semantic_segmentation_link,
)
from chainercv_seg.utils.download import cached_download, download_model
from chainercv_seg.utils.errors import (
    DatasetError,
    DeviceError,
    DownloadError,
    ImageFileError,
    JournalError,
    MissingExtraError,
    OutputError,
    RankError,
    TrainingError,
    UserError,
    WeightsError,
)
from chainercv_seg.utils.fetch_archive import fetch_archive
from chainercv_seg.utils.image_files import read_image, read_label, write_image
from chainercv_seg.utils.prepare_pretrained_model import prepare_pretrained_model
from chainercv_seg.utils.progress_hook import ProgressHook
from chainercv_seg.utils.unzip import unzip

__all__ = [
    'DatasetError',
    'DeviceError',
    'DownloadError',
    'ImageFileError',
    'JournalError',
    'MissingExtraError',
    'OutputError',
    'ProgressHook',
    'RankError',
    'TrainingError',
    'UserError',
    'WeightsError',
    'abort_on_failure',
    'apply_to_iterator',
    'assert_is_semantic_segmentation_dataset',
    'assert_is_semantic_segmentation_link',
    'cached_download',
    'download_model',
    'extractall',
    'fetch_archive',
    'prepare_pretrained_model',
    'read_image',
    'read_label',
    'unzip',
    'write_image',
]
