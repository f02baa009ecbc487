import warnings

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli.command import exit_code
from chainercv_seg.utils import read_image
from tests.image_bytes import write_tiff


@pytest.fixture
def odd(tmp_path):
    """A file of whose tags Pillow warns, and which it reads nevertheless."""
    path = tmp_path / 'a.tif'
    write_tiff(path, np.zeros((2, 3, 3), int), bits=8, orientation=1)
    content = bytearray(path.read_bytes())
    place = content.index(b'\x12\x01\x03\x00')
    content[place : place + 8] = b'\xfe\xf0\x03\x00\xff\xff\xff\x00'  # more values than there are
    path.write_bytes(content)
    return path


def test_a_command_says_nothing_of_odd_tags(odd, capsys):
    with pytest.warns(UserWarning, match='Tag data'):
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


def test_other_warnings_are_shown():
    with pytest.warns(UserWarning, match='of ours'):
        exit_code(lambda: warnings.warn('of ours', stacklevel=1))
