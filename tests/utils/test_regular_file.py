import os

import pytest

from chainercv_seg.utils.regular_file import check_regular, check_replaceable, open_regular
from tests.special_files import SPECIAL_FILES, make_special_file, state


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'file'


def test_a_regular_file_and_a_link_to_one_are_opened(path, tmp_path):
    path.write_bytes(b'content')
    (tmp_path / 'link').symlink_to(path)
    for name in (path, tmp_path / 'link', str(path)):
        check_replaceable(name)
        with open_regular(name) as file:
            assert file.read() == b'content'
    with open_regular(path, append=True) as file:
        file.write(b', more')
    assert path.read_bytes() == b'content, more'


@pytest.mark.parametrize('append', [False, True])
def test_a_file_that_is_not_there_is_not_made(path, append):
    check_replaceable(path)
    with pytest.raises(FileNotFoundError, match='No such file'):
        open_regular(path, append=append)
    assert not path.exists()


@pytest.mark.parametrize('kind', SPECIAL_FILES)
@pytest.mark.parametrize(
    'call', [open_regular, check_regular, check_replaceable, lambda p: open_regular(p, append=True)]
)
def test_what_is_no_regular_file_is_named_at_once(path, kind, call):
    before = make_special_file(path, kind)
    with pytest.raises(OSError, match=SPECIAL_FILES[kind]) as caught:
        call(path)
    assert caught.value.filename == str(path)
    assert state(path) == before


def test_what_is_exchanged_before_it_is_opened_is_not_waited_for(path, monkeypatch):
    path.touch()
    real = os.stat

    def stat_and_exchange(name, *arguments, **options):
        found = real(name, *arguments, **options)
        if name == path:
            path.unlink()
            os.mkfifo(path)
        return found

    monkeypatch.setattr(os, 'stat', stat_and_exchange)
    with pytest.raises(OSError, match='is a FIFO, not a regular file'):
        open_regular(path)
