import os
import sys
import tracemalloc
import zipfile

import chainer
import chainer.links as L
import numpy as np
import pytest

from chainercv_seg.links import Conv2DBNActiv, PixelwiseSoftmaxClassifier
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights import load_weights
from tests.special_files import SPECIAL_FILES, make_special_file, state

serialize = chainer.serializers.npz.serialize


class Net(chainer.Chain):
    """All that a network can hold: parameters, persistent arrays and numbers, a list of links."""

    def __init__(self, seed=0):
        super().__init__()
        with self.init_scope():
            self.stem = Conv2DBNActiv(3, 4, 3)
            self.blocks = chainer.ChainList(L.Convolution2D(4, 5, 1), L.BatchNormalization(5))
        rng = np.random.default_rng(seed)
        for array in serialize(self).values():
            if array.ndim:
                array[...] = rng.normal(size=array.shape)
        self.stem.bn.N = 10 + seed


@pytest.fixture
def net():
    return Net(0)


@pytest.fixture
def other():
    return Net(1)


@pytest.fixture
def arrays(other):
    return {name: array.copy() for name, array in serialize(other).items()}


def save(path, arrays):
    np.savez(path, **arrays)
    return path


def same(net, arrays):
    state = serialize(net)
    return state.keys() == arrays.keys() and all(np.array_equal(state[k], arrays[k]) for k in state)


def check_refused(net, path, match):
    before = {name: array.copy() for name, array in serialize(net).items()}
    with pytest.raises(WeightsError, match=match) as caught:
        load_weights(net, path)
    assert str(path) in str(caught.value)
    assert same(net, before)


@pytest.mark.parametrize('compression', [True, False])
def test_what_chainer_saved_is_loaded_exactly(net, other, arrays, tmp_path, compression):
    chainer.serializers.save_npz(str(tmp_path / 'w'), other, compression)
    load_weights(net, tmp_path / 'w')
    assert same(net, arrays)
    assert net.stem.bn.N == 11
    assert type(net.stem.bn.N) is int


def test_it_does_what_chainers_own_loading_does(net, arrays, tmp_path):
    path = save(tmp_path / 'w.npz', {k: v.astype('f8') if v.ndim else v for k, v in arrays.items()})
    load_weights(net, path)
    theirs = Net(2)
    chainer.serializers.load_npz(str(path), theirs)
    assert same(net, serialize(theirs))
    assert {k: v.dtype for k, v in serialize(net).items()} == {
        k: v.dtype for k, v in serialize(theirs).items()
    }


@pytest.mark.parametrize('dtype', ['f2', 'f8', '>f4', 'i4'])
def test_numbers_are_cast_to_the_type_of_the_parameter(net, arrays, tmp_path, dtype):
    cast = {k: v.astype(dtype) if v.ndim else v for k, v in arrays.items()}
    load_weights(net, save(tmp_path / 'w.npz', cast))
    assert same(net, {k: v.astype('f') if v.ndim else v for k, v in cast.items()})
    assert all(p.dtype == np.float32 and p.array.dtype.isnative for p in net.params())


def test_the_order_of_memory_does_not_matter(net, arrays, tmp_path):
    load_weights(
        net, save(tmp_path / 'w.npz', {k: np.array(v, order='F') for k, v in arrays.items()})
    )
    assert same(net, arrays)
    assert all(p.array.flags.c_contiguous for p in net.params())


def test_parameters_without_a_shape_take_that_of_the_file(arrays, tmp_path):
    net = Net()
    net.blocks[0].W = None
    with net.blocks[0].init_scope():
        net.blocks[0].W = chainer.Parameter(0)
    assert not net.blocks[0].W.is_initialized
    load_weights(net, save(tmp_path / 'w.npz', arrays))
    assert same(net, arrays)


@pytest.mark.parametrize('prefix', ['predictor/', 'updater/model:main/predictor/', 'model/'])
def test_a_network_is_found_inside_of_what_was_saved_around_it(net, arrays, tmp_path, prefix):
    inside = {prefix + name: array for name, array in arrays.items()}
    inside['updater/iteration'] = np.array(7)
    load_weights(net, save(tmp_path / 'w.npz', inside))
    assert same(net, arrays)


def test_the_file_of_a_classifier_loads_into_its_predictor(net, other, arrays, tmp_path):
    classifier = PixelwiseSoftmaxClassifier(other, class_weight=[1, 2])
    chainer.serializers.save_npz(str(tmp_path / 'w'), classifier)
    load_weights(net, tmp_path / 'w')
    assert same(net, arrays)


def test_a_network_that_lies_twice_in_a_file_is_not_guessed(net, arrays, tmp_path):
    twice = {f'{who}/{k}': v for who in ('teacher', 'student') for k, v in arrays.items()}
    check_refused(net, save(tmp_path / 'w.npz', twice), 'Left over in it: student/')


