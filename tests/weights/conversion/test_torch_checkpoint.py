import os
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion import read_torch_checkpoint
from tests.special_files import SPECIAL_FILES, make_special_file
from tests.weights.conversion.torch_files import (
    Checkpoint,
    Raw,
    archive,
    called,
    imported,
    pickled,
    rebuilt,
    stored,
)

W = np.arange(24, dtype=np.float32).reshape(4, 2, 3, 1) / 7


@pytest.fixture
def read(tmp_path):
    def read(data):
        path = tmp_path / 'checkpoint.pth'
        path.write_bytes(data)
        return read_torch_checkpoint(path)

    return read


@pytest.fixture
def error(read):
    """The message about a file, which is one line that names it."""

    def error(data):
        with pytest.raises(WeightsError) as caught:
            read(data)
        message = str(caught.value)
        assert 'checkpoint.pth' in message
        assert message.isprintable()
        assert len(message) < 1000
        return message

    return error


@pytest.mark.parametrize('legacy', [False, True])
def test_arrays_are_read_by_name(read, legacy):
    file = Checkpoint(legacy=legacy)
    state = {'w': file.tensor(W), 'b': file.tensor(W[0, 0, 0]), 'count': file.tensor(np.int64(7))}
    arrays = read(file.file({'epoch': 3, 'state_dict': state, 'note': ['a', (1, 2)]}))
    assert list(arrays) == ['w', 'b', 'count']
    np.testing.assert_array_equal(arrays['w'], W)
    assert arrays['w'].dtype == np.float32
    assert arrays['count'] == 7
    assert arrays['count'].shape == ()


@pytest.mark.parametrize('keys', [
    [], ['state_dict'], ['model_state_dict'], ['model_state'], ['model'], ['net'], ['model', 'state_dict'],
])  # fmt: skip
@pytest.mark.parametrize(
    'prefix', ['', 'module.', 'model.', '_orig_mod.', 'module._orig_mod.model.']
)
def test_the_state_dict_is_found_and_prefixes_are_left_out(read, keys, prefix):
    file = Checkpoint()
    content = {f'{prefix}layer.model.weight': file.tensor(W)}
    for key in reversed(keys):
        content = {'args': called('argparse.Namespace'), key: content, 'epoch': 3}
    assert list(read(file.file(content))) == ['layer.model.weight']


def test_floating_point_numbers_of_all_widths_become_float32_and_others_stay(read):
    file = Checkpoint()
    bits = np.array([0x3FC0, 0xC000], np.uint16)
    arrays = read(file.file({
        'half': file.tensor(W.astype(np.float16)),
        'double': file.tensor(W.astype(np.float64)),
        'bfloat': file.tensor(bits, 'BFloat16'),
        'empty': file.tensor(W[:0]),
        'byte': file.tensor(np.arange(3, dtype=np.int8)),
        'complex': file.tensor(W.astype(np.complex64)),
    }))  # fmt: skip
    np.testing.assert_allclose(arrays['half'], W, rtol=1e-3)
    np.testing.assert_array_equal(arrays['double'], W)
    assert arrays['bfloat'].tolist() == [1.5, -2]
    assert {arrays[name].dtype.name for name in ('half', 'double', 'bfloat')} == {'float32'}
    assert arrays['empty'].shape == (0, 2, 3, 1)
    assert (arrays['byte'].dtype, arrays['complex'].dtype) == (np.int8, np.complex64)


def test_parts_of_storages_are_read_by_offset_and_strides(read):
    file = Checkpoint()
    file.tensor(np.arange(6, dtype=np.float32))
    there = stored('0', 6)
    arrays = read(file.file({
        'turned': rebuilt(there, (3, 2), (1, 3)),
        'behind': rebuilt(there, (2,), (1,), 4),
        'one': rebuilt(there, (1, 2), (10**15, 1)),
    }))  # fmt: skip
    assert arrays['turned'].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert arrays['behind'].tolist() == [4, 5]
    assert arrays['one'].tolist() == [[0, 1]]


def test_parameters_are_read_as_tensors(read):
    file = Checkpoint()
    tensor = file.tensor(W)
    parameter = called('torch._utils._rebuild_parameter', tensor, True, {})
    function, arguments = imported('torch._utils._rebuild_tensor_v2'), Raw(tensor[33:-1])
    typed = called('torch._tensor._rebuild_from_type_v2', function,
                   imported('torch.nn.parameter.Parameter'), arguments, {})  # fmt: skip
    state = called('torch._utils._rebuild_parameter_with_state', tensor, True, {}, {'a': 1})
    arrays = read(file.file({'a': parameter, 'b': typed, 'c': state}))
    assert len(arrays) == 3
    for array in arrays.values():
        np.testing.assert_array_equal(array, W)


