import json

import chainer
import numpy as np
import pytest

from chainercv_seg.links import (
    DilatedResNet,
    PixelwiseSoftmaxClassifier,
    PSPNetResNet50,
    PSPNetResNet101,
    SegNetBasic,
)
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights import load_weights, save_weights
from chainercv_seg.weights.stored_arguments import KEY, read_stored_arguments

OTHER = {
    'pooling': 'adaptive',
    'stem': (32, 32, 64),
    'stride_first': True,
    'mean': (120.0, 110.5, 100.0),
    'std': (58.395, 57.12, 57.375),
    'tiling': 'inside',
}


@pytest.fixture(autouse=True)
def shallow(monkeypatch):
    """One bottleneck a block, which makes the files a third as large."""
    monkeypatch.setattr(DilatedResNet, 'blocks', {50: (1, 1, 1, 1), 101: (1, 1, 2, 1)})


#: Constants, which compress fast.
CONSTANT = chainer.initializers.Constant(0.5)


@pytest.fixture
def link():
    return PSPNetResNet50(3, input_size=(48, 56), initialW=CONSTANT, **OTHER)


@pytest.fixture
def path(link, tmp_path):
    save_weights(link, tmp_path / 'w.npz')
    return tmp_path / 'w.npz'


def altered(path, **changes):
    """The file with another text of arguments."""
    with np.load(path) as npz:
        arrays = dict(npz)
    content = json.loads(arrays[KEY].item())
    arrays[KEY] = np.array(json.dumps(content | changes))
    np.savez(path, **arrays)
    return path


def settings(link):
    return {
        name: getattr(link, name)
        for name in ('n_class', 'input_size', 'pooling', 'tiling', 'sum_flips', 'align_corners')
    } | link.extractor.variant


def test_a_file_sets_the_arguments_of_its_network(link, path):
    loaded = PSPNetResNet50(pretrained_model=path)
    assert settings(loaded) == settings(link)
    np.testing.assert_array_equal(loaded.mean, link.mean)
    np.testing.assert_array_equal(loaded.std, link.std)
    assert loaded.extractor.res3.a.conv1.conv.stride == (2, 2)
    assert loaded.protocol == link.protocol


def test_the_text_is_no_pickle_and_chainer_passes_over_it(link, path):
    with np.load(path, allow_pickle=False) as npz:
        assert json.loads(npz[KEY].item())['model'] == 'pspnet_resnet50'
    other = PSPNetResNet50(3, input_size=(48, 56), **OTHER)
    chainer.serializers.load_npz(path, other)
    np.testing.assert_array_equal(other.head_conv2.W.array, link.head_conv2.W.array)


def test_chainers_own_way_of_saving_stores_them_too(link, tmp_path):
    classifier = PixelwiseSoftmaxClassifier(link)
    chainer.serializers.save_npz(tmp_path / 's.npz', classifier)
    loaded = PSPNetResNet50(pretrained_model=tmp_path / 's.npz')
    assert settings(loaded) == settings(link)
    extractor = DilatedResNet(50, tmp_path / 's.npz')
    assert extractor.variant == link.extractor.variant


def test_a_network_as_chainercv_has_it_is_saved_as_chainercv_saves_it(tmp_path):
    for link in (PSPNetResNet50(3, input_size=48, initialW=CONSTANT), SegNetBasic(3)):
        save_weights(link, tmp_path / 'w.npz')
        with np.load(tmp_path / 'w.npz') as npz:
            assert not [name for name in npz.files if KEY in name]


def test_an_argument_that_is_no_view_must_agree(path):
    PSPNetResNet50(3, path, stem=[32, 32, 64], mean=np.array([120, 110.5, 100]))
    for name, value in {
        'n_class': 4,
        'stride_first': False,
        'pooling': 'fixed',
        'stem': (64, 64, 128),
        'mean': (120, 110, 100),
        'std': (1, 1, 1),
    }.items():
        with pytest.raises(ValueError, match=rf'^{name} is .* for the weights in .*w\.npz, but'):
            PSPNetResNet50(pretrained_model=path, **{name: value})
    other = PSPNetResNet50(pretrained_model=path, input_size=64, tiling='centered', sum_flips=True)
    assert (other.input_size, other.tiling, other.sum_flips) == ((64, 64), 'centered', True)


def test_the_size_must_agree_where_it_sets_the_pooling(tmp_path):
    link = PSPNetResNet50(3, input_size=48, stride_first=True, initialW=CONSTANT)
    save_weights(link, tmp_path / 'w.npz')
    with pytest.raises(ValueError, match='input_size is'):
        PSPNetResNet50(pretrained_model=tmp_path / 'w.npz', input_size=64)


def test_a_file_of_another_network_is_refused_as_such(path):
    with pytest.raises(WeightsError, match='does not fit the network'):
        PSPNetResNet101(3, path)
    assert read_stored_arguments(path, 'pspnet_resnet101') is None


@pytest.mark.parametrize(
    'array',
    [
        np.array(b'{"model": "pspnet_resnet50"'),
        np.array('{"model": "pspnet_resnet50", "arguments": {}}'),
        np.array('[1, 2]'),
        np.array('[' * 10000),
        np.array('{"model": 1, "arguments": {}, "overridable": []}'),
        np.array('{"model": "pspnet_resnet50", "arguments": {"n_class": 1e9}, "overridable": []}'),
        np.array('{"model": "pspnet_resnet50", "arguments": {"std": NaN}, "overridable": []}'),
        np.array(['a', 'b']),
        np.array(3.0),
        np.array('x' * 100000),
    ],
    ids=lambda array: str(array)[:40],
)
def test_a_text_that_says_nothing_sensible_is_one_error(path, array):
    with np.load(path) as npz:
        arrays = dict(npz)
    arrays[KEY] = array
    np.savez(path, **arrays)
    with pytest.raises(WeightsError, match=r'w\.npz'):
        PSPNetResNet50(pretrained_model=path)


def test_arguments_of_a_later_release_are_named(path):
    arguments = json.loads(np.load(path)[KEY].item())['arguments']
    altered(path, arguments=arguments | {'later': 3})
    with pytest.raises(WeightsError, match=r'that it does not have here: later\. The file may be'):
        PSPNetResNet50(pretrained_model=path)


@pytest.mark.parametrize(
    'change', [{'stem': 3}, {'pooling': 'some'}, {'mean': [1, 2]}, {'align_corners': 'no'}]
)
def test_a_stored_argument_that_is_none_names_itself(path, change):
    arguments = json.loads(np.load(path)[KEY].item())['arguments']
    altered(path, arguments=arguments | change)
    with pytest.raises(ValueError, match=next(iter(change))):
        PSPNetResNet50(pretrained_model=path)


def test_a_part_is_loaded_from_a_file_that_stores_arguments(link, path):
    extractor = DilatedResNet(50, path)
    np.testing.assert_array_equal(
        extractor.conv1_1.conv.W.array, link.extractor.conv1_1.conv.W.array
    )
    load_weights(PSPNetResNet50(3, input_size=48, **OTHER), path)
