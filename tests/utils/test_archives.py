import errno
import gzip
import io
import os
import shutil
import stat
import sys
import tarfile
import tracemalloc
import warnings
import zipfile
from contextlib import suppress

import pytest

from chainercv_seg.utils import extractall
from chainercv_seg.utils.archives import check_archive, unpack
from tests.special_files import SPECIAL_FILES, make_special_file, state

OUTSIDE = ['../evil', 'a/../../evil', '/evil', 'C:/evil', 'C:evil', '\\evil', '..\\evil', 'a/..\\b']


def make_zip(path, members):
    """Write a zip file; a member is a name and its content, or a ZipInfo."""
    with zipfile.ZipFile(path, 'w') as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def make_tar(path, members, mode='w'):
    """Write a tar file; a member is a name and its content, or a TarInfo without content."""
    with tarfile.open(path, mode) as file:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob('*')
    }


FILES = [('a/1', b'one'), ('a/b/2', b'two' * 1000), ('3', b'')]
TREE = {'a': None, 'a/1': b'one', 'a/b': None, 'a/b/2': b'two' * 1000, '3': b''}


@pytest.mark.parametrize('ext', ['.zip', '.tar', '.gz', '.tgz'])
def test_archives_are_extracted_as_in_chainercv(ext, tmp_path):
    path = tmp_path / f'archive{ext}'
    if ext == '.zip':
        make_zip(path, FILES)
    else:
        make_tar(path, FILES, 'w' if ext == '.tar' else 'w:gz')
    extractall(str(path), str(tmp_path / 'out'), ext)
    assert tree(tmp_path / 'out') == TREE
    extractall(path, tmp_path / 'out', ext)
    assert tree(tmp_path / 'out') == TREE


def test_another_kind_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"must be one of \('\.zip', .*not '\.rar'"):
        extractall(tmp_path / 'archive.rar', tmp_path, '.rar')


def test_what_else_is_in_the_folder_stays(tmp_path):
    (tmp_path / 'out' / 'a').mkdir(parents=True)
    for name in ('a/1', 'a/mine'):
        (tmp_path / 'out' / name).write_bytes(b'old')
    extractall(make_zip(tmp_path / 'z', FILES), tmp_path / 'out', '.zip')
    assert tree(tmp_path / 'out') == {**TREE, 'a/mine': b'old'}


@pytest.mark.parametrize('make', [make_zip, make_tar])
@pytest.mark.parametrize('name', OUTSIDE)
def test_a_path_that_leads_out_is_refused_and_nothing_is_left(name, make, tmp_path):
    archive = make(tmp_path / 'archive', [('a', b'good'), (name, b'evil')])
    with pytest.raises(ValueError, match=r'refused, for its member .* leads out of the folder'):
        unpack(archive, tmp_path / 'x' / 'out')
    assert {path.name for path in tmp_path.rglob('*')} == {'archive', 'x'}


