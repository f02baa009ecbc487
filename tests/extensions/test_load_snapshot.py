import numpy as np
import pytest

from chainercv_seg.extensions import load_snapshot
from chainercv_seg.utils import UserError

# isort: split
import chainer


def training(value):
    """Stands for a trainer: it is saved and loaded in the same way."""
    link = chainer.Chain()
    with link.init_scope():
        link.W = chainer.Parameter(np.full(1000, value, 'f'))
    return link


def test_what_was_saved_is_loaded(tmp_path):
    path = tmp_path / 'snapshot'
    chainer.serializers.save_npz(str(path), training(3))
    other = training(5)
    load_snapshot(path, other)
    assert (other.W.array == 3).all()


@pytest.mark.parametrize('damage', ['missing', 'empty', 'cut', 'noise', 'flipped'])
def test_a_broken_snapshot_is_an_error_that_names_it(tmp_path, damage):
    path = tmp_path / 'snapshot_iter_7'
    chainer.serializers.save_npz(str(path), training(3), compression=False)
    data = path.read_bytes()
    middle = len(data) // 2
    damaged = {
        'empty': b'',
        'cut': data[:-100],
        'noise': b'<html>' * 99,
        'flipped': data[:middle] + bytes(byte ^ 255 for byte in data[middle : middle + 9])
        + data[middle + 9 :],
    }  # fmt: skip
    path.unlink()
    if damage != 'missing':
        path.write_bytes(damaged[damage])
    with pytest.raises(UserError, match=r'snapshot_iter_7 cannot be read: .*go on from the one'):
        load_snapshot(path, training(5))


@pytest.mark.parametrize(
    'arrays', [{'other': np.zeros(3, 'f')}, {'W': np.zeros((2, 5), 'f')}], ids=['keys', 'shape']
)
def test_a_sound_file_of_something_else_is_an_error_that_names_it(tmp_path, arrays):
    path = tmp_path / 'weights.npz'
    np.savez(path, **arrays)
    with pytest.raises(UserError, match=r'weights\.npz is no snapshot of this training'):
        load_snapshot(path, training(5))
