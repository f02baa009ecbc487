import itertools
import struct

import numpy as np
import pytest
from PIL import Image, __version__

from chainercv_seg.utils import ImageFileError, read_image
from tests.image_bytes import write_png, write_tiff

DEEP = np.array([[0, 1, 257, 4000], [30000, 65279, 65280, 65535]])[:, :, np.newaxis]

#: Releases before it refuse these, or write them so that they cannot be read: then they are one line.
needs_pillow_13 = pytest.mark.skipif(
    int(__version__.split('.')[0]) < 13, reason='Pillow before 13 cannot read these TIFF files'
)


def palette(*greys):
    return b'PLTE', bytes(grey for grey in greys for _ in range(3))


def test_greys_of_16_bits_are_scaled_exactly(tmp_path):
    write_png(tmp_path / 'a.png', DEEP, bits=16)
    (tmp_path / 'a.pgm').write_bytes(b'P5 4 2 65535\n' + DEEP.astype('>u2').tobytes())
    for order, deflate in itertools.product('<>', (False, True)):
        write_tiff(tmp_path / f'{order}{deflate}.tif', DEEP, bits=16, order=order, deflate=deflate)
    for path in tmp_path.iterdir():
        img = read_image(path)
        assert img.shape == (3, 2, 4)
        np.testing.assert_allclose(img, np.stack([DEEP[:, :, 0] / 257] * 3), rtol=1e-6)
        np.testing.assert_allclose(read_image(path, color=False), img[:1])
        np.testing.assert_array_equal(
            read_image(path, dtype=np.uint8)[0], [[0, 0, 1, 16], [117, 254, 254, 255]]
        )


def test_white_is_the_largest_value_that_the_bits_allow(tmp_path):
    write_tiff(tmp_path / 'a.tif', np.array([[[0], [819], [4095], [4095]]]), bits=12)
    np.testing.assert_allclose(read_image(tmp_path / 'a.tif')[1], [[0, 51, 255, 255]], rtol=1e-6)
    (tmp_path / 'a.pgm').write_bytes(b'P5 3 1 300\n' + np.array([0, 60, 300], '>u2').tobytes())
    np.testing.assert_allclose(read_image(tmp_path / 'a.pgm')[1], [[0, 51, 255]], rtol=1e-6)


@pytest.mark.parametrize('bits', [1, 8, 16])
def test_where_0_is_white_it_is_seen_so(tmp_path, bits):
    samples = np.array([[[0], [1], [2**bits - 1]]])
    write_tiff(tmp_path / 'a.tif', samples, bits=bits, photometric=0)
    expected = 255 - samples[:, :, 0] * 255 / (2**bits - 1)
    np.testing.assert_allclose(read_image(tmp_path / 'a.tif')[0], expected, rtol=1e-6)


@pytest.mark.parametrize('alpha', [0, 1])
def test_colours_of_16_bits_keep_their_upper_8(tmp_path, alpha):
    samples = np.random.RandomState(0).randint(0, 65536, (5, 6, 3 + alpha))
    write_png(tmp_path / 'a.png', samples, bits=16, color=6 if alpha else 2)
    for order in '<>':
        extra = {'extra': 2} if alpha else {}
        for kind in ({}, {'deflate': True}, {'deflate': True, 'planar': True}):
            path = tmp_path / f'{order}{len(kind)}.tif'
            write_tiff(path, samples, bits=16, order=order, **kind, **extra)
    for path in tmp_path.iterdir():
        img = read_image(path, alpha='ignore')
        np.testing.assert_array_equal(img, samples[:, :, :3].transpose(2, 0, 1) >> 8)


