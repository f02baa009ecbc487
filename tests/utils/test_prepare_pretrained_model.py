import warnings

import pytest

from chainercv_seg.utils import WeightsError, prepare_pretrained_model

MODELS = {
    'data': {
        'url': 'http://127.0.0.1/weights.npz',
        'param': {'n_class': 11, 'flip': False},
        'overwritable': {'flip'},
    },
    'bare': {'url': 'http://127.0.0.1/weights.npz'},
    'opencv': {'url': 'http://127.0.0.1/weights.npz', 'cv2': True},
}


@pytest.fixture
def path(cache_folder):
    path = cache_folder / 'weights.npz'
    path.touch()
    return path


def test_named_weights_decide_what_was_not_given(path):
    given = {'n_class': None, 'flip': True, 'other': None}
    param, found = prepare_pretrained_model(given, 'data', MODELS, {'other': 3, 'flip': None})
    assert (param, found) == ({'n_class': 11, 'flip': True, 'other': 3}, path)


def test_a_contradiction_names_both_values_before_anything_is_downloaded(cache_folder):
    with pytest.raises(ValueError, match="n_class is 11 for the published weights 'data', but 12"):
        prepare_pretrained_model({'n_class': 12}, 'data', MODELS)


@pytest.mark.parametrize('pretrained_model', ['some/file.npz', None, ''])
def test_a_file_and_nothing_take_the_defaults(pretrained_model):
    param, path = prepare_pretrained_model({'flip': None}, pretrained_model, MODELS, {'flip': 1})
    assert (param, path) == ({'flip': 1}, pretrained_model or None)


def test_what_nobody_decides_is_missing(path):
    with pytest.raises(ValueError, match='n_class must be given'):
        prepare_pretrained_model({'n_class': None}, 'bare', MODELS)


def test_weights_that_cannot_be_had_are_an_error(cache_folder):
    with pytest.raises(WeightsError, match=r'weights\.npz cannot be downloaded'):
        prepare_pretrained_model({}, 'bare', MODELS)


def test_weights_trained_with_opencv_warn_unless_it_resizes(path, monkeypatch):
    with pytest.warns(RuntimeWarning, match='images that OpenCV resized'):
        prepare_pretrained_model({}, 'opencv', MODELS)
    monkeypatch.setattr('chainercv_seg.transforms.resize_backend', lambda: 'cv2')
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        prepare_pretrained_model({}, 'opencv', MODELS)
