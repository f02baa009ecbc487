"""Reading and writing images, errors, optional dependencies."""

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

__all__ = [
    'DatasetError',
    'DeviceError',
    'ImageFileError',
    'JournalError',
    'MissingExtraError',
    'OutputError',
    'UserError',
    'WeightsError',
    'read_image',
    'read_label',
    'write_image',
]
