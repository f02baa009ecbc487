import io
import os
import tarfile
import zipfile

import pytest

from chainercv_seg.utils import DatasetError, cached_download, fetch_archive


def zipped(names, *, size=20_000):
    """A zip file of random files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as file:
        for name in names:
            file.writestr(name, os.urandom(size))
    return buffer.getvalue()


def tarred(names, *, mode='w'):
    """A tar file of small files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as file:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 3
            file.addfile(info, io.BytesIO(b'abc'))
    return buffer.getvalue()


NAMES = [f'A/images/{i}.bin' for i in range(20)]


def tree(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob('*') if p.is_file())


def test_a_connection_that_drops_is_gone_on_with(file_server, cache_root):
    content = zipped(NAMES)
    url = file_server.add('A.zip', content, drops=[100_000, 0, 50_000])
    target = cache_root / 'pfnet' / 'chainercv' / 'a'
    fetch_archive([url], target, expected=['A/images'])
    assert tree(target) == sorted(NAMES)
    assert sum(file_server.sent) == len(content)  # no byte twice
    assert [asked[1] for asked in file_server.asked][1:] == [
        'bytes=100000-',
        'bytes=100000-',
        'bytes=150000-',
    ]


def test_what_is_there_is_neither_asked_for_nor_written(file_server, cache_root, tmp_path):
    target = tmp_path / 'data'
    (target / 'A').mkdir(parents=True)
    fetch_archive([f'{file_server.url}/A.zip'], target, expected=['A'])
    assert file_server.asked == []
    assert not cache_root.exists()


@pytest.mark.parametrize('mode', ['w', 'w:gz', 'w:bz2', 'w:xz'])
def test_tar_files_of_all_kinds_are_unpacked(mode, file_server, cache_root, tmp_path):
    url = file_server.add('A.tar', tarred(NAMES, mode=mode))
    fetch_archive([url], tmp_path / 'data', expected=['A/images/3.bin'])
    assert tree(tmp_path / 'data') == sorted(NAMES)


def test_several_archives_share_a_folder(file_server, cache_root, tmp_path):
    target = tmp_path / 'data'
    for name in ('A', 'B'):
        url = file_server.add(f'{name}.zip', zipped([f'{name}/f', f'common/{name}']))
        fetch_archive([url], target, expected=[name])
    assert tree(target) == ['A/f', 'B/f', 'common/A', 'common/B']


def test_an_archive_in_the_cache_of_chainer_is_used(file_server, cache_root, tmp_path):
    url = file_server.add('A.zip', zipped(NAMES))
    cached_download(url)
    fetch_archive([f'{file_server.url}/first.zip', url], tmp_path / 'data', expected=['A'])
    assert len(file_server.asked) == 1


def test_an_archive_without_what_is_expected_is_not_kept(file_server, cache_root, tmp_path):
    url = file_server.add('A.zip', zipped(NAMES))
    with pytest.raises(
        DatasetError, match=r'expected B/images in .*, found A\..*downloads it anew'
    ):
        fetch_archive([url], tmp_path / 'data', expected=['B/images'])
    assert {name.rpartition('.')[2] for name in tree(tmp_path)} == {'lock'}
    file_server.add('A.zip', zipped(['B/images/1']))
    fetch_archive([url], tmp_path / 'data', expected=['B/images'])


def test_a_file_in_the_place_of_a_folder_costs_no_second_download(
    file_server, cache_root, tmp_path
):
    url = file_server.add('A.zip', zipped(NAMES))
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'A').touch()
    with pytest.raises(DatasetError, match=r'expected a folder at .*A, found a file: move it away'):
        fetch_archive([url], tmp_path / 'data', expected=['A/images'])
    (tmp_path / 'data' / 'A').unlink()
    fetch_archive([url], tmp_path / 'data', expected=['A/images'])
    assert len(file_server.asked) == 1
