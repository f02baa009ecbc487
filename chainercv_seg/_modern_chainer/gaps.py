"""What Chainer 7.8.1 misses: one table, with what opened each gap."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chainercv_seg._modern_chainer.environment import always, cupy_since, pkg_resources_warns, since


@dataclass(frozen=True)
class Gap:
    """Something that a module of Chainer asks for and that is gone.

    Attributes:
        module: The module of Chainer.
        since: The release that opened the gap.
        is_open: Says if it is open in this environment. Asked when the module is imported.
        substitutions: Regular expressions and their replacements in the module's source. They
            keep its lines, so that line numbers stay true.
    """

    module: str
    since: str
    is_open: Callable[[], bool]
    substitutions: tuple[tuple[str, str], ...]


WORKING_SET = (
    r'^import pkg_resources$',
    'from chainercv_seg._modern_chainer import working_set as pkg_resources',
)
BINDINGS = 'from chainercv_seg._modern_chainer.cupy_libraries import bindings; '
ONNX_MAPPING = (
    (
        r'^( *)from onnx\.mapping import NP_TYPE_TO_TENSOR_TYPE$',
        r'\1from onnx.helper import np_dtype_to_tensor_dtype',
    ),
    (
        r"\bNP_TYPE_TO_TENSOR_TYPE\[(typ|var\.dtype|np\.dtype\('\w+'\))\]",
        r'np_dtype_to_tensor_dtype(\1)',
    ),
)

GAPS = (
    # The two checks that go look for Accelerate, through numpy.distutils, and for a CuPy older than
    # 8, through pkg_resources: the second could only warn wrongly.
    Gap(
        'chainer._environment_check',
        'NumPy 1.23 (numpy.distutils warns, gone from Python 3.12 on), setuptools 67.3, CuPy 8',
        always,
        (
            (r'^import (numpy\.distutils\.system_info|pkg_resources)$', ''),
            (r'^    _check_(osx_numpy_backend|optional_dependencies)\(\)$', ''),
        ),
    ),
    Gap(
        'chainer.testing.helper',
        'setuptools 67.3 (pkg_resources warns), 82 (it is gone)',
        pkg_resources_warns,
        (WORKING_SET,),
    ),
    Gap(
        'chainer.testing.doctest_helper',
        'setuptools 67.3 (pkg_resources warns), 82 (it is gone)',
        pkg_resources_warns,
        (WORKING_SET,),
    ),
    Gap(
        'chainer.functions.array.resize_images',
        'NumPy 1.24 (numpy.float)',
        since('numpy', 1, 24),
        ((r'\bnumpy\.float\b', 'float'),),
    ),
    Gap(
        'chainer.functions.array.as_strided',
        'NumPy 2.0 (numpy.sctypes)',
        since('numpy', 2, 0),
        (
            (r"\bnp\.sctypes\['int'\]", '(np.int8, np.int16, np.int32, np.int64)'),
            (r"\bgy\.dtype not in np\.sctypes\['float'\]", "gy.dtype.kind != 'f'"),
        ),
    ),
    # Chainer prints 'CPU' for arrays that have no device.
    Gap(
        'chainer.variable',
        'NumPy 2.0 (numpy.ndarray.device)',
        since('numpy', 2, 0),
        (
            (
                r"= (getattr\(array, 'device', 'CPU'\))",
                r"= 'CPU' if xp is numpy else \1",
            ),
        ),
    ),
    # numpy.meshgrid returns a tuple.
    Gap(
        'chainer.distributions.categorical',
        'NumPy 2.0 (a list and what numpy.meshgrid returns)',
        since('numpy', 2, 0),
        ((r'\bmg \+ \[', 'list(mg) + ['),),
    ),
    # An int and a float16 scalar multiply to float64 before NumPy 2.0, to float16 after: the mean of
    # 4096 ones would be 0.5.
    Gap(
        'chainer.reporter',
        'NumPy 2.0 (products and sums of scalars)',
        since('numpy', 2, 0),
        ((r'\+= weight \* value', '+= numpy.float64(1) * weight * value'),),
    ),
    Gap(
        'chainer.dataset.convert',
        'NumPy 2.4 (output of numpy.maximum as third argument)',
        since('numpy', 2, 4),
        (
            (
                r'\bnumpy\.maximum\(shape, array\.shape, shape\)',
                'numpy.maximum(shape, array.shape, out=shape)',
            ),
        ),
    ),
    Gap(
        'chainer.functions.math.fix',
        'NumPy 2.5 (numpy.fix)',
        since('numpy', 2, 5),
        ((r'\bxp\.fix\(', 'xp.trunc('),),
    ),
    # Arrays where shapes are meant: no gradient where the kernel alone needs one.
    Gap(
        'chainer.functions.connection.deconvolution_2d',
        'Chainer itself (it mended this after 7.8.1, and released it never)',
        always,
        ((r'^( +self\._set_cover_all\()x, W\)$', r'\1x.shape, W.shape)'),),
    ),
    Gap(
        'chainer.links.activation.maxout',
        'NumPy 2.5 (setting numpy.ndarray.shape)',
        since('numpy', 2, 5),
        (
            (r'\barray\.shape = \((out_size, .*)\)$', r'array = array.reshape(\1)'),
            (r'^ *array\.shape = \(?linear_out_size, ?(in_size\))?$', ''),
        ),
    ),
    Gap(
        'chainer.iterators.multiprocess_iterator',
        'Python 3.10 (threading.Thread.setDaemon)',
        always,
        ((r'\bthread\.setDaemon\(True\)', 'thread.daemon = True'),),
    ),
    Gap(
        'chainer.backends.cuda',
        'Python 3.8 (time.clock), CuPy 8 (warns where cuDNN is missing)',
        always,
        (
            (r'\btime\.clock\(\)', 'time.perf_counter()'),
            (r'^( +)import cupy\.cuda\.cudnn$', rf"\1{BINDINGS}bindings('cudnn')"),
        ),
    ),
    # The advice to install cuDNN and then CuPy again. Here cuDNN is asked through its frontend, and links say
    # where that is missing.
    Gap(
        'chainer.backends.cuda',
        'CuPy 14 (has no cuDNN of its own)',
        always,
        ((r'^    if \(not cudnn_enabled and$', '    if (False and not cudnn_enabled and'),),
    ),
    Gap(
        'chainer.training.updaters.multiprocess_parallel_updater',
        'CuPy 8 (warns where NCCL is missing)',
        cupy_since(8, 0),
        ((r'^( +)from cupy\.cuda import nccl$', rf"\1{BINDINGS}nccl = bindings('nccl')"),),
    ),
    Gap(
        'chainer.training.updaters.multiprocess_parallel_updater',
        'CuPy 14 (float16 in kernels needs a header)',
        cupy_since(14, 0),
        ((r"^( +)loop_prep='''$", r"\1preamble='#include <cupy/float16.cuh>', loop_prep='''"),),
    ),
    Gap(
        'chainermn.nccl',
        'CuPy 8 (warns where NCCL is missing)',
        cupy_since(8, 0),
        (
            (
                r'^( +)(from cupy\.cuda\.nccl import get_build_version)\b',
                rf"\1{BINDINGS}bindings('nccl'); \2",
            ),
        ),
    ),
    # The descriptors are built from the serialized ones that the generated code holds, in a pool of
    # their own: another caffe.proto may be in the default one.
    Gap(
        'chainer.links.caffe.protobuf3.caffe_pb2',
        'protobuf 3.20 (code generated before 3.19 warns), 4 (it is refused)',
        since('protobuf', 3, 20),
        (
            (
                r'^from google\.protobuf import reflection as _reflection$',
                'from google.protobuf import descriptor_pool as _descriptor_pool',
            ),
            (
                r'^from google\.protobuf import descriptor_pb2$',
                'from google.protobuf.internal import builder as _builder',
            ),
            (
                r'^DESCRIPTOR = _descriptor\.FileDescriptor\((?s:.*?)'
                r'serialized_pb=(_b\(.*\))\n(?s:.*)\Z',
                r'DESCRIPTOR = _descriptor_pool.DescriptorPool().AddSerializedFile(\1)'
                '\n_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, globals())'
                '\n_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, __name__, globals())\n',
            ),
        ),
    ),
    Gap(
        'chainermn.iterators.multi_node_iterator',
        'NumPy 2.4 (int of an array of one element)',
        since('numpy', 2, 4),
        ((r'\bint\(_size\)', 'int(_size.item())'),),
    ),
    Gap(
        'chainermn.communicators._memory_utility',
        'NumPy 2.0 and CuPy 14 (copy=False refuses where a copy is needed)',
        lambda: since('numpy', 2, 0)() or cupy_since(14, 0)(),
        ((r'\bxp\.array\(v, copy=False, dtype=transfer_dtype\)', 'v.astype(transfer_dtype)'),),
    ),
    Gap(
        'chainermn.communicators._memory_utility',
        'CuPy 14 (half in kernels needs a header)',
        cupy_since(14, 0),
        (
            (
                r"\bchainer\.cuda\.raw\(r'''$",
                r"chainer.cuda.raw('#include <cuda_fp16.h>\\n' r'''",
            ),
        ),
    ),
    Gap(
        'onnx_chainer.export',
        'onnx 1.13 (onnx.mapping warns), 1.19 (it is gone)',
        since('onnx', 1, 13),
        ONNX_MAPPING,
    ),
    Gap(
        'onnx_chainer.functions.array',
        'onnx 1.13 (onnx.mapping warns), 1.19 (it is gone)',
        since('onnx', 1, 13),
        ONNX_MAPPING,
    ),
    Gap(
        'onnx_chainer.functions.math',
        'onnx 1.13 (onnx.mapping warns), 1.19 (it is gone)',
        since('onnx', 1, 13),
        ONNX_MAPPING,
    ),
    Gap(
        'onnx_chainer.context',
        'onnx 1.13 (onnx.mapping warns), 1.19 (it is gone)',
        since('onnx', 1, 13),
        (
            (
                r'onnx\.mapping\.STORAGE_TENSOR_TYPE_TO_FIELD\.get\($',
                'onnx.helper.tensor_dtype_to_field(',
            ),
            (r'^        tensor\.data_type, None\)$', '        tensor.data_type)'),
        ),
    ),
)


def open_gaps(module: str) -> list[Gap]:
    """List the gaps of a module that are open in this environment."""
    return [gap for gap in GAPS if gap.module == module and gap.is_open()]


def mend(source: str, gaps: Iterable[Gap]) -> str:
    """Close gaps in the source of a module."""
    for gap in gaps:
        for old, new in gap.substitutions:
            source = re.sub(old, new, source, flags=re.MULTILINE)
    return source
