"""Resizing: values, types, backends and what is refused."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.transforms import resize, resize_backend
from chainercv_seg.utils.errors import MissingExtraError

BACKENDS = ['PIL', 'cv2']


def set_backend(monkeypatch, backend):
    """As if something had imported Chainer and set its configuration."""
    if backend == 'cv2':
        pytest.importorskip('cv2')
    config = SimpleNamespace(cv_resize_backend=backend)
    monkeypatch.setitem(sys.modules, 'chainer', SimpleNamespace(config=config))


def test_values_are_chainercvs():
    img = np.arange(24, dtype='f').reshape(2, 3, 4)
    expected = [
        [[1.5, 2, 8 / 3, 10 / 3, 4, 4.5], [6.5, 7, 23 / 3, 25 / 3, 9, 9.5]],
        [[13.5, 14, 44 / 3, 46 / 3, 16, 16.5], [18.5, 19, 59 / 3, 61 / 3, 21, 21.5]],
    ]
    np.testing.assert_allclose(resize(img, (2, 6)), expected, rtol=1e-6)


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('dtype', ['int32', 'int64', 'uint8', 'int8', 'bool', 'float16', 'float64'])
def test_nearest_keeps_every_value_of_every_type(monkeypatch, backend, dtype):
    set_backend(monkeypatch, backend)
    label = np.random.default_rng(0).integers(-1, 100, (1, 13, 17)).astype(dtype)
    out = resize(label, (29, 7), Image.NEAREST)
    assert out.dtype == label.dtype
    as_float = resize(label.astype('f'), (29, 7), Image.NEAREST)
    np.testing.assert_array_equal(out, as_float.astype(dtype))
    assert set(np.unique(out)) <= set(np.unique(label))


@pytest.mark.parametrize('backend', BACKENDS)
def test_nearest_takes_the_pixels_that_the_library_takes(monkeypatch, backend):
    set_backend(monkeypatch, backend)
    for length in range(1, 40, 3):
        for new in range(1, 60, 7):
            channel = np.random.default_rng(length).random((length, new), dtype='f')
            if backend == 'PIL':
                direct = np.asarray(Image.fromarray(channel).resize((length, new), Image.NEAREST))
            else:
                cv2 = pytest.importorskip('cv2')
                direct = cv2.resize(channel, (length, new), interpolation=cv2.INTER_NEAREST)
            np.testing.assert_array_equal(
                resize(channel[None], (new, length), Image.NEAREST)[0], direct
            )


def test_uint8_images_are_rounded_and_clipped():
    img = np.random.default_rng(0).choice([0, 255], (3, 20, 30)).astype(np.uint8)
    out = resize(img, (33, 41), Image.BICUBIC)
    exact = resize(img.astype('f'), (33, 41), Image.BICUBIC)
    assert out.dtype == np.uint8
    assert exact.max() > 256  # overshoots, so that clipping matters
    np.testing.assert_array_equal(out, exact.round().clip(0, 255))


def test_the_backends_differ_where_an_image_shrinks(monkeypatch):
    img = np.random.default_rng(0).random((1, 40, 40), dtype='f')
    set_backend(monkeypatch, 'PIL')
    smoothed = resize(img, (10, 10))
    set_backend(monkeypatch, 'cv2')
    assert np.abs(smoothed - resize(img, (10, 10))).max() > 0.1


@pytest.mark.parametrize('backend', BACKENDS)
def test_every_channel_is_resized_alone(monkeypatch, backend):
    set_backend(monkeypatch, backend)
    img = np.random.default_rng(0).random((7, 11, 13), dtype='f')
    out = resize(img, (5, 29), Image.LANCZOS)
    assert out.shape == (7, 5, 29)
    for channel, resized in zip(img, out, strict=True):
        np.testing.assert_array_equal(resize(channel[None], (5, 29), Image.LANCZOS)[0], resized)


def test_no_channels_give_no_channels():
    assert resize(np.empty((0, 5, 6), 'f'), (7, 8)).shape == (0, 7, 8)


@pytest.mark.parametrize(
    ('shape', 'size'), [((5, 6), (7, 8)), ((3, 0, 6), (7, 8)), ((3, 5, 6), (0, 8))]
)
def test_empty_and_flat_arrays_are_refused(shape, size):
    with pytest.raises(ValueError, match=r'(needs|must be) an array \(C, H, W\)'):
        resize(np.empty(shape, 'f'), size)


def test_pillow_is_the_default(monkeypatch):
    monkeypatch.delitem(sys.modules, 'chainer', raising=False)
    assert resize_backend() == 'PIL'
    assert 'chainer' not in sys.modules
    set_backend(monkeypatch, None)
    assert resize_backend() == 'PIL'
    monkeypatch.setitem(sys.modules, 'chainer', SimpleNamespace(config=SimpleNamespace()))
    assert resize_backend() == 'PIL'


def test_an_unknown_backend_is_refused(monkeypatch):
    set_backend(monkeypatch, 'opencv')
    with pytest.raises(ValueError, match="'opencv'; expected 'PIL', 'cv2' or None"):
        resize(np.zeros((1, 2, 2), 'f'), (3, 3))


def test_missing_opencv_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'cv2', None)
    config = SimpleNamespace(cv_resize_backend='cv2')
    monkeypatch.setitem(sys.modules, 'chainer', SimpleNamespace(config=config))
    with pytest.raises(MissingExtraError, match='pip install opencv-python-headless'):
        resize(np.zeros((1, 2, 2), 'f'), (3, 3))


def test_filters_that_opencv_lacks_are_refused(monkeypatch):
    set_backend(monkeypatch, 'cv2')
    with pytest.raises(ValueError, match='not with HAMMING'):
        resize(np.zeros((1, 2, 2), 'f'), (3, 3), Image.HAMMING)
