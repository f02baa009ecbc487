"""Image transforms on NumPy arrays, under ChainerCV's names."""

from chainercv_seg.transforms._backends import resize_backend
from chainercv_seg.transforms.flip import flip
from chainercv_seg.transforms.random_crop import random_crop
from chainercv_seg.transforms.random_flip import random_flip
from chainercv_seg.transforms.random_sized_crop import random_sized_crop
from chainercv_seg.transforms.resize import resize
from chainercv_seg.transforms.resize_contain import resize_contain
from chainercv_seg.transforms.scale import scale

__all__ = [
    'flip',
    'random_crop',
    'random_flip',
    'random_sized_crop',
    'resize',
    'resize_backend',
    'resize_contain',
    'scale',
]
