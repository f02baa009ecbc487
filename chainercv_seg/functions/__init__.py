"""Numerical functions that Chainer lacks or does slowly: arrays in, arrays out, channels last.

They need neither Chainer nor numba; with numba (the extra ``fast``) they are several times faster.
"""

from chainercv_seg.functions.blas_threads import thread_count
from chainercv_seg.functions.compiled import describe
from chainercv_seg.functions.convolution import (
    Convolution,
    convolution_costs,
    prepare_convolution,
)
from chainercv_seg.functions.depthwise import DepthwiseConvolution, separable_convolution
from chainercv_seg.functions.fft_convolution import fft_convolution, prepare_fft
from chainercv_seg.functions.kernel_gradient import kernel_gradient
from chainercv_seg.functions.largest import largest
from chainercv_seg.functions.matmul_convolution import matmul_convolution, prepare_matmul
from chainercv_seg.functions.normalization import local_response_normalization
from chainercv_seg.functions.pooling import average_pool, max_pool, max_pool_with_codes, unpool
from chainercv_seg.functions.resize import bilinear_matrix, resize_map, resize_planes
from chainercv_seg.functions.softmax import softmax
from chainercv_seg.functions.winograd import prepare_winograd, winograd_convolution

__all__ = [
    'Convolution',
    'DepthwiseConvolution',
    'average_pool',
    'bilinear_matrix',
    'convolution_costs',
    'describe',
    'fft_convolution',
    'kernel_gradient',
    'largest',
    'local_response_normalization',
    'matmul_convolution',
    'max_pool',
    'max_pool_with_codes',
    'prepare_convolution',
    'prepare_fft',
    'prepare_matmul',
    'prepare_winograd',
    'resize_map',
    'resize_planes',
    'separable_convolution',
    'softmax',
    'thread_count',
    'unpool',
    'winograd_convolution',
]
