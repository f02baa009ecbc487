import io
import json
import os
import tarfile
import threading
import zipfile

import pytest

from chainercv_seg.utils.archive_index import archive_index
from chainercv_seg.utils.packed_files import file_stat, is_there, packed_names, read_packed
from chainercv_seg.utils.regular_file import open_regular

CONTENTS = {'a.txt': b'first', 'b/c.bin': bytes(range(256)) * 300, 'b/d/e.txt': b''}


def write_zip(path, contents=CONTENTS, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, 'w', method) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path


def write_tar(path, contents=CONTENTS):
    with tarfile.open(path, 'w') as archive:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


WRITERS = {
    'deflated.zip': write_zip,
    'stored.zip': lambda path: write_zip(path, method=zipfile.ZIP_STORED),
    'x.tar': write_tar,
    'UPPER.ZIP': write_zip,
}


@pytest.fixture(params=WRITERS)
def archive(request, tmp_path):
    return WRITERS[request.param](tmp_path / request.param)


def test_each_file_is_read_as_it_was_written(archive):
    for name, data in CONTENTS.items():
        assert read_packed(archive / name) == data
        with open_regular(archive / name) as file:
            assert file.read() == data
        assert file_stat(archive / name).size == len(data)
        assert is_there(archive / name)


def test_folders_are_listed(archive):
    assert packed_names(archive) == ['a.txt', 'b']
    assert packed_names(archive / 'b') == ['c.bin', 'd']
    assert packed_names(archive / 'a.txt') is None
    assert is_there(archive / 'b' / 'd')


@pytest.mark.parametrize('name', ['z.txt', 'b/z', 'a.txt/z', 'b/d', '../a.txt'])
def test_what_is_not_there_is_said(archive, name):
    with pytest.raises(FileNotFoundError) as error:
        read_packed(archive / name)
    assert error.value.filename == str(archive / name)


def test_the_archive_itself_is_an_ordinary_file(archive):
    assert read_packed(archive) is None
    with open_regular(archive) as file:
        assert file.read() == archive.read_bytes()


def test_a_folder_with_the_suffix_of_an_archive_is_a_folder(tmp_path):
    (tmp_path / 'x.zip').mkdir()
    (tmp_path / 'x.zip' / 'a.txt').write_bytes(b'in a folder')
    assert read_packed(tmp_path / 'x.zip' / 'a.txt') is None
    with open_regular(tmp_path / 'x.zip' / 'a.txt') as file:
        assert file.read() == b'in a folder'


def test_threads_read_at_once(archive):
    found = []

    def read():
        found.extend(read_packed(archive / name) == CONTENTS[name] for name in 50 * [*CONTENTS])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == 600 * [True]


def test_an_archive_that_is_replaced_is_read_anew(tmp_path):
    path = write_zip(tmp_path / 'x.zip')
    assert read_packed(path / 'a.txt') == b'first'
    write_zip(path, {'a.txt': b'second, and longer'})
    assert read_packed(path / 'a.txt') == b'second, and longer'


def test_names_that_lead_out_of_the_archive_are_left_out(tmp_path):
    (tmp_path / 'secret').write_bytes(b'secret')
    contents = {'../secret': b'x', '/etc/passwd': b'x', 'a/../../secret': b'x', 'good': b'y'}
    for path in (write_zip(tmp_path / 'x.zip', contents), write_tar(tmp_path / 'x.tar', contents)):
        assert list(archive_index(str(path)).files) == ['good']
        with pytest.raises(FileNotFoundError):
            read_packed(f'{path}/../secret')


def test_links_in_archives_are_left_out(tmp_path):
    with tarfile.open(tmp_path / 'x.tar', 'w') as archive:
        info = tarfile.TarInfo('link')
        info.type, info.linkname = tarfile.SYMTYPE, '/etc/passwd'
        archive.addfile(info)
    with zipfile.ZipFile(tmp_path / 'x.zip', 'w') as archive:
        zipped = zipfile.ZipInfo('link')
        zipped.external_attr = 0o120777 << 16
        archive.writestr(zipped, '/etc/passwd')
    for name in ('x.tar', 'x.zip'):
        assert archive_index(str(tmp_path / name)).files == {}


@pytest.mark.parametrize('content', [b'', b'no archive', b'PK\3\4' + bytes(99), b'x' * 700])
@pytest.mark.parametrize('name', ['x.zip', 'x.tar'])
def test_what_is_no_archive_is_one_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(OSError, match='the archive cannot be read'):
        read_packed(tmp_path / name / 'a')
    assert packed_names(tmp_path / name) is None
    assert not is_there(tmp_path / name / 'a')


def test_a_file_that_is_damaged_in_the_archive_is_an_error(tmp_path):
    path = write_zip(tmp_path / 'x.zip', {'a': os.urandom(500)})
    content = bytearray(path.read_bytes())
    for at, what in ((200, 'its content'), (0, 'its header')):
        damaged = content.copy()
        damaged[at] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(OSError, match='it is damaged in the archive'):
            read_packed(path / 'a')
        assert what


def test_a_file_that_unpacks_to_more_than_it_says_is_an_error(tmp_path):
    path = write_zip(tmp_path / 'x.zip', {'a': bytes(1_000_000)})
    content = path.read_bytes().replace(
        (1_000_000).to_bytes(4, 'little'), (9).to_bytes(4, 'little')
    )
    path.write_bytes(content)
    with pytest.raises(OSError, match='it is damaged in the archive'):
        read_packed(path / 'a')


def test_other_methods_are_refused(tmp_path):
    path = write_zip(tmp_path / 'x.zip', method=zipfile.ZIP_LZMA)
    with pytest.raises(OSError, match='encrypted, or not compressed by deflate'):
        read_packed(path / 'a.txt')


def test_the_index_of_a_tar_is_kept_beside_it_and_made_anew_for_another(tmp_path):
    path = write_tar(tmp_path / 'x.tar')
    assert read_packed(path / 'a.txt') == b'first'
    kept = json.loads((tmp_path / 'x.tar.index').read_text())
    assert set(kept['files']) == set(CONTENTS)
    write_tar(path, {'other.txt': b'other', **CONTENTS})
    assert read_packed(path / 'other.txt') == b'other'


@pytest.mark.parametrize('text', ['', '{}', '[]', '{"archive": 1}', 'not JSON', None])
def test_an_index_that_is_broken_is_made_anew(tmp_path, text):
    path = write_tar(tmp_path / 'x.tar')
    found = path.stat()
    stamp = [1, found.st_size, found.st_mtime_ns]
    files = {'a.txt': [-5, 5, 5]}
    text = json.dumps({'archive': stamp, 'files': files}) if text is None else text
    (tmp_path / 'x.tar.index').write_text(text)
    assert read_packed(path / 'a.txt') == b'first'
