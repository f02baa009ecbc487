import warnings

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli.command import exit_code
from chainercv_seg.utils import read_image


@pytest.fixture
def odd(tmp_path):
    """A file of whose EXIF data Pillow warns, and which it reads nevertheless."""
    path = tmp_path / 'a.jpg'
    Image.new('RGB', (3, 2)).save(path, exif=b'Exif\0\0II*\0\x08\0\0\0\x05\0')
    return path


def test_a_command_says_nothing_of_odd_tags(odd, capsys):
    with pytest.warns(UserWarning, match='Corrupt EXIF'):
        read_image(odd)
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter('always')
        assert exit_code(lambda: print(read_image(odd).shape)) == 0
    assert shown == []
    assert capsys.readouterr().out == '(3, 2, 3)\n'


def test_a_large_image_within_the_limit_is_read_in_silence(tmp_path, monkeypatch, capfd):
    Image.new('L', (40, 30)).save(tmp_path / 'a.png')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 1000)
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter('always')
        assert exit_code(lambda: print(read_image(tmp_path / 'a.png').shape)) == 0
    assert shown == []


def test_a_command_reads_arrays_of_python_2_in_silence(tmp_path):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 2L), }"
    header += b' ' * (117 - len(header)) + b'\n'
    path = tmp_path / 'a.npy'
    path.write_bytes(b'\x93NUMPY\1\0' + len(header).to_bytes(2, 'little') + header + bytes(4))
    with pytest.warns(UserWarning, match='Python 2'):
        np.load(path)
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter('always')
        assert exit_code(lambda: print(np.load(path).shape)) == 0
    assert shown == []


def test_other_warnings_are_shown():
    with pytest.warns(UserWarning, match='of ours'):
        exit_code(lambda: warnings.warn('of ours', stacklevel=1))