@pytest.mark.parametrize(
    ('samples', 'options', 'cause'),
    [
        (DEEP, {'bits': 32}, 'integers whose range is not known'),
        (DEEP - 30000, {'bits': 16, 'sample_format': 2}, 'integers whose range is not known'),
        (DEEP % 256 - 128, {'bits': 8, 'sample_format': 2}, 'integers whose range is not known'),
        (DEEP / 65535, {'bits': 32, 'sample_format': 3}, 'fractions whose range is not known'),
        (np.zeros((4, 5, 3), int), {'bits': 16, 'planar': True}, 'samples of a size that cannot'),
    ],
)
@pytest.mark.parametrize('color', [True, False])
def test_samples_of_an_unknown_range_are_refused_by_name(tmp_path, samples, options, cause, color):
    write_tiff(tmp_path / 'a.tif', samples, **options)
    with pytest.raises(ImageFileError, match=rf'a\.tif is an image of mode .* {cause}.*PNG of 8'):
        read_image(tmp_path / 'a.tif', color=color)


def test_fractions_of_a_pfm_are_refused_by_name(tmp_path):
    (tmp_path / 'a.pfm').write_bytes(b'Pf 2 1 -1.0\n' + np.zeros(2, '<f4').tobytes())
    with pytest.raises(ImageFileError, match=r'a\.pfm'):
        read_image(tmp_path / 'a.pfm')


@pytest.mark.parametrize('case', ['grey of 4 bits', 'grey of 8 bits, black and white'])
def test_a_bmp_that_pillow_misreads_is_refused(tmp_path, case):
    write_bmp(tmp_path / 'a.bmp', case)
    with pytest.raises(ImageFileError, match=r'a\.bmp .*of a size that cannot be read'):
        read_image(tmp_path / 'a.bmp')


