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


def run(code, package, **variables):
    environment = {**os.environ, **variables}
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


def test_the_second_process_compiles_nothing(package):
    assert run(CODE, package) == ['0', '1']
    assert run(CODE, package) == ['1', '0']


def test_a_package_folder_that_cannot_be_written_is_no_obstacle(package, tmp_path):
    # A file where numba wants its folder: this stops root, too, whom permissions do not.
    (package / 'chainercv_seg' / 'engines' / 'cpu' / 'products' / '__pycache__').write_text('')
    variables = {'XDG_CACHE_HOME': str(tmp_path / 'cache'), 'HOME': str(tmp_path)}
    assert run(CODE, package, **variables) == ['0', '1']
    assert run(CODE, package, **variables) == ['1', '0']


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
