import numpy as np
import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.tensorflow_checkpoint import (
    checkpoint_paths,
    read_tensorflow_checkpoint,
)
from tests.originals.tensorflow_checkpoints import write_checkpoint

ARRAYS = {
    **{f'scope_{i}/unit/weights': np.full((2, i + 1), i, '<f4') for i in range(40)},
    'scope_1/biases': np.arange(3, dtype='<f8'),
    'half': np.array([0.5, -2], '<f2'),
    'empty': np.zeros((0, 3), '<f4'),
    'number': np.array(7, '<f4'),
    'global_step': np.array(3, '<i8'),
}


@pytest.fixture
def prefix(tmp_path):
    write_checkpoint(tmp_path / 'model.ckpt-3', ARRAYS, shards=3)
    return tmp_path / 'model.ckpt-3'


def test_variables_that_are_fractions_are_read_as_they_are(prefix):
    found = read_tensorflow_checkpoint(checkpoint_paths(prefix))
    assert found.keys() == ARRAYS.keys() - {'global_step'}
    for name, array in found.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, ARRAYS[name])


@pytest.mark.parametrize('end', ['', '.index', '.data-00002-of-00003', '.meta'])
def test_any_of_its_files_stands_for_a_checkpoint(prefix, end):
    paths = checkpoint_paths(f'{prefix}{end}')
    assert paths.table.name == 'model.ckpt-3.index'
    assert paths.shard(2, 3).is_file()


def test_other_files_are_no_checkpoints(tmp_path):
    assert checkpoint_paths(tmp_path / 'graph.pb') is None


def broken(prefix, change):
    index = prefix.parent / 'model.ckpt-3.index'
    index.write_bytes(change(index.read_bytes()))
    return checkpoint_paths(prefix)


@pytest.mark.parametrize(
    'change',
    [
        lambda data: b'',
        lambda data: data[:-1],
        lambda data: data[:-8] + b'12345678',
        lambda data: data[:100],
        lambda data: data[:-48] + b'\xff' * 40 + data[-8:],
        lambda data: data[:-48] + b'\x00\x08\xff\xff\x7f\x08'.ljust(40, b'\0') + data[-8:],
        lambda data: b'\xff' * 40 + data[40:],
        lambda data: b'<html>' * 20,
    ],
)
def test_a_broken_index_is_one_error(prefix, change):
    with pytest.raises(WeightsError, match=r'model\.ckpt-3'):
        read_tensorflow_checkpoint(broken(prefix, change))


@pytest.mark.parametrize('seed', range(40))
def test_noise_in_an_index_is_an_error_or_other_numbers(prefix, seed):
    random = np.random.RandomState(seed)

    def change(data):
        noisy = bytearray(data)
        for _ in range(3):
            noisy[random.randint(len(noisy))] = random.randint(256)
        return bytes(noisy)

    try:
        found = read_tensorflow_checkpoint(broken(prefix, change))
    except WeightsError:
        return
    assert sum(array.nbytes for array in found.values()) < 1e5


def test_a_file_of_numbers_that_is_missing_or_cut_is_named(prefix):
    data = prefix.parent / 'model.ckpt-3.data-00001-of-00003'
    data.write_bytes(data.read_bytes()[:-4])
    with pytest.raises(WeightsError, match='lies outside of its file, which may be cut short'):
        read_tensorflow_checkpoint(checkpoint_paths(prefix))
    data.unlink()
    with pytest.raises(WeightsError, match='data-00001-of-00003 cannot be read'):
        read_tensorflow_checkpoint(checkpoint_paths(prefix))
