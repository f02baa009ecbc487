import errno
import os
import sys

import pytest

from chainercv_seg.utils import OutputError
from chainercv_seg.utils.output_files import check_output_folder, make_output_folder, replaced_file
from tests.special_files import SPECIAL_FILES, make_special_file, state


def test_a_file_takes_the_place_of_another_when_it_is_complete(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'old')
    with replaced_file(path) as file:
        file.write(b'new')
        file.flush()
        assert path.read_bytes() == b'old'
    assert path.read_bytes() == b'new'
    assert os.listdir(tmp_path) == ['file']


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'old')

    def interrupted():
        with replaced_file(path) as file:
            file.write(b'new')
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b'old'
    assert os.listdir(tmp_path) == ['file']


def test_others_may_read_the_file_as_any_other(tmp_path):
    (tmp_path / 'ordinary').touch()
    with replaced_file(tmp_path / 'file'):
        pass
    assert (tmp_path / 'file').stat().st_mode == (tmp_path / 'ordinary').stat().st_mode


def test_an_output_folder_is_made_and_stays_empty(tmp_path):
    folder = make_output_folder(tmp_path / 'a' / 'b')
    assert os.listdir(folder) == []
    assert make_output_folder(folder) == folder


def test_an_output_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / 'file').touch()
    for folder in (tmp_path / 'file', tmp_path / 'file' / 'below'):
        with pytest.raises(OutputError, match=r'file.* cannot be written: '):
            make_output_folder(folder)


@pytest.mark.skipif(os.name == 'nt', reason='links need rights there')
def test_what_is_in_the_place_of_a_folder_is_said(tmp_path):
    (tmp_path / 'file').touch()
    (tmp_path / 'link').symlink_to(tmp_path / 'gone')
    for name, reason in (
        ('file', 'is a file, not a folder'),
        ('link', 'gone, where there is nothing'),
    ):
        for folder in (tmp_path / name, tmp_path / name / 'below'):
            with pytest.raises(
                OutputError, match=f'{name}.* cannot be written: .*{name}.*{reason}'
            ):
                check_output_folder(folder)
            with pytest.raises(OutputError, match=reason):
                make_output_folder(folder)


def test_a_folder_that_can_be_made_is_not_made_by_the_check(tmp_path):
    check_output_folder(tmp_path / 'a' / 'b')
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write everywhere')
def test_a_read_only_output_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match='cannot be written: Permission denied'):
        make_output_folder(tmp_path)


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_file_is_not_replaced(tmp_path, kind):
    before = make_special_file(tmp_path / 'result', kind)
    with (
        pytest.raises(OutputError, match=f'result cannot be written: .*{SPECIAL_FILES[kind]}'),
        replaced_file(tmp_path / 'result'),
    ):
        pass
    assert state(tmp_path / 'result') == before


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_will_not_be_replaced_is_noticed_before_there_is_anything_to_write(tmp_path, kind):
    make_special_file(tmp_path / 'result', kind)
    with pytest.raises(OutputError, match=f'result cannot be written: .*{SPECIAL_FILES[kind]}'):
        make_output_folder(tmp_path, ['other', 'result'])


def test_a_link_to_a_file_is_replaced_and_the_file_stays(tmp_path):
    (tmp_path / 'theirs').write_bytes(b'theirs')
    (tmp_path / 'result').symlink_to(tmp_path / 'theirs')
    with replaced_file(tmp_path / 'result') as file:
        file.write(b'new')
    assert (tmp_path / 'theirs').read_bytes() == b'theirs'
    assert (tmp_path / 'result').read_bytes() == b'new'


@pytest.mark.parametrize('code', [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_is_an_error_that_names_the_file(tmp_path, monkeypatch, code):
    def fail(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, 'fsync', fail)
    with (
        pytest.raises(OutputError, match=f'result cannot be written: {os.strerror(code)}'),
        replaced_file(tmp_path / 'result'),
    ):
        pass
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path):
    with (
        pytest.raises(OutputError, match=r'none/result cannot be written: No such file'),
        replaced_file(tmp_path / 'none' / 'result'),
    ):
        pass


def test_an_error_of_another_file_is_passed_on(tmp_path):
    with pytest.raises(FileNotFoundError, match='another'), replaced_file(tmp_path / 'result'):
        (tmp_path / 'another').read_bytes()


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    with replaced_file(tmp_path / ('x' * 255)) as file:
        file.write(b'long')
    assert (tmp_path / ('x' * 255)).read_bytes() == b'long'
