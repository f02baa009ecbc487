import os

import pytest

from chainercv_seg.utils import OutputError
from chainercv_seg.utils.output_files import make_output_folder, replaced_file


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


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write everywhere')
def test_a_read_only_output_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match='cannot be written: Permission denied'):
        make_output_folder(tmp_path)
