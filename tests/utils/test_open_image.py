import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from chainercv_seg.utils import ImageFileError, read_image, read_label
from chainercv_seg.utils.errors import UsageError
from chainercv_seg.utils.open_image import open_image
from chainercv_seg.utils.pixel_limit import MAX_PIXELS
from tests.image_bytes import write_png, write_tiff

read = pytest.mark.parametrize('read', [read_image, read_label])


@pytest.mark.parametrize('format', ['PNG', 'JPEG', 'BMP', 'TIFF', 'GIF', 'WEBP', 'PPM'])
def test_the_documented_formats_are_told_by_content(tmp_path, format):
    Image.new('RGB', (4, 3), (9, 9, 9)).save(tmp_path / 'a.txt', format)
    assert read_image(tmp_path / 'a.txt').shape == (3, 3, 4)
    with open(tmp_path / 'a.txt', 'rb') as file:
        assert read_image(file).shape == (3, 3, 4)


@read
@pytest.mark.parametrize('format', ['EPS', 'DDS', 'PDF', 'ICO', 'TGA', 'PCX', 'SGI', 'MSP', 'XBM'])
def test_other_formats_are_not_opened_whatever_they_are_called(tmp_path, read, format):
    mode = {'MSP': '1', 'XBM': '1'}.get(format, 'RGB')
    Image.new(mode, (32, 32)).save(tmp_path / 'a.png', format)
    with pytest.raises(ImageFileError, match=r'a\.png cannot be read as an image: .*not a PNG'):
        read(tmp_path / 'a.png')


@read
@pytest.mark.parametrize(
    'error',
    [
        NotImplementedError('Unknown pixel format'),
        SyntaxError('broken PNG file'),
        struct.error('unpack requires'),
        OverflowError('Python int too large'),
        IndexError('index out of range'),
        KeyError('mode'),
        TypeError('Missing dimensions'),
        ZeroDivisionError('division by zero'),
        SystemError('tile cannot extend outside image'),
        RuntimeError('could not create decoder object'),
        Image.DecompressionBombWarning('Image size exceeds limit'),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_decoder_raises_the_file_is_named(tmp_path, read, error, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    Image.new('L', (4, 3)).save(tmp_path / 'a.png')
    monkeypatch.setattr(PngImagePlugin.PngImageFile, 'load', fail)
    with pytest.raises(ImageFileError, match=r'a\.png cannot be read as an image: \S') as raised:
        read(tmp_path / 'a.png')
    assert str(error) in str(raised.value)


@read
def test_where_memory_is_short_the_file_is_named(tmp_path, read, monkeypatch):
    def fail(*args):
        raise MemoryError

    Image.new('L', (4, 3)).save(tmp_path / 'a.png')
    monkeypatch.setattr(ImageFile.ImageFile, 'load', fail)
    with pytest.raises(ImageFileError, match=r'a\.png .*not enough memory'):
        read(tmp_path / 'a.png')


@read
@pytest.mark.parametrize('size', [(20000, 20000), (1, 2**31 - 1), (2**31 - 1, 2**31 - 1)])
def test_what_claims_to_be_too_large_takes_no_memory(tmp_path, read, size):
    write_header(tmp_path / 'a.png', size)
    tracemalloc.start()
    try:
        with pytest.raises(ImageFileError, match=rf'a\.png.*more pixels.*{MAX_PIXELS}'):
            read(tmp_path / 'a.png')
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize('format', ['PNG', 'TIFF', 'GIF', 'BMP', 'WEBP', 'JPEG', 'PPM'])
def test_the_limit_is_the_environments_or_else_pillows(tmp_path, monkeypatch, format):
    path = tmp_path / 'a'
    Image.new('L', (40, 30)).save(path, format)
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 200)
    with pytest.raises(ImageFileError, match='than the 400 that are read'):
        read_image(path)
    monkeypatch.setenv(MAX_PIXELS, '1200')
    assert read_image(path).shape == (3, 30, 40)
    monkeypatch.setenv(MAX_PIXELS, '1199')
    with pytest.raises(ImageFileError, match=r'30 x 40, .*than the 1199 that are read'):
        read_image(path)
    monkeypatch.delenv(MAX_PIXELS)
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', None)
    assert read_image(path).shape == (3, 30, 40)


@pytest.mark.parametrize('value', ['9' * 5000, '0', '-5', 'many', '1e9', '²'])
def test_a_limit_that_is_no_number_is_a_usage_error(tmp_path, monkeypatch, value):
    Image.new('L', (4, 3)).save(tmp_path / 'a.png')
    monkeypatch.setenv(MAX_PIXELS, value)
    with pytest.raises(UsageError, match=f'{MAX_PIXELS} must be a number of pixels'):
        read_image(tmp_path / 'a.png')


@read
def test_too_much_text_is_named_with_a_remedy(tmp_path, read):
    text = b'zTXt', b'note\0\0' + zlib.compress(b'x' * 2_000_000)
    for place in ('chunks', 'late'):
        write_png(tmp_path / 'a.png', np.zeros((2, 3, 1), int), bits=8, **{place: [text]})
        with pytest.raises(ImageFileError, match=r'a\.png .*too much text. Save it without'):
            read(tmp_path / 'a.png')


@read
@pytest.mark.parametrize('size', [(60, 3), (4, 300)])
def test_a_tiff_that_says_to_be_larger_than_its_parts_is_refused(tmp_path, read, size):
    path = tmp_path / 'a.tif'
    write_tiff(path, np.zeros((3, 4, 1), int), bits=8)
    content = path.read_bytes()
    for tag, old, new in zip((256, 257), (4, 3), size, strict=True):
        entry = struct.pack('<HHIHH', tag, 3, 1, old, 0)
        assert entry in content
        content = content.replace(entry, struct.pack('<HHIHH', tag, 3, 1, new, 0))
    path.write_bytes(content)
    with pytest.raises(ImageFileError, match=r'a\.tif cannot be read as an image'):
        read(path)


def test_a_file_object_stays_open():
    file = io.BytesIO()
    Image.new('L', (4, 3)).save(file, 'PNG')
    with open_image(file) as img:
        assert img.size == (4, 3)
    assert not file.closed


def write_header(path, size):
    """A PNG that says it has this many pixels, and holds none."""
    content = b'IHDR' + struct.pack('>IIBBBBB', *size, 8, 0, 0, 0, 0)
    chunk = struct.pack('>I', 13) + content + struct.pack('>I', zlib.crc32(content))
    end = struct.pack('>I', 0) + b'IEND' + struct.pack('>I', zlib.crc32(b'IEND'))
    data = zlib.compress(b'')
    pixels = struct.pack('>I', len(data)) + b'IDAT' + data
    pixels += struct.pack('>I', zlib.crc32(b'IDAT' + data))
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk + pixels + end)
