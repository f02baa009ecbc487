import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from chainercv_seg.utils import ImageFileError, read_image, read_label
from chainercv_seg.utils.orientation import count_turned, is_turned, turn, turn_back
from tests.image_bytes import write_png, write_tiff

TAG = 0x112
#: Where each of EXIF's orientations shows the stored [[0, 1, 2], [3, 4, 5]].
SHOWN = {
    1: [[0, 1, 2], [3, 4, 5]],
    2: [[2, 1, 0], [5, 4, 3]],
    3: [[5, 4, 3], [2, 1, 0]],
    4: [[3, 4, 5], [0, 1, 2]],
    5: [[0, 3], [1, 4], [2, 5]],
    6: [[3, 0], [4, 1], [5, 2]],
    7: [[5, 2], [4, 1], [3, 0]],
    8: [[2, 5], [1, 4], [0, 3]],
}
STORED = np.array(SHOWN[1], np.uint8) * 40


def exif(number):
    data = Image.Exif()
    data[TAG] = number
    return data


def exif_chunk(number):
    return b'eXIf', exif(number).tobytes().removeprefix(b'Exif\0\0')


@pytest.mark.parametrize('number', SHOWN)
def test_pixels_are_turned_as_exif_defines_it(number):
    turned = turn(STORED, number)
    np.testing.assert_array_equal(turned, np.array(SHOWN[number]) * 40)
    np.testing.assert_array_equal(turn_back(turned, number), STORED)
    assert turn(np.zeros((2, 3, 4)), number).shape == (*turned.shape, 4)


@pytest.mark.parametrize(
    'options',
    [
        {'format': 'PNG'},
        {'format': 'WEBP', 'lossless': True},
        {'format': 'TIFF'},
        {'format': 'TIFF', 'compression': 'tiff_lzw'},
        {'format': 'JPEG', 'quality': 100},
    ],
    ids=lambda options: options['format'] + options.get('compression', ''),
)
@pytest.mark.parametrize('number', SHOWN)
@pytest.mark.parametrize('in_memory', [False, True])
def test_images_are_turned_and_label_maps_are_not(tmp_path, options, number, in_memory):
    stored = np.kron(STORED, np.ones((8, 8), np.uint8))  # blocks, for JPEG's sake
    path = tmp_path / 'a'
    shown = np.array(SHOWN[number]) * 40
    Image.fromarray(np.stack([stored] * 3, axis=2)).save(path, exif=exif(number), **options)
    file = io.BytesIO(path.read_bytes()) if in_memory else path
    np.testing.assert_allclose(read_image(file)[0, 4::8, 4::8], shown, atol=3)
    assert is_turned(path) == (number != 1)
    if options['format'] in ('PNG', 'TIFF'):
        Image.fromarray(stored).save(path, exif=exif(number), **options)
        file = io.BytesIO(path.read_bytes()) if in_memory else path
        np.testing.assert_array_equal(read_label(file), stored)
        np.testing.assert_array_equal(read_image(file, color=False)[0, 4::8, 4::8], shown)


@pytest.mark.parametrize('number', SHOWN)
@pytest.mark.parametrize('order', ['<', '>'])
def test_16_bit_tiffs_are_turned_too(tmp_path, number, order):
    stored = np.array(SHOWN[1])[:, :, np.newaxis] * 257
    write_tiff(tmp_path / 'a.tif', stored, bits=16, order=order, orientation=number)
    np.testing.assert_allclose(read_image(tmp_path / 'a.tif')[2], SHOWN[number], rtol=1e-6)
    np.testing.assert_array_equal(read_label(tmp_path / 'a.tif'), stored[:, :, 0])


def test_opacity_is_turned_with_the_colours(tmp_path):
    samples = np.zeros((2, 3, 2), int)
    samples[0, 0, 1] = 255  # the first pixel is black, all others are transparent
    write_png(tmp_path / 'a.png', samples, bits=8, color=4, chunks=[exif_chunk(6)])
    img = read_image(tmp_path / 'a.png', alpha='blend_with_white')
    np.testing.assert_array_equal(img[1], [[255, 0], [255, 255], [255, 255]])


def test_exif_behind_the_pixels_of_a_png_counts(tmp_path):
    for place in ('chunks', 'late'):
        path = tmp_path / f'{place}.png'
        write_png(path, np.zeros((2, 3, 1), int), bits=8, **{place: [exif_chunk(8)]})
        assert read_image(path).shape == (3, 3, 2)
        assert is_turned(path)


def test_an_orientation_in_xmp_counts(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_itxt('XML:com.adobe.xmp', '<x:xmpmeta tiff:Orientation="6"/>')
    Image.fromarray(STORED).save(tmp_path / 'a.png', pnginfo=info)
    assert read_image(tmp_path / 'a.png').shape == (3, 3, 2)
    assert is_turned(tmp_path / 'a.png')


@pytest.mark.filterwarnings('ignore::UserWarning')  # Pillow's, of damaged EXIF data
@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'II*\0',
        b'II*\0\xff\xff\xff\xff',
        b'\0' * 40,
        b'not EXIF at all',
        exif_chunk(6)[1][:15],
        exif_chunk(0)[1],
        exif_chunk(9)[1],
        exif_chunk(65535)[1],
    ],
)
def test_without_a_sound_orientation_images_are_as_stored(tmp_path, data):
    write_png(tmp_path / 'a.png', STORED[:, :, np.newaxis], bits=8, chunks=[(b'eXIf', data)])
    Image.fromarray(STORED).save(tmp_path / 'a.jpg', exif=data and b'Exif\0\0' + data)
    for name in ('a.png', 'a.jpg'):
        assert read_image(tmp_path / name).shape == (3, 2, 3)
        assert not is_turned(tmp_path / name)


def test_turned_images_are_counted_whatever_else_is_there(tmp_path):
    for number in (1, 3, 6):
        Image.fromarray(STORED).save(tmp_path / f'{number}.jpg', exif=exif(number))
    (tmp_path / 'broken.jpg').write_bytes(b'\xff\xd8\xff')
    (tmp_path / 'folder.jpg').mkdir()
    paths = [*tmp_path.iterdir(), tmp_path / 'missing.jpg']
    assert count_turned(paths) == 2
    with pytest.raises(ImageFileError, match=r'broken\.jpg'):
        read_image(tmp_path / 'broken.jpg')
