import json
import subprocess
import sys
from pathlib import Path

import pytest

import chainercv_seg

SCRIPT = """
import json, sys
import {module}
print(json.dumps(sorted(sys.modules)))
"""
#: What takes long to load, and is not needed for data sets and metrics. How long depends on the machine.
SLOW = {
    *('chainer', 'chainermn', 'cupy', 'mpi4py', 'matplotlib', 'scipy', 'numba', 'cv2', 'torch'),
    *('requests', 'urllib3', 'pooch', 'tqdm', 'setuptools', 'pkg_resources', 'threadpoolctl'),
}


@pytest.mark.parametrize(
    'module', ['chainercv_seg', 'chainercv_seg.datasets', 'chainercv_seg.evaluations']
)
def test_data_sets_and_metrics_need_neither_chainer_nor_cupy_and_load_nothing_slow(module):
    output = subprocess.check_output([sys.executable, '-c', SCRIPT.format(module=module)])
    modules = set(json.loads(output))
    assert module in modules
    assert not SLOW & modules


def python(script, *arguments):
    return subprocess.check_output([sys.executable, '-c', script, *arguments], text=True)


def test_the_rooms_are_attributes_that_are_imported_when_they_are_asked_for():
    script = """
import sys
import chainercv_seg
rooms = [name for name in dir(chainercv_seg) if name in chainercv_seg._ROOMS]
assert rooms == list(chainercv_seg._ROOMS)
assert 'optimize' in dir(chainercv_seg) and '__version__' in dir(chainercv_seg)
assert 'chainer' not in sys.modules and 'chainercv_seg.datasets' not in sys.modules
print(chainercv_seg.datasets.CamVidDataset.__name__, 'chainer' in sys.modules)
print(chainercv_seg.links.SegNetBasic.__name__, 'chainer' in sys.modules)
for name in rooms:
    assert getattr(chainercv_seg, name) is sys.modules['chainercv_seg.' + name]
"""
    assert python(script).splitlines() == ['CamVidDataset False', 'SegNetBasic True']


def test_every_room_but_those_that_nobody_imports_is_an_attribute():
    rooms = {path.parent.name for path in Path(chainercv_seg.__file__).parent.glob('*/__init__.py')}
    assert rooms - set(chainercv_seg._ROOMS) == {'_modern_chainer', 'engines'}


@pytest.mark.parametrize('name', ['link', 'chainer', 'SegNetBasic', '_rooms'])
def test_what_is_no_room_is_no_attribute(name):
    assert not hasattr(chainercv_seg, name)
    assert name not in dir(chainercv_seg)


def test_a_pth_file_of_ones_own_mends_chainer_at_start_up(tmp_path):
    (tmp_path / 'mend_chainer.pth').write_text('import chainercv_seg\n')
    script = (
        'import site, sys; site.addsitedir(sys.argv[1]); import chainer; print(chainer.__name__)'
    )
    assert python(script, str(tmp_path)) == 'chainer\n'


SORTED = '[lint]\nselect = ["I"]\n[lint.isort]\nforce-to-top = ["chainercv_seg"]\n'


@pytest.mark.parametrize('config', [SORTED, SORTED + 'force-sort-within-sections = true\n'])
def test_the_setting_in_the_guide_keeps_this_package_before_chainer(tmp_path, config):
    (tmp_path / 'ruff.toml').write_text(config)
    source = (
        'import chainer\nimport chainer.links as L\nimport numpy as np\n\nimport chainercv_seg\n'
    )
    (tmp_path / 'train.py').write_text(source)
    ruff = [sys.executable, '-m', 'ruff', 'check', '-q', '--fix', '--isolated']
    ruff[-1:] = ['--config', str(tmp_path / 'ruff.toml')]
    subprocess.run([*ruff, 'train.py'], cwd=tmp_path, check=True)
    assert (tmp_path / 'train.py').read_text().startswith('import chainercv_seg\n')


def test_without_chainer_the_links_say_how_to_install_it():
    script = """
import sys
sys.modules['chainer'] = None  # as if it were not installed
import chainercv_seg.datasets, chainercv_seg.evaluations
try:
    chainercv_seg.links
except ImportError as error:
    print(error)
"""
    message = subprocess.check_output([sys.executable, '-c', script], text=True)
    assert message.startswith('chainercv_seg.links needs chainer, which is not installed')
    assert "pip install 'chainercv_seg[chainer]'" in message
