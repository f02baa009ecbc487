import os
import subprocess
import sys

import pytest

from chainercv_seg.utils import temporary_files
from chainercv_seg.utils.temporary_files import temporary_file, temporary_folder

pytestmark = pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no flock')

MAKERS = [temporary_file, temporary_folder]
#: Makes a file and a folder and waits.
PROCESS = """
import sys
from pathlib import Path
from chainercv_seg.utils.temporary_files import temporary_file, temporary_folder
with temporary_file(Path(sys.argv[1])), temporary_folder(Path(sys.argv[1])) as folder:
    (folder / 'below').mkdir()
    (folder / 'below' / 'file').touch()
    print('ready', flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _new_process(monkeypatch):
    """This process has looked nowhere yet."""
    monkeypatch.setattr(temporary_files, '_tidied', set())


@pytest.fixture
def process(tmp_path):
    """Another process, which has made a file and a folder."""
    with subprocess.Popen(
        [sys.executable, '-c', PROCESS, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b'ready\n'
        yield other
        other.kill()


@pytest.mark.parametrize('make', MAKERS)
def test_nothing_is_left_at_the_end(make, tmp_path):
    for _ in range(2):
        with make(tmp_path):
            assert len(os.listdir(tmp_path)) == 1
        assert os.listdir(tmp_path) == []


def test_an_error_leaves_nothing(tmp_path):
    for make in MAKERS:
        with pytest.raises(KeyboardInterrupt), make(tmp_path):
            raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize('make', MAKERS)
def test_names_cannot_be_foreseen(make, tmp_path):
    names = set()
    for _ in range(20):
        with make(tmp_path):
            names |= set(os.listdir(tmp_path))
    assert len(names) == 20


def test_what_is_planted_at_the_name_is_not_followed(tmp_path, monkeypatch):
    mine = tmp_path / 'mine'
    mine.write_text('mine')
    monkeypatch.setattr(temporary_files.secrets, 'token_hex', lambda n: '0' * 2 * n)
    (tmp_path / '.chainercv_seg-0000000000000000.tmp').symlink_to(mine)
    for make in MAKERS:
        with pytest.raises(FileExistsError), make(tmp_path):
            pass
    assert mine.read_text() == 'mine'


def test_what_a_living_process_has_is_left_alone(process, tmp_path):
    before = sorted(os.listdir(tmp_path))
    assert len(before) == 2
    for make in MAKERS:
        with make(tmp_path):
            pass
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize('make', MAKERS)
def test_what_a_killed_process_left_is_removed(make, process, tmp_path):
    process.kill()
    process.wait()
    assert len(os.listdir(tmp_path)) == 2
    with make(tmp_path):
        assert len(os.listdir(tmp_path)) == 1


def test_what_only_looks_like_a_leftover_stays(tmp_path):
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine' / 'file').touch()
    (tmp_path / '.chainercv_seg-0123456789abcdef.tmp').symlink_to(tmp_path / 'mine')
    os.mkfifo(tmp_path / '.chainercv_seg-0123456789abcde0.tmp')
    (tmp_path / '.chainercv_seg-short.tmp').touch()
    before = sorted(os.listdir(tmp_path))
    with temporary_file(tmp_path):
        pass
    assert sorted(os.listdir(tmp_path)) == before
    assert os.listdir(tmp_path / 'mine') == ['file']


@pytest.mark.parametrize('make', MAKERS)
def test_what_was_taken_for_a_leftover_before_it_was_locked_is_made_anew(
    make, tmp_path, monkeypatch
):
    real = temporary_files._lock
    removed = []

    def lock(descriptor, path):
        if not removed:
            removed.append(path)
            temporary_files._remove_if_left(tmp_path / os.path.basename(path))
        return real(descriptor, path)

    monkeypatch.setattr(temporary_files, '_lock', lock)
    with make(tmp_path):
        (name,) = os.listdir(tmp_path)
        assert name != os.path.basename(removed[0])
