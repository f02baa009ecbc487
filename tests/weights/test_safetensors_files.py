"""Weights in files of safetensors."""

import json
import struct
import sys

import chainer
import numpy as np
import pytest

from chainercv_seg.links import PixelwiseSoftmaxClassifier, PSPNetResNet50, SegNetBasic
from chainercv_seg.utils.errors import MissingExtraError, WeightsError
from chainercv_seg.weights import load_weights, save_weights
from chainercv_seg.weights.recognize import recognize_file
from tests.special_files import SPECIAL_FILES, make_special_file, state

serialize = chainer.serializers.npz.serialize


@pytest.fixture
def link():
    return SegNetBasic(n_class=3)


@pytest.fixture
def path(link, tmp_path):
    pytest.importorskip('safetensors', reason='reads and writes these files')
    save_weights(link, tmp_path / 'a.safetensors')
    return tmp_path / 'a.safetensors'


def same(one, other):
    one, other = serialize(one), serialize(other)
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def test_saved_weights_load_as_they_were_and_know_the_arguments(link, path):
    assert same(SegNetBasic(pretrained_model=path), link)
    assert same(SegNetBasic(n_class=3, pretrained_model=str(path)), link)
    assert recognize_file(path) == ('segnet', 3)


def test_the_names_are_those_of_npz_files(link, path, tmp_path):
    from safetensors.numpy import load_file

    save_weights(link, tmp_path / 'a.npz')
    assert path.stat().st_mode == (tmp_path / 'a.npz').stat().st_mode  # whoever may read the one
    with np.load(tmp_path / 'a.npz') as npz:
        arrays = load_file(path)
        assert set(npz.files) == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, npz[name])
            assert array.dtype == npz[name].dtype


def test_half_is_stored_as_in_npz_files(link, path):
    save_weights(link, path, half=True)
    assert path.stat().st_size < 3e6
    loaded = SegNetBasic(pretrained_model=path)
    np.testing.assert_allclose(loaded.conv2.W.array, link.conv2.W.array, rtol=1e-3, atol=1e-7)


def test_another_number_of_classes_is_refused(path):
    with pytest.raises(ValueError, match='n_class is 3 for the weights in'):
        SegNetBasic(n_class=4, pretrained_model=path)


def test_a_part_of_what_was_saved_is_loaded(link, path):
    save_weights(PixelwiseSoftmaxClassifier(link), path)
    loaded = SegNetBasic(3)
    load_weights(loaded, path)
    assert same(loaded, link)


def test_other_networks_are_refused_by_name(path):
    with pytest.raises(WeightsError, match='looks like weights of segnet'):
        load_weights(chainer.links.Linear(2, 2), path)


def test_files_of_others_load_too(link, path):
    from safetensors.numpy import load_file, save_file

    save_file(load_file(path), path, metadata={'format': 'np', 'class_names': '["a"]'})
    assert same(SegNetBasic(n_class=3, pretrained_model=path), link)
    with pytest.raises(ValueError, match='n_class'):
        SegNetBasic(pretrained_model=path)


def test_the_format_is_told_by_content(link, path, tmp_path):
    path.rename(tmp_path / 'b.npz')
    assert same(SegNetBasic(pretrained_model=tmp_path / 'b.npz'), link)


def write(path, header, data=b''):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack('<Q', len(text)) + text + data)


def tensor(dtype='F32', shape=(2,), offsets=(0, 8)):
    return {'dtype': dtype, 'shape': shape, 'data_offsets': offsets}


@pytest.mark.parametrize(
    ('header', 'message'),
    [
        (b'{' * 1000, 'not a sound file of safetensors'),
        ({'a': tensor(offsets=(0, 80))}, 'not a sound file of safetensors'),
        ({'a': tensor(shape=(1 << 40,))}, 'not a sound file of safetensors'),
        ({'a': tensor(shape=(-2,))}, 'not a sound file of safetensors'),
        ({'a': tensor('F99')}, 'not a sound file of safetensors'),
        ({'W': tensor('BF16', (2, 2)), 'b': tensor(offsets=(8, 16))}, 'W .*of the type BF16'),
        (
            {'W': tensor(shape=(1, 2)), 'b': tensor(offsets=(8, 16))},
            r'W \(float32 \(1, 2\), expected',
        ),
        ({'W': tensor('I64', (1,)), 'b': tensor(offsets=(8, 16))}, r'W \(int64'),
        ({'a': tensor()}, 'Missing in the file: W, b. Left over in it: a'),
        ({}, 'Missing in the file: W, b'),
    ],
)
def test_broken_and_hostile_files_are_one_line(path, header, message):
    ends = [entry['data_offsets'][1] for entry in header.values()] if type(header) is dict else []
    write(path, header, bytes(min(16, max(ends, default=0))))
    with pytest.raises(WeightsError, match=message) as error:
        load_weights(chainer.links.Linear(2, 2), path)
    assert '\n' not in str(error.value)


def test_a_file_that_is_cut_short_is_one_line(link, path):
    path.write_bytes(path.read_bytes()[:-1])
    before = {name: array.copy() for name, array in serialize(link).items()}
    with pytest.raises(WeightsError, match='not a sound file of safetensors'):
        load_weights(link, path)
    assert all(np.array_equal(array, before[name]) for name, array in serialize(link).items())


@pytest.mark.parametrize(
    'text', ['', '{', '[]', '{"model": "segnet"}', '{"model": 1}', 'x' * 100_000]
)
def test_arguments_that_cannot_be_understood_are_one_line(path, text):
    from safetensors.numpy import load_file, save_file

    save_file(load_file(path), path, metadata={'chainercv_seg': text})
    with pytest.raises(WeightsError) as error:
        SegNetBasic(3, pretrained_model=path)
    assert str(path) in str(error.value)
    assert len(str(error.value)) < 500


def test_nan_is_refused(link, path):
    link.conv2.W.array[0] = np.nan
    with pytest.raises(WeightsError, match='NaN'):
        save_weights(link, path)


@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_is_refused(link, kind, tmp_path):
    special = tmp_path / 'a.safetensors'
    before = make_special_file(special, kind)
    with pytest.raises(WeightsError, match=SPECIAL_FILES[kind]):
        load_weights(link, special)
    assert state(special) == before


def test_a_missing_package_is_named(link, path, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'safetensors', None)
    monkeypatch.setitem(sys.modules, 'safetensors.numpy', None)
    with pytest.raises(MissingExtraError, match=r'\[export\]'):
        save_weights(link, tmp_path / 'b.safetensors')
    with pytest.raises(MissingExtraError, match=r'\[export\]'):
        load_weights(link, path)
    assert not (tmp_path / 'b.safetensors').exists()


@pytest.mark.slow
def test_networks_whose_size_decides_know_it(tmp_path):
    pytest.importorskip('safetensors', reason='reads and writes these files')
    link = PSPNetResNet50(2, input_size=(48, 56))
    save_weights(link, tmp_path / 'a.safetensors')
    loaded = PSPNetResNet50(pretrained_model=tmp_path / 'a.safetensors')
    assert loaded.input_size == (48, 56)
    assert loaded.ppm.ksizes == link.ppm.ksizes
    assert same(loaded, link)