def write_bmp(path, case):
    bits, colors = (4, [(i, i, i, 0) for i in range(16)]) if '4' in case else (8, None)
    colors = colors or [(0, 0, 0, 0), (255, 255, 255, 0)]
    pixels = bytes(40 * bits // 8)
    start = 54 + 4 * len(colors)
    info = struct.pack('<IiiHHIIiiII', 40, 40, 1, 1, bits, 0, len(pixels), 0, 0, len(colors), 0)
    head = b'BM' + struct.pack('<IHHI', start + len(pixels), 0, 0, start)
    path.write_bytes(head + info + bytes(np.ravel(colors).tolist()) + pixels)


#: Samples, options of write_png, the greys that are seen, and their opacity.
TRANSPARENT = {
    'RGBA': ([[10, 10, 10, 0], [20, 20, 20, 51]], {'bits': 8, 'color': 6}, [10, 20], [0, 0.2]),
    'LA': ([[10, 0], [20, 51]], {'bits': 8, 'color': 4}, [10, 20], [0, 0.2]),
    'LA of 16 bits': (
        [[2570, 0], [5140, 13107]],
        {'bits': 16, 'color': 4},
        [10, 20],
        [0, 0.2],
    ),
    'P': (
        [[0], [1], [2]],
        {'bits': 8, 'color': 3, 'chunks': [palette(10, 20, 30), (b'tRNS', b'\0\x33')]},
        [10, 20, 30],
        [0, 0.2, 1],
    ),
    'P with one transparent colour': (
        [[0], [1], [2]],
        {'bits': 2, 'color': 3, 'chunks': [palette(10, 20, 30, 40), (b'tRNS', b'\xff\0')]},
        [10, 20, 30],
        [1, 0, 1],
    ),
    'L of 1 bit': ([[0], [1]], {'bits': 1, 'chunks': [(b'tRNS', b'\0\0')]}, [0, 255], [0, 1]),
    'L of 2 bits': (
        [[0], [2], [3]],
        {'bits': 2, 'chunks': [(b'tRNS', b'\0\2')]},
        [0, 170, 255],
        [1, 0, 1],
    ),
    'L of 4 bits': (
        [[3], [15]],
        {'bits': 4, 'chunks': [(b'tRNS', b'\0\3')]},
        [51, 255],
        [0, 1],
    ),
    'L of 8 bits': ([[7], [8]], {'bits': 8, 'chunks': [(b'tRNS', b'\0\7')]}, [7, 8], [0, 1]),
    'L of 16 bits': (
        [[2570], [2571]],
        {'bits': 16, 'chunks': [(b'tRNS', b'\x0a\x0a')]},
        [10, 2571 / 257],
        [0, 1],
    ),
    'RGB': (
        [[7, 7, 7], [8, 8, 8]],
        {'bits': 8, 'color': 2, 'chunks': [(b'tRNS', b'\0\7\0\7\0\7')]},
        [7, 8],
        [0, 1],
    ),
    'RGB of 16 bits': (
        [[2570] * 3, [5140] * 3],
        {'bits': 16, 'color': 2, 'chunks': [(b'tRNS', b'\x0a\x0a' * 3)]},
        [10, 20],
        [0, 1],
    ),
}


@pytest.mark.parametrize('case', TRANSPARENT)
@pytest.mark.parametrize('color', [True, False])
def test_transparency_of_every_kind_is_handled_as_asked_for(tmp_path, case, color):
    samples, options, greys, opacity = TRANSPARENT[case]
    path = tmp_path / 'a.png'
    write_png(path, np.array([samples]), **options)
    greys, opacity = np.array(greys), np.array(opacity)
    for alpha, expected in (
        ('ignore', greys),
        ('blend_with_white', greys * opacity + 255 * (1 - opacity)),
        ('blend_with_black', greys * opacity),
    ):
        img = read_image(path, alpha=alpha, color=color)
        assert img.shape == (3 if color else 1, 1, len(greys))
        np.testing.assert_allclose(img[0, 0], expected, rtol=1e-5, atol=1e-4)
    if color:
        with pytest.raises(ImageFileError, match=r"transparent image .* alpha='ignore' or"):
            read_image(path)
    else:
        np.testing.assert_allclose(read_image(path, color=False)[0, 0], greys, rtol=1e-6)


@pytest.mark.parametrize('mode', ['PA', 'LA', 'RGBA'])
def test_transparency_in_a_tiff_is_handled_as_asked_for(tmp_path, mode):
    img = Image.new('RGBA', (3, 2), (40, 40, 40, 51))
    if mode == 'PA':
        colors = img.convert('RGB').quantize(2)
        img = Image.merge('PA', (colors, img.getchannel('A')))
        img.putpalette(colors.getpalette())  # which older releases leave out
    img.convert(mode).save(tmp_path / 'a.tif')
    assert read_image(tmp_path / 'a.tif', alpha='ignore')[1, 1, 1] == 40
    blended = read_image(tmp_path / 'a.tif', alpha='blend_with_white')
    np.testing.assert_allclose(blended, np.full((3, 2, 3), 40 * 0.2 + 255 * 0.8), rtol=1e-6)
    with pytest.raises(ImageFileError, match=f'transparent image .{mode}'):
        read_image(tmp_path / 'a.tif')


@needs_pillow_13
def test_premultiplied_greys_are_divided_by_their_opacity(tmp_path):
    samples = np.array([[[20, 51], [60, 255]]])
    write_tiff(tmp_path / 'a.tif', samples, bits=8, extra=1)
    np.testing.assert_array_equal(read_image(tmp_path / 'a.tif', alpha='ignore')[0], [[100, 60]])


@pytest.mark.parametrize(
    ('mode', 'color'),
    [
        ('CMYK', (0, 255, 255, 0)),
        pytest.param('YCbCr', (76, 85, 255), marks=needs_pillow_13),
        ('LAB', (138, 208, 195)),
    ],
)
def test_other_colour_spaces_become_rgb(tmp_path, mode, color):
    Image.new(mode, (16, 16), color).save(tmp_path / 'a.tif')
    img = read_image(tmp_path / 'a.tif')
    np.testing.assert_allclose(img[:, 8, 8], [255, 0, 0], atol=20)
    np.testing.assert_allclose(read_image(tmp_path / 'a.tif', color=False)[0, 8, 8], 76, atol=12)
