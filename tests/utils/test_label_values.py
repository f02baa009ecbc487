import itertools

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.utils import ImageFileError, read_label
from tests.image_bytes import write_png, write_tiff
from tests.utils.test_color_values import palette, write_bmp


@pytest.mark.parametrize('bits', [1, 2, 4, 8, 16])
def test_grey_values_are_read_as_stored(tmp_path, bits):
    label = np.random.RandomState(0).randint(0, 2**bits, (5, 7, 1))
    write_png(tmp_path / 'a.png', label, bits=bits)
    for order, deflate in itertools.product('<>', (False, True)):
        path = tmp_path / f'{order}{deflate}.tif'
        write_tiff(path, label, bits=bits, order=order, deflate=deflate, orientation=6)
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(read_label(path), label[:, :, 0])


@pytest.mark.parametrize('bits', [1, 2, 4, 8])
def test_palette_indices_are_read_as_stored(tmp_path, bits):
    label = np.random.RandomState(0).randint(0, 2**bits, (5, 7, 1))
    colors = palette(*(255 - i for i in range(2**bits)))
    chunks = [colors, (b'tRNS', b'\0')]
    write_png(tmp_path / 'a.png', label, bits=bits, color=3, chunks=chunks)
    np.testing.assert_array_equal(read_label(tmp_path / 'a.png'), label[:, :, 0])


@pytest.mark.parametrize('largest', [1, 20, 150, 255, 300, 65535])
@pytest.mark.parametrize('kind', ['P2', 'P5'])
def test_values_of_a_pgm_are_not_stretched_to_its_white(tmp_path, largest, kind):
    label = np.random.RandomState(0).randint(0, largest + 1, (4, 5))
    if kind == 'P2':
        content = ' '.join(map(str, label.ravel())).encode() + b'\n'
    else:
        content = label.astype('u1' if largest < 256 else '>u2').tobytes()
    (tmp_path / 'a.pgm').write_bytes(f'{kind} 5 4 {largest}\n'.encode() + content)
    np.testing.assert_array_equal(read_label(tmp_path / 'a.pgm'), label)


@pytest.mark.parametrize('bits', [8, 16, 32])
def test_values_with_a_sign_keep_it(tmp_path, bits):
    label = np.array([[-1, 0, 3], [100, -7, 2]])
    write_tiff(tmp_path / 'a.tif', label[:, :, np.newaxis], bits=bits, sample_format=2)
    np.testing.assert_array_equal(read_label(tmp_path / 'a.tif'), label)


@pytest.mark.parametrize('bits', [1, 2, 4, 8, 16])
def test_where_0_is_white_nobody_guesses(tmp_path, bits):
    write_tiff(tmp_path / 'a.tif', np.eye(8, dtype=int)[:, :, None], bits=bits, photometric=0)
    with pytest.raises(ImageFileError, match=r'a\.tif is an image in which 0 is white.*8-bit PNG'):
        read_label(tmp_path / 'a.tif')


def test_a_pbm_is_one_in_which_0_is_white(tmp_path):
    (tmp_path / 'a.pbm').write_bytes(b'P4 8 1\n\xaa')
    with pytest.raises(ImageFileError, match=r'a\.pbm is an image in which 0 is white'):
        read_label(tmp_path / 'a.pbm')


@pytest.mark.parametrize('case', ['grey of 4 bits', 'grey of 8 bits, black and white'])
def test_a_bmp_that_pillow_misreads_is_refused(tmp_path, case):
    write_bmp(tmp_path / 'a.bmp', case)
    with pytest.raises(ImageFileError, match=r'a\.bmp has values of a size that cannot be read'):
        read_label(tmp_path / 'a.bmp')


@pytest.mark.parametrize(('mode', 'what'), [('LA', 'transparency'), ('F', 'fractions')])
def test_what_is_no_label_map_is_named_with_a_remedy(tmp_path, mode, what):
    Image.new(mode, (3, 2)).save(tmp_path / 'a.tif')
    with pytest.raises(ImageFileError, match=rf'a\.tif is a {mode} image, with {what}.*8-bit PNG'):
        read_label(tmp_path / 'a.tif')
