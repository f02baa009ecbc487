import warnings

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


def test_other_warnings_are_shown():
    with pytest.warns(UserWarning, match='of ours'):
        exit_code(lambda: warnings.warn('of ours', stacklevel=1))
