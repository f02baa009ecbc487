import io

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.utils import ImageFileError, read_image, read_label, write_image


@pytest.fixture
def rgb():
    return np.random.RandomState(0).randint(0, 256, (3, 5, 4)).astype(np.float32)


def test_a_written_image_is_read_back(tmp_path, rgb):
    write_image(rgb, tmp_path / 'a.png')
    img = read_image(tmp_path / 'a.png')
    assert img.dtype == np.float32
    np.testing.assert_array_equal(img, rgb)


def test_a_file_object_is_written_and_read(rgb):
    file = io.BytesIO()
    write_image(rgb, file, format='png')
    file.seek(0)
    np.testing.assert_array_equal(read_image(file, dtype=np.uint8), rgb)


def test_a_grey_image_has_one_channel(tmp_path, rgb):
    write_image(rgb[:1], tmp_path / 'a.png')
    assert read_image(tmp_path / 'a.png', color=False).shape == (1, 5, 4)
    assert read_image(tmp_path / 'a.png').shape == (3, 5, 4)


@pytest.mark.parametrize(
    ('alpha', 'expected'),
    [('ignore', 100), ('blend_with_white', 100 * 0.2 + 255 * 0.8), ('blend_with_black', 20)],
)
def test_transparency_is_handled_as_asked_for(tmp_path, alpha, expected):
    # Four pixels wide: ChainerCV takes the width of grey images for channels.
    pixels = np.full((4, 4, 4), 100, dtype=np.uint8)
    pixels[:, :, 3] = 51
    Image.fromarray(pixels, 'RGBA').save(tmp_path / 'a.png')
    img = read_image(tmp_path / 'a.png', alpha=alpha)
    np.testing.assert_allclose(img, np.full((3, 4, 4), expected), rtol=1e-6)
    with pytest.raises(ImageFileError, match='RGBA'):
        read_image(tmp_path / 'a.png')


def test_an_unknown_alpha_is_refused():
    with pytest.raises(ValueError, match='blend_with_black'):
        read_image('none.png', alpha='white')


@pytest.mark.parametrize('mode', ['P', 'L'])
def test_label_values_are_read_as_they_are(tmp_path, mode):
    label = np.array([[0, 1, 255], [7, 18, 254]], dtype=np.uint8)
    img = Image.fromarray(label)
    if mode == 'P':
        img = img.convert('P')
        img.putdata(label.ravel().tolist())
        img.putpalette(np.random.RandomState(0).randint(0, 256, 768).tolist())
    img.save(tmp_path / 'a.png')
    read = read_label(tmp_path / 'a.png')
    assert read.dtype == np.int32
    np.testing.assert_array_equal(read, label)


def test_16_bit_labels_are_read_where_the_type_holds_them(tmp_path):
    label = np.array([[0, 300], [2, 3]], dtype=np.uint16)
    Image.fromarray(label).save(tmp_path / 'a.png')
    np.testing.assert_array_equal(read_label(tmp_path / 'a.png'), label)
    with pytest.raises(ImageFileError, match='from 0 to 300'):
        read_label(tmp_path / 'a.png', dtype=np.uint8)


@pytest.mark.parametrize('dtype', [bool, np.uint8, np.int64, np.float16, np.float32, 'f8', '?'])
def test_labels_are_read_as_any_real_type_and_as_booleans(tmp_path, dtype):
    label = np.array([[0, 1, 255], [7, 18, 254]], dtype=np.uint8)
    Image.fromarray(label).save(tmp_path / 'a.png')
    read = read_label(tmp_path / 'a.png', dtype=dtype)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, label.astype(dtype))


@pytest.mark.parametrize(
    ('value', 'dtype'),
    [(255, np.int8), (2049, np.float16), (65535, np.float16), (65535, np.int16), (256, np.uint8)],
)
def test_a_type_that_would_change_labels_is_refused(tmp_path, value, dtype):
    Image.fromarray(np.array([[0, value]], np.uint16)).save(tmp_path / 'a.png')
    with pytest.raises(ImageFileError, match=rf'from 0 to {value}, which {np.dtype(dtype).name}'):
        read_label(tmp_path / 'a.png', dtype=dtype)


@pytest.mark.parametrize('dtype', [complex, str, object, 'datetime64[s]'])
def test_labels_are_read_as_numbers_only(dtype):
    with pytest.raises(ValueError, match='dtype must be'):
        read_label('none.png', dtype=dtype)


def test_a_colour_image_is_no_label_map(tmp_path, rgb):
    write_image(rgb, tmp_path / 'a.png')
    with pytest.raises(ImageFileError, match=r'a\.png is a RGB image, not a label map'):
        read_label(tmp_path / 'a.png')


@pytest.mark.parametrize('read', [read_image, read_label])
def test_a_broken_file_is_named(tmp_path, read):
    whole = io.BytesIO()
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (64, 64)).astype(np.uint8)).save(
        whole, 'png'
    )
    for content in (b'', b'<html>', whole.getvalue()[:60], whole.getvalue()[:1000]):
        (tmp_path / 'broken.png').write_bytes(content)
        with pytest.raises(ImageFileError, match=r'broken\.png'):
            read(tmp_path / 'broken.png')
    with pytest.raises(FileNotFoundError, match=r'none\.png'):
        read(tmp_path / 'none.png')


@pytest.mark.parametrize(
    'img', [np.zeros((2, 3, 3)), np.zeros((3, 3)), np.full((3, 2, 2), 256), np.full((3, 2, 2), -1)]
)
def test_what_is_no_image_is_not_written(tmp_path, img):
    with pytest.raises(ValueError, match='img must'):
        write_image(img, tmp_path / 'a.png')
    assert not list(tmp_path.iterdir())