def test_missing_and_left_over_arrays_are_named_both(net, arrays, tmp_path):
    for name in ('stem/bn/N', 'blocks/1/beta'):
        arrays['foreign/' + name] = arrays.pop(name)
    check_refused(
        net,
        save(tmp_path / 'w.npz', arrays),
        'Missing in the file: blocks/1/beta, stem/bn/N. '
        'Left over in it: foreign/blocks/1/beta, foreign/stem/bn/N',
    )


def test_of_many_arrays_the_first_few_are_named(net, tmp_path):
    check_refused(net, save(tmp_path / 'w.npz', {'x': np.ones(1)}), 'and 8 more. Left over.*: x')


def test_arrays_of_another_shape_are_named_with_both_shapes(net, arrays, tmp_path):
    arrays['stem/conv/W'] = np.ones((4, 1, 3, 3), 'f')
    arrays['stem/bn/avg_mean'] = np.ones(1, 'f')  # would broadcast
    path = save(tmp_path / 'w.npz', arrays)
    check_refused(
        net, path, r'stem/conv/W \(float32 \(4, 1, 3, 3\), expected float32 \(4, 3, 3, 3\)\)'
    )
    check_refused(net, path, r'stem/bn/avg_mean \(float32 \(1,\), expected float32 \(4,\)\)')


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('stem/bn/N', np.array(1.5)),
        ('stem/bn/N', np.array([1])),
        ('blocks/0/b', np.ones(5, 'c8')),
        ('blocks/0/b', np.array(list('abcde'))),
        ('blocks/0/b', np.ones(5, bool)),
    ],
)
def test_what_is_no_such_number_is_refused(net, arrays, tmp_path, name, value):
    check_refused(net, save(tmp_path / 'w.npz', {**arrays, name: value}), name)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize('name', ['blocks/0/b', 'left_over'])
def test_pickled_objects_are_never_unpickled(net, arrays, tmp_path, name):
    bomb = np.empty(5, object)
    bomb[:] = Bomb(tmp_path / 'exploded')
    path = save(tmp_path / 'w.npz', {**arrays, name: bomb})
    check_refused(net, path, 'pickle' if name != 'left_over' else 'Left over in it: left_over')
    (tmp_path / 'p.npz').write_bytes(__import__('pickle').dumps(Bomb(tmp_path / 'exploded')))
    check_refused(net, tmp_path / 'p.npz', 'not a sound npz')
    assert not (tmp_path / 'exploded').exists()


def test_a_missing_file_is_named(net, tmp_path):
    check_refused(net, tmp_path / 'w.npz', 'cannot be read: No such file')
    check_refused(net, tmp_path, 'cannot be read: Is a directory')


@pytest.mark.parametrize('content', [b'', b'<!DOCTYPE html><html>404</html>', b'PK\x03\x04', b'0'])
def test_what_is_no_npz_is_named(net, tmp_path, content):
    (tmp_path / 'w.npz').write_bytes(content)
    check_refused(net, tmp_path / 'w.npz', 'not a sound npz file')


def test_a_single_array_is_no_network(net, tmp_path):
    np.save(tmp_path / 'w.npy', np.ones(3))
    check_refused(net, tmp_path / 'w.npy', 'no zip file')


@pytest.mark.parametrize('save_arrays', [np.savez, np.savez_compressed])
def test_a_file_cut_or_damaged_anywhere_is_refused(net, arrays, tmp_path, save_arrays):
    save_arrays(tmp_path / 'whole.npz', **arrays)
    whole = (tmp_path / 'whole.npz').read_bytes()
    path = tmp_path / 'w.npz'
    for share in np.linspace(0.01, 0.99, 15):
        path.write_bytes(whole[: int(share * len(whole))])
        check_refused(net, path, 'not a sound npz file')
    start = whole.index(b'stem/conv/W.npy') + 150  # in the values of the largest array
    path.write_bytes(whole[:start] + bytes(40) + whole[start + 40 :])
    check_refused(net, path, 'not a sound npz file')


def test_a_header_that_claims_too_much_is_refused(net, arrays, tmp_path):
    path = save(tmp_path / 'w.npz', {k: v for k, v in arrays.items() if k != 'blocks/0/b'})
    with zipfile.ZipFile(path, 'a') as archive, archive.open('blocks/0/b.npy', 'w') as member:
        header = {'descr': '<f4', 'fortran_order': False, 'shape': (10**12, 10**4)}
        np.lib.format.write_array_header_1_0(member, header)
    check_refused(net, path, 'not a sound npz file|blocks/0/b')


def test_members_that_are_no_arrays_are_refused(net, arrays, tmp_path):
    path = save(tmp_path / 'w.npz', {k: v for k, v in arrays.items() if k != 'blocks/0/b'})
    with zipfile.ZipFile(path, 'a') as archive:
        archive.writestr('blocks/0/b', b'12345')
    check_refused(net, path, 'blocks/0/b')


