"""Reading and writing images, iterators, errors, optional dependencies."""

from chainercv_seg.utils.abort_on_failure import abort_on_failure
from chainercv_seg.utils.apply_to_iterator import apply_to_iterator
from chainercv_seg.utils.errors import (
    DatasetError,
    DeviceError,
    ImageFileError,
    JournalError,
    MissingExtraError,
    OutputError,
    UserError,
    WeightsError,
)
from chainercv_seg.utils.image_files import read_image, read_label, write_image
from chainercv_seg.utils.progress_hook import ProgressHook
from chainercv_seg.utils.unzip import unzip

__all__ = [
    'DatasetError',
    'DeviceError',
    'ImageFileError',
    'JournalError',
    'MissingExtraError',
    'OutputError',
    'ProgressHook',
    'UserError',
    'WeightsError',
    'abort_on_failure',
    'apply_to_iterator',
    'read_image',
    'read_label',
    'unzip',
    'write_image',
]