@pytest.mark.parametrize(('tensor', 'what'), [
    (called('torch._utils._rebuild_sparse_tensor', imported('torch.sparse_coo'), ()), 'a sparse tensor'),
    (called('torch._utils._rebuild_qtensor', stored('0', 4, 'QInt8'), 0), 'a quantized tensor'),
    (called('torch._utils._rebuild_meta_tensor_no_storage', imported('torch.float32')), 'of the device meta'),
    (called('torch._utils._rebuild_tensor_v3', stored('0', 4, 'Untyped'), imported('torch.float8_e4m3fn')),
     'torch.float8_e4m3fn'),
    (called('torch._utils._rebuild_of_tomorrow'), '_rebuild_of_tomorrow'),
])  # fmt: skip
def test_tensors_that_are_not_read_are_refused_by_name(error, tensor, what):
    message = error(Checkpoint().file({'layer.weight': tensor}))
    assert message.startswith('layer.weight in ')
    assert f'{what}, which is not read' in message


@pytest.mark.parametrize(('shape', 'strides', 'offset', 'cause'), [
    ((10**10,), (0,), 0, 'has the shape (10000000000,), and 16 numbers'),
    ((-1,), (1,), 0, 'a shape that no array has: (-1,)'),
    ((1,) * 40, (1,) * 40, 0, 'a shape that no array has: (1, 1, 1, 1, 1, 1, ...)'),
    ((2**200,), (1,), 0, 'has the shape (2**201,), and 16 numbers'),
    ((4,), (2**90,), 0, 'lies outside of its 16 numbers'),
    ((4,), (-1,), 0, 'lies outside of its 16 numbers'),
    ((4,), (1, 1), 0, 'lies outside of its 16 numbers'),
    ((4,), (1,), 13, 'lies outside of its 16 numbers'),
    ((4,), (1,), -1, 'lies outside of its 16 numbers'),
    ((4,), ('1',), 0, 'its pickle is broken'),
])  # fmt: skip
def test_shapes_are_checked_before_memory_is_taken(error, shape, strides, offset, cause):
    file = Checkpoint()
    file.tensor(np.arange(16, dtype=np.float32))
    data = file.file({'w': rebuilt(stored('0', 16), shape, strides, offset)})
    tracemalloc.start()
    message = error(data)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    assert cause in message


def test_many_tensors_of_the_same_numbers_take_no_more_memory_than_a_few(error):
    file = Checkpoint()
    file.tensor(np.zeros(10_000, np.float16))
    tensor = rebuilt(stored('0', 10_000, 'Half'), (10_000,), (1,))
    assert 'asks for more numbers' in error(file.file({f'w{i}': tensor for i in range(1000)}))


class Planted:
    def __reduce__(self):
        return os.mkdir, ('planted',)


def with_pickle(instructions):
    return archive({'data.pkl': b'\x80\x02' + instructions})


NOT_ALONE = 'is no sound checkpoint of tensors alone: '