def test_a_broken_array_header_is_an_error_that_names_the_file(tmp_path):
    path = tmp_path / 'broken.npz'
    np.savez(path, W=np.zeros((2, 3), np.float32), b=np.zeros(2, np.float32))
    whole = path.read_bytes()
    start = whole.index(b'\x93NUMPY')
    messages = []
    for offset in range(start, start + 80):
        for byte in (b'(', b'\x00', b"'"):
            path.write_bytes(whole[:offset] + byte + whole[offset + 1 :])
            try:
                load_weights(L.Linear(3, 2), path)
            except WeightsError as error:
                messages.append(str(error))
    assert len(messages) > 50
    assert all('broken.npz' in message for message in messages)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('name', ['stem/conv/W', 'stem/bn/avg_var', 'blocks/0/b'])
def test_weights_that_are_not_finite_are_refused_and_named(net, arrays, tmp_path, name, value):
    arrays[name].flat[-1] = value
    check_refused(net, save(tmp_path / 'w.npz', arrays), f'NaN or infinity, in {name}. The train')


def test_what_becomes_infinite_when_it_is_stored_is_refused(net, arrays, tmp_path):
    arrays['stem/conv/W'] = np.full((4, 3, 3, 3), 1e300)
    check_refused(net, save(tmp_path / 'w.npz', arrays), 'infinity, in stem/conv/W')


def test_of_several_arrays_that_are_not_finite_the_others_are_counted(net, arrays, tmp_path):
    for array in arrays.values():
        if array.ndim:
            array.flat[0] = np.nan
    check_refused(net, save(tmp_path / 'w.npz', arrays), 'infinity, in .* and 10 more')


def peak_memory(call):
    """Bytes that Python and NumPy hold at most while a function runs."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def add_zeros(path, name, descr, shape, size):
    """Add an array of zeros to a npz file that unpacks to ``size`` bytes."""
    with (
        zipfile.ZipFile(path, 'a', zipfile.ZIP_DEFLATED) as archive,
        archive.open(f'{name}.npy', 'w') as member,
    ):
        header = {'descr': descr, 'fortran_order': False, 'shape': shape}
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))


@pytest.mark.parametrize(
    ('name', 'descr', 'shape', 'match'),
    [
        ('blocks/0/b', '<f4', (1 << 24,), 'blocks/0/b'),  # instead of 5
        ('blocks/0/b', '<f4', (5,), 'something behind the end of its array blocks/0/b'),
        ('blocks/0/b', '<U16777216', (1,), 'blocks/0/b'),
        ('left_over', '<f4', (1 << 24,), 'Left over in it: left_over'),
    ],
)
def test_what_unpacks_to_much_more_takes_no_memory(
    net, arrays, tmp_path, name, descr, shape, match
):
    path = save(tmp_path / 'w.npz', {k: v for k, v in arrays.items() if k != name})
    add_zeros(path, name, descr, shape, 64 << 20)
    assert path.stat().st_size < 1 << 17
    assert peak_memory(lambda: check_refused(net, path, match)) < 8 << 20


def test_a_header_that_unpacks_to_much_takes_no_memory(net, arrays, tmp_path):
    path = save(tmp_path / 'w.npz', {k: v for k, v in arrays.items() if k != 'blocks/0/b'})
    with (
        zipfile.ZipFile(path, 'a', zipfile.ZIP_DEFLATED) as archive,
        archive.open('blocks/0/b.npy', 'w') as member,
    ):
        member.write(b'\x93NUMPY\x02\x00' + (64 << 20).to_bytes(4, 'little'))
        for _ in range(64):
            member.write(b' ' * (1 << 20))
    refused = lambda: check_refused(net, path, 'its array blocks/0/b')  # noqa: E731
    assert peak_memory(refused) < 8 << 20


def test_a_parameter_of_any_shape_takes_no_more_than_a_limit_that_can_be_raised(
    arrays, tmp_path, monkeypatch
):
    net = Net()
    with net.blocks[0].init_scope():
        net.blocks[0].W = chainer.Parameter(0)
    path = save(tmp_path / 'w.npz', arrays)
    monkeypatch.setenv('CHAINERCV_SEG_MAX_ARRAY_BYTES', '79')
    with pytest.raises(WeightsError, match=r'takes 80 bytes, more than 79: .*MAX_ARRAY_BYTES'):
        load_weights(net, path)
    monkeypatch.setenv('CHAINERCV_SEG_MAX_ARRAY_BYTES', '80')
    load_weights(net, path)


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_is_named_and_not_waited_for(net, tmp_path, kind):
    before = make_special_file(tmp_path / 'w.npz', kind)
    check_refused(net, tmp_path / 'w.npz', f'cannot be read: {SPECIAL_FILES[kind]}')
    assert state(tmp_path / 'w.npz') == before
