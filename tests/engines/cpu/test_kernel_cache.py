import os
import subprocess
import sys

import pytest

pytest.importorskip('numba')

KERNELS = """
from chainercv_seg.engines.cpu.compiled import kernel
@kernel
def add(x):
    return x + 1
@kernel
def double(x):
    return 2 * x
"""
USE = """
import logging
from chainercv_seg.engines.cpu import kernel_cache
kernel_cache._logger.setLevel(logging.INFO)
from kernels import add, double
assert (add(3), double(3), add(3.0)) == (4, 6, 4.0)
print(sum(add.stats.cache_hits.values()), sum(double.stats.cache_hits.values()))
"""
LINE = 'compiled kernels cannot be kept on disk'


def slow(parameter):
    return pytest.param(parameter, marks=pytest.mark.slow)


@pytest.fixture
def folder(tmp_path):
    """A folder with a module of two kernels."""
    (tmp_path / 'kernels.py').write_text(KERNELS)
    return tmp_path


def use(folder, *, before='', **variables):
    """Use the kernels in a process of its own; return how many were not compiled, and what was said."""
    home = {'HOME': str(folder), 'XDG_CACHE_HOME': str(folder / 'cache'), 'NUMBA_CACHE_DIR': None}
    environment = {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1', **home, **variables}
    environment = {name: value for name, value in environment.items() if value is not None}
    done = subprocess.run(
        [sys.executable, '-c', before + USE],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr


def nowhere(folder):
    """A home in which no folder can be made; this stops root, too, whom permissions do not."""
    return {'HOME': str(folder / 'kernels.py'), 'XDG_CACHE_HOME': None}


@pytest.mark.parametrize('variable', ['HOME', *map(slow, ('XDG_CACHE_HOME', 'NUMBA_CACHE_DIR'))])
def test_where_no_folder_can_be_written_kernels_stay_in_memory_and_one_line_says_so(
    variable, folder
):
    variables = {**nowhere(folder), variable: str(folder / 'kernels.py')}
    hits, said = use(folder, **variables)
    assert hits == ['0', '0']
    assert said.count(LINE) == 1
    assert 'NUMBA_CACHE_DIR' in said
    assert not list(folder.rglob('*.nb[ci]'))


@pytest.mark.slow
def test_the_folder_that_the_line_names_helps(folder):
    variables = {**nowhere(folder), 'NUMBA_CACHE_DIR': str(folder / 'kept')}
    assert use(folder, **variables)[0] == ['0', '0']
    assert use(folder, **variables) == (['2', '1'], '')


@pytest.mark.slow
def test_machine_code_lies_in_the_users_cache_and_not_beside_the_source(folder):
    use(folder)
    assert list((folder / 'cache' / 'chainercv_seg').rglob('kernels.add*.nbc'))
    assert sorted(path.name for path in folder.iterdir()) == ['cache', 'kernels.py']
    assert use(folder) == (['2', '1'], '')


@pytest.mark.slow
def test_without_a_home_nothing_is_written_into_the_current_folder(folder):
    before = """
import os, pwd
def unknown(uid):
    raise KeyError(uid)
pwd.getpwuid = unknown
"""
    pytest.importorskip('pwd')
    variables = {**nowhere(folder), 'HOME': None}
    _, said = use(folder, before=before, **variables)
    assert said.count(LINE) == 1
    assert sorted(path.name for path in folder.iterdir()) == ['kernels.py']


@pytest.mark.parametrize('number', ['ENOSPC', slow('EROFS')])
def test_a_disk_that_is_full_stops_nothing(number, folder):
    before = f"""
import errno
from numba.core import caching
def full(*_):
    raise OSError(errno.{number}, 'the disk is full')
caching.IndexDataCacheFile._save_data = full
"""
    hits, said = use(folder, before=before)
    assert hits == ['0', '0']
    assert said.count(LINE) == 1


@pytest.mark.slow
@pytest.mark.parametrize('suffix', ['nbi', 'nbc'])
def test_files_that_are_damaged_are_written_anew(suffix, folder):
    use(folder)
    for name, kept in (('add', 0), ('double', 20)):
        for damaged in folder.rglob(f'kernels.{name}*.{suffix}'):
            damaged.write_bytes(damaged.read_bytes()[:kept])
    _, said = use(folder)
    assert 'Traceback' not in said
    assert use(folder) == (['2', '1'], '')