@pytest.mark.parametrize(('data', 'cause'), [
    (b'', NOT_ALONE + 'it is empty'),
    (b'<!DOCTYPE html><html>404</html>', NOT_ALONE + 'it looks like a web page'),
    (b'\x89HDF\r\n\x1a\n' + bytes(99), 'HDF5'),
    (struct.pack('<Q', 99) + b'{"w":{"dtype":"F32"', 'safetensors'),
    (b'version https://git-lfs.github.com/spec/v1\n', 'Git LFS'),
    (b'layer { name: "conv1" }\n', 'it looks like text'),
    (bytes(1000), 'it is of no known format'),
    (pickle.dumps({'a': 1}), 'it looks like a pickle'),
    (pickle.dumps({'a': 1}, protocol=2), 'it is a pickle of something else'),
    (archive({'a.npy': b''}), 'it looks like an npz file of NumPy'),
    (archive({'word/document.xml': b''}), 'it is a zip archive of something else'),
    (archive({'data.pkl': b'', 'constants.pkl': b'', 'code/a.py': b''}), 'it is a TorchScript program. Save'),
    (archive({'data.pkl': b'.', 'data/0': bytes(10**6)}, zipfile.ZIP_DEFLATED), 'it is compressed'),
    (Checkpoint().file({'epoch': 3}), 'holds no tensors'),
    (Checkpoint().file({'state_dict': 'x'}), 'holds no tensors'),
    (Checkpoint().file([Checkpoint().tensor(W)]), 'holds no tensors'),
    (Checkpoint().file({1: Checkpoint().tensor(W)}), 'holds a tensor under 1, which is no name'),
    (with_pickle(b'}q\x00' + pickled('state_dict') + b'h\x00s.'), 'holds no tensors'),  # in itself
    (with_pickle(b'}' + pickled('w') + b'ctorch._utils\n_rebuild_parameter\n]q\x00Rq\x01s.'), 'its pickle'),
    (with_pickle(b'})' + b'\x85' * 200_000 + b'K\x01s.'), 'holds no tensors'),  # as a key
    (with_pickle(b']' * 2**20 + b'.'), 'its pickle is too long'),
    (with_pickle(b'}r\xff\xff\xff\xff.'), 'holds no tensors'),  # a place in the memo that there is not
    (with_pickle(b'}X\xff\xff\xff\x7f.'), 'its pickle is broken or cut short'),
    (with_pickle(b'}a.'), 'its pickle is broken'),
    (with_pickle(b'}'), 'its pickle is broken or cut short'),
    (Checkpoint().file({'w': rebuilt(stored('../../0', 4), (4,), (1,))}), "no item named 'archive"),
    (Checkpoint(legacy=True).file({'w': rebuilt(stored('0', 4, legacy=True), (4,), (1,))}), 'is cut short'),
])  # fmt: skip
def test_what_is_no_checkpoint_is_one_line_that_says_what_it_is(error, data, cause):
    assert cause in error(data)


@pytest.mark.parametrize('content', [
    called('posix.system', 'mkdir planted'),
    {'state_dict': {'w': Checkpoint().tensor(W)}, 'other': called('builtins.eval', '1')},
    Raw(imported('__main__.Net') + b')\x81}b'),
    {'model': called('torch.nn.modules.container.Sequential')},
    called('torch._utils._rebuild_tensor_v2.__globals__.get', 'a'),
])  # fmt: skip
@pytest.mark.parametrize('legacy', [False, True])
def test_pickled_code_is_named_and_never_run(error, content, legacy):
    message = error(Checkpoint(legacy=legacy).file(content))
    assert 'it holds a pickled ' in message
    assert 'which is not run' in message
    assert 'torch.save(model.state_dict()' in message


@pytest.mark.parametrize('protocol', [2, 4])
def test_a_pickle_that_imports_os_does_nothing(error, tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    message = error(archive({'data.pkl': pickle.dumps({'w': Planted()}, protocol=protocol)}))
    assert f'it holds a pickled {os.mkdir.__module__}.mkdir' in message
    assert not (tmp_path / 'planted').exists()


def test_names_are_shown_and_do_nothing_to_the_terminal(error, read):
    file = Checkpoint()
    assert list(read(file.file({'\x1b[31m\nw': file.tensor(W)}))) == ['\\x1b[31m\\nw']
    names = {'module.w': file.tensor(W), 'model.w': file.tensor(W)}
    assert 'holds w twice' in error(file.file(names))
    several = {'model': {'w': file.tensor(W)}, 'net': {'w': file.tensor(W)}}
    assert 'state dicts under model and net' in error(file.file(several))


@pytest.mark.parametrize('legacy', [False, True])
def test_a_file_cut_anywhere_and_one_with_any_bit_turned_is_an_error_or_sound(read, legacy):
    file = Checkpoint(legacy=legacy)
    data = file.file({'state_dict': {'w': file.tensor(W[:1, :1]), 'b': file.tensor(np.int8(1))}})
    for end in range(0, len(data), 3):
        with pytest.raises(WeightsError):
            read(data[:end])
    for at in range(0, len(data), 2):
        damaged = bytearray(data)
        damaged[at] ^= 1 << at % 8
        try:
            arrays = read(bytes(damaged))
        except WeightsError:
            continue
        assert all(isinstance(array, np.ndarray) for array in arrays.values())


@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_is_named(tmp_path, kind):
    path = tmp_path / 'checkpoint.pth'
    make_special_file(path, kind)
    with pytest.raises(WeightsError, match=f'cannot be read: .*{SPECIAL_FILES[kind]}'):
        read_torch_checkpoint(path)
