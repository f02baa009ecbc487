import os
import subprocess
import sys

import pytest

from chainercv_seg.engines.cpu.compiled import COMPILED

pytest.importorskip('chainer')

#: What compiles in a new process, after images and networks of other sizes than those of the warm-up.
CODE = """
import numpy as np
from chainercv_seg import links
from chainercv_seg.engines.cpu.compiled import compilations
from chainercv_seg.inference import optimize
for link in (links.SegNetBasic(n_class=11), links.PSPNetResNet50(n_class=19, input_size=97),
             links.DeepLabV3plusXception65(n_class=21, min_input_size=97)):
    link = optimize(link)
    for size in ((90, 120), (33, 47), (200, 130)):
        link.predict([np.ones((3, *size), np.float32)])
print(compilations())
"""


def run(*command, **environment):
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


WARM_UP = ('-m', 'chainercv_seg', 'warm-up')


@pytest.mark.slow
@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
def test_nothing_is_compiled_after_a_warm_up(tmp_path):
    first, second = (run(*WARM_UP, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))
    assert int(first.stdout.split()[0]) > 10
    assert f'kept in {tmp_path}' in first.stdout
    assert second.stdout.startswith('0 kernels compiled')
    assert run('-c', CODE, NUMBA_CACHE_DIR=str(tmp_path)).stdout.split() == ['0']


@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
def test_a_precision_that_is_not_known_is_wrong_usage():
    found = run(*WARM_UP, '--precision', 'float7')
    assert (found.returncode, found.stdout) == (2, '')
    assert found.stderr.startswith('error: --precision')


def test_without_numba_there_is_nothing_to_compile():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        'from chainercv_seg.cli.warm_up import main\n'
        'sys.exit(main([]))'
    )
    found = run('-c', code)
    assert found.returncode == 1
    assert 'numba is not installed' in found.stderr
    assert 'Traceback' not in found.stderr
