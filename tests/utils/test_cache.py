import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chainercv_seg.utils.cache import cache_folder as folder
from chainercv_seg.utils.cache import dataset_root
from tests.fake_data import write_camvid

ASK = (
    'import sys; from chainercv_seg.utils.cache import dataset_root; print(dataset_root()); '
    'assert "chainer" not in sys.modules'
)


def ask(environment):
    return subprocess.run(
        [sys.executable, '-c', ASK],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_the_root_is_that_of_chainer_without_importing_it():
    assert ask({'CHAINER_DATASET_ROOT': '/some/where'}) == '/some/where'
    environment = {'HOME': '/her/home'}
    if 'CHAINER_DATASET_ROOT' not in os.environ:
        assert ask(environment) == '/her/home/.chainer/dataset'


def test_what_was_set_in_chainer_comes_first(cache_folder, tmp_path, monkeypatch):
    monkeypatch.setenv('CHAINER_DATASET_ROOT', 'elsewhere')
    assert dataset_root() == tmp_path


def test_folders_are_those_of_chainercv_and_asking_makes_none(cache_folder, tmp_path):
    assert folder('models') == cache_folder == Path(tmp_path, 'pfnet', 'chainercv', 'models')
    assert not folder('camvid').exists()


#: A user without an entry in passwd, as in a container.
NO_HOME = (
    'import os, pwd\n'
    'os.environ.pop("HOME", None)\n'
    'def unknown(uid): raise KeyError(uid)\n'
    'pwd.getpwuid = unknown\n'
)


def ask_without_home(script, root=None):
    environment = {k: v for k, v in os.environ.items() if k not in ('HOME', 'CHAINER_DATASET_ROOT')}
    environment |= {} if root is None else {'CHAINER_DATASET_ROOT': root}
    return subprocess.run(
        [sys.executable, '-c', NO_HOME + script], env=environment, capture_output=True, text=True
    )


@pytest.mark.skipif(sys.platform == 'win32', reason='needs passwd')
@pytest.mark.parametrize('first', ['', 'import chainercv_seg, chainer\n'])
def test_without_a_home_the_root_is_what_was_set_or_one_line_says_to_set_it(first):
    script = first + 'import chainercv_seg.cli.main as m; raise SystemExit(m.main(["weights"]))'
    if first:
        pytest.importorskip('chainer')
    found = ask_without_home(script, '/some/root')
    assert found.returncode == 0
    assert 'folder: /some/root/pfnet/chainercv/models' in found.stdout
    found = ask_without_home(script)
    assert found.returncode == 1
    assert re.fullmatch(
        r'error: there is no folder for .*Set CHAINER_DATASET_ROOT.*\n', found.stderr
    )


@pytest.mark.skipif(sys.platform == 'win32', reason='needs passwd')
def test_without_a_home_data_that_is_given_is_read(tmp_path):
    write_camvid(tmp_path)
    script = f'from chainercv_seg.datasets import *; print(len(CamVidDataset({str(tmp_path)!r})))'
    assert ask_without_home(script).stdout == '3\n'


@pytest.mark.skipif(sys.platform == 'win32', reason='needs passwd')
def test_without_a_home_a_mirror_may_be_named_from_it(tmp_path):
    script = 'from chainercv_seg.utils.sources import *; print(list_sources([], mirror="~/m", offline=True))'
    assert ask_without_home(script).stderr == ''