@pytest.mark.parametrize(
    'kind', [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_in_a_tar_file_are_refused(kind, tmp_path):
    info = tarfile.TarInfo('link')
    info.type, info.linkname = kind, '/etc'
    archive = make_tar(tmp_path / 'archive', [('a', b'good'), (info, b''), ('link/x', b'evil')])
    with pytest.raises(ValueError, match="member 'link' is a link or a device"):
        unpack(archive, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_links_in_a_zip_file_are_refused(tmp_path):
    info = zipfile.ZipInfo('link')
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = make_zip(tmp_path / 'archive', [(info, b'/etc')])
    with pytest.raises(ValueError, match="member 'link' is a link or a device"):
        unpack(archive, tmp_path / 'out')


def damaged(content):
    middle = len(content) // 2
    return (
        content[:middle]
        + bytes(b ^ 255 for b in content[middle : middle + 50])
        + content[middle + 50 :]
    )


@pytest.mark.parametrize('kind', ['zip', 'w:gz', 'w:bz2', 'w:xz'])
@pytest.mark.parametrize('harm', [damaged, lambda content: content[: len(content) * 2 // 3]])
def test_a_broken_archive_leaves_what_was_there(kind, harm, tmp_path):
    members = [(str(i), bytes(range(256)) * 40) for i in range(20)]
    path = tmp_path / 'archive'
    if kind == 'zip':
        make_zip(path, members)
    else:
        make_tar(path, members, kind)
    path.write_bytes(harm(path.read_bytes()))
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / '3').write_bytes(b'old')
    with pytest.raises(ValueError, match=r'is no sound archive|neither a zip nor a tar file'):
        unpack(path, tmp_path / 'out')
    assert tree(tmp_path / 'out') == {'3': b'old'}


@pytest.mark.parametrize('harm', ['cut in a file', 'cut between two files', 'broken header'])
def test_a_tar_file_with_a_file_less_is_broken(harm, tmp_path):
    path = make_tar(tmp_path / 'archive', FILES)
    content = path.read_bytes()
    if harm == 'broken header':
        path.write_bytes(content[:1024] + b'?' * 512 + content[1536:])
    else:
        path.write_bytes(content[: 1024 if 'between' in harm else 2000])
    with pytest.raises(ValueError, match='no sound archive'):
        unpack(path, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_a_member_that_is_a_file_and_a_folder_is_broken(tmp_path):
    path = make_tar(tmp_path / 'archive', [('a', b'file'), ('a/b', b'in it')])
    with pytest.raises(ValueError, match='no sound archive'):
        unpack(path, tmp_path / 'out')


def test_an_encrypted_member_is_an_error(tmp_path):
    path = make_zip(tmp_path / 'archive', [('a', b'secret')])
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of an encrypted member, in both of its headers
    content[content.index(b'PK\1\2') + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r'no sound archive.*encrypted'):
        unpack(path, tmp_path / 'out')


def test_a_tar_file_whose_last_member_is_a_zip_file_is_a_tar_file(tmp_path):
    inner = make_zip(tmp_path / 'inner', [('x', b'1')]).read_bytes()
    unpack(make_tar(tmp_path / 'archive', [('inner.zip', inner)]), tmp_path / 'out')
    assert tree(tmp_path / 'out') == {'inner.zip': inner}


def test_what_a_killed_process_left_is_neither_kept_nor_in_the_way(tmp_path):
    left = tmp_path / 'out' / '.chainercv_seg-0123456789abcdef.tmp' / 'a'
    left.mkdir(parents=True)
    (left / 'half').touch()
    unpack(make_zip(tmp_path / 'archive', FILES), tmp_path / 'out')
    assert tree(tmp_path / 'out') == TREE


def test_files_are_readable_as_others_whatever_the_archive_says(tmp_path):
    info = tarfile.TarInfo('a')
    info.mode = 0o4000
    unpack(make_tar(tmp_path / 'archive', [(info, b'x')]), tmp_path / 'out')
    (tmp_path / 'other').touch()
    assert (tmp_path / 'out' / 'a').stat().st_mode == (tmp_path / 'other').stat().st_mode


def test_a_member_may_be_called_as_the_work_folder_once_was(tmp_path):
    unpack(make_zip(tmp_path / 'archive', [('.unpacking/a', b'1')]), tmp_path / 'out')
    assert tree(tmp_path / 'out') == {'.unpacking': None, '.unpacking/a': b'1'}


def check_refused(archive, target, match):
    """Neither the check nor the unpacking raises anything but a ValueError, and nothing is left."""
    with suppress(ValueError):
        check_archive(archive)
    with pytest.raises(ValueError, match=match):
        unpack(archive, target)
    assert not target.exists()


def nameless(content, make):
    """Make the name 'nameless' end before its first letter."""
    if make is make_zip:
        return content.replace(b'nameless', b'\0ameless')
    start = content.index(b'nameless')
    info = tarfile.TarInfo('')
    info.size = 1
    return content[:start] + info.tobuf() + content[start + tarfile.BLOCKSIZE :]


@pytest.mark.parametrize('make', [make_zip, make_tar])
@pytest.mark.parametrize('names', [[''], ['a', ''], ['', 'a']])
def test_a_member_without_a_name_is_refused(make, names, tmp_path):
    archive = make(tmp_path / 'archive', [(name or 'nameless', b'1') for name in names])
    archive.write_bytes(nameless(archive.read_bytes(), make))
    check_refused(archive, tmp_path / 'out', "member '' has no name")


@pytest.mark.parametrize('make', [make_zip, make_tar])
@pytest.mark.parametrize('name', ['x' * 256, 'd/' + 'ü' * 128 + '/f', 'd/' * 65 + 'f', 'd/' * 1200])
def test_a_member_whose_name_no_file_can_have_is_refused(make, name, tmp_path):
    archive = make(tmp_path / 'archive', [('a', b'1'), (name, b'')])
    check_refused(archive, tmp_path / 'out', 'has a name too long for a file')


@pytest.mark.parametrize('make', [make_zip, make_tar])
def test_long_names_of_files_are_unpacked(make, tmp_path):
    name = 'd/' * 8 + 'x' * 255
    unpack(make(tmp_path / 'archive', [(name, b'1')]), tmp_path / 'out')
    assert (tmp_path / 'out' / name).read_bytes() == b'1'


def test_the_folder_itself_may_be_a_member_but_no_file(tmp_path):
    info = tarfile.TarInfo('./')
    info.type = tarfile.DIRTYPE
    unpack(make_tar(tmp_path / 'archive', [(info, b''), ('./a', b'1')]), tmp_path / 'out')
    assert tree(tmp_path / 'out') == {'a': b'1'}
    for make in (make_tar, make_zip):
        archive = make(tmp_path / 'archive', [('.', b'1')])
        check_refused(archive, tmp_path / 'other', 'a file and a folder of one name')


@pytest.mark.parametrize('make', [make_zip, make_tar])
def test_a_file_that_is_there_twice_is_refused(make, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of zipfile, which writes it all the same
        archive = make(tmp_path / 'archive', [('a/b', b'1'), ('a/./b', b'2'), ('a//b', b'3')])
    check_refused(archive, tmp_path / 'out', r"member 'a/\./b' is there twice")


@pytest.mark.parametrize('mode', ['w:gz', 'w:bz2', 'w:xz', 'zip'])
def test_wherever_it_is_cut_an_archive_is_broken(mode, tmp_path):
    path = tmp_path / 'archive'
    members = [('a', os.urandom(300)), ('b', bytes(99))]
    make_zip(path, members) if mode == 'zip' else make_tar(path, members, mode)
    content = path.read_bytes()
    lengths = {*range(40), *range(40, len(content), 23), *range(len(content) - 20, len(content))}
    for length in lengths:
        path.write_bytes(content[:length])
        check_refused(path, tmp_path / 'out', 'cut short|neither a zip nor|no sound archive')


@pytest.mark.parametrize('mode', ['w', 'w:gz', 'w:bz2', 'w:xz', 'zip'])
def test_whatever_byte_is_flipped_an_archive_is_sound_or_broken(mode, tmp_path):
    path = tmp_path / 'archive'
    members = [('a', b'content'), ('c/b', bytes(9))]
    make_zip(path, members) if mode == 'zip' else make_tar(path, members, mode)
    content = path.read_bytes()
    positions = [i for i in range(len(content)) if content[i]]
    for position in sorted({*positions[::4], *range(0, min(320, len(content)), 23)}):
        for flip in (1, 255):
            path.write_bytes(
                content[:position] + bytes([content[position] ^ flip]) + content[position + 1 :]
            )
            with suppress(ValueError):
                unpack(path, tmp_path / 'out')
    assert {p.name for p in tmp_path.iterdir()} <= {'archive', 'out'}


def test_a_name_of_endless_length_takes_no_memory(tmp_path):
    info = tarfile.TarInfo('././@LongLink')
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 64 << 20
    with gzip.open(tmp_path / 'archive', 'wb') as file:
        file.write(info.tobuf())
        for _ in range(64):
            file.write(b'x' * (1 << 20))
    tracemalloc.start()
    check_refused(tmp_path / 'archive', tmp_path / 'out', 'neither a zip nor a tar')
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@pytest.mark.parametrize('make', [make_zip, make_tar])
def test_what_takes_more_than_the_disk_has_is_not_begun(make, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=3999)
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: usage)
    archive = make(tmp_path / 'archive', [('a', bytes(3999)), ('b', bytes(4000))])
    with pytest.raises(OSError, match="'b' takes 4000 bytes, but 3999 are free") as caught:
        unpack(archive, tmp_path / 'out')
    assert caught.value.errno == errno.ENOSPC
    assert not (tmp_path / 'out').exists()


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_is_named_and_stays(kind, tmp_path):
    make_special_file(tmp_path / 'archive', kind)
    for call in (check_archive, lambda path: unpack(path, tmp_path / 'out')):
        with pytest.raises(OSError, match=SPECIAL_FILES[kind]):
            call(tmp_path / 'archive')
    (tmp_path / 'out').mkdir()
    before = make_special_file(tmp_path / 'out' / 'a', kind)
    with pytest.raises(OSError, match=f'{SPECIAL_FILES[kind]}|found a folder'):
        unpack(make_zip(tmp_path / 'sound', [('a', b'1')]), tmp_path / 'out')
    assert state(tmp_path / 'out' / 'a') == before
