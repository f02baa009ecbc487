import os
import subprocess
import sys
from pathlib import Path

from chainercv_seg.utils.cache import cache_folder as folder
from chainercv_seg.utils.cache import dataset_root

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
