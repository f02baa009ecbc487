import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import chainercv_seg

pytest.importorskip('numba')

CODE = """
import numpy as np
from chainercv_seg.engines.cpu.products.panels import _panel_product, lay_out, panel_product
y = np.zeros((7, 5), np.float32)
panel_product(np.ones((7, 3), np.float32), lay_out(np.ones((3, 5), np.float32)), y, bias=-2 * y[0] - 2)
assert (y == 1).all()
stats = _panel_product.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def run(code, package):
    home = {'HOME': str(package), 'XDG_CACHE_HOME': str(package / 'cache')}
    environment = {**os.environ, **home}
    environment.pop('NUMBA_CACHE_DIR', None)
    command = [sys.executable, '-c', code]  # -c looks for packages in its folder first
    output = subprocess.run(
        command, env=environment, cwd=package, check=True, capture_output=True, text=True
    )
    return output.stdout.split()


@pytest.fixture
def package(tmp_path):
    source = Path(chainercv_seg.__file__).parent
    ignored = shutil.ignore_patterns('__pycache__')
    shutil.copytree(source, tmp_path / 'site' / 'chainercv_seg', ignore=ignored)
    return tmp_path / 'site'


def files(folder):
    return {path.relative_to(folder) for path in folder.rglob('*.nb[ci]')}


def test_the_second_process_compiles_nothing_and_the_package_holds_no_machine_code(package):
    assert run(CODE, package) == ['0', '1']
    assert run(CODE, package) == ['1', '0']
    assert files(package / 'cache' / 'chainercv_seg')
    assert not files(package / 'chainercv_seg')


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ('products/panels.py', 'new.py')]


@pytest.mark.slow
@pytest.mark.parametrize('edited', ['lanes.py', *SLOW])
def test_an_edit_of_any_file_of_the_engine_leaves_no_stale_kernels(package, edited):
    run(CODE, package)
    kept = files(package)
    with (package / 'chainercv_seg' / 'engines' / 'cpu' / edited).open('a') as file:
        file.write('# edited\n')
    assert run(CODE, package) == ['0', '1']
    assert files(package) == kept  # in the place of the old ones


def test_without_numba_the_functions_still_import_and_work(package):
    code = """
import sys
sys.modules['numba'] = None
import numpy as np
from chainercv_seg.engines.cpu.compiled import describe
from chainercv_seg.engines.cpu.convolution import prepare_convolution
y = prepare_convolution(np.ones((1, 2, 3, 3), np.float32), pad=1)(np.ones((1, 4, 4, 2), np.float32))
print(int(y.sum()), 'not installed' in describe())
"""
    assert run(code, package) == [str(2 * (4 * 4 + 8 * 6 + 4 * 9)), 'True']
