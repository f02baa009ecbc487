import sys

import numpy as np
import pytest

from chainercv_seg.extensions import load_snapshot
from chainercv_seg.utils import UserError
from tests.special_files import SPECIAL_FILES, make_special_file

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


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_a_training_that_has_diverged_is_not_gone_on_with(tmp_path, value):
    path = tmp_path / 'snapshot_iter_7'
    chainer.serializers.save_npz(str(path), training(value))
    link = training(5)
    with pytest.raises(UserError, match=r'snapshot_iter_7: .*NaN or infinity, in W'):
        load_snapshot(path, link)
    assert (link.W.array == 5).all()


def test_a_score_of_a_class_that_did_not_occur_is_no_divergence(tmp_path):
    path = tmp_path / 'snapshot'
    np.savez(path, **{'W': np.full(1000, 3, 'f'), 'extensions/Evaluator/iou': np.array(np.nan)})
    link = training(5)
    load_snapshot(f'{path}.npz', link)
    assert (link.W.array == 3).all()


def test_an_array_beyond_the_limit_takes_no_memory(tmp_path, monkeypatch):
    path = tmp_path / 'snapshot'
    chainer.serializers.save_npz(str(path), training(3))
    monkeypatch.setenv('CHAINERCV_SEG_MAX_ARRAY_BYTES', '3999')
    with pytest.raises(UserError, match='takes 4000 bytes, more than 3999'):
        load_snapshot(path, training(5))


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_is_named_and_not_waited_for(tmp_path, kind):
    make_special_file(tmp_path / 'snapshot', kind)
    with pytest.raises(UserError, match=f'snapshot cannot be read: .*{SPECIAL_FILES[kind]}'):
        load_snapshot(tmp_path / 'snapshot', training(5))
