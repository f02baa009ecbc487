import json
import subprocess
import sys

import pytest

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


def test_without_chainer_the_links_say_how_to_install_it():
    script = """
import sys
sys.modules['chainer'] = None  # as if it were not installed
import chainercv_seg.datasets, chainercv_seg.evaluations
try:
    import chainercv_seg.links
except ImportError as error:
    print(error)
"""
    message = subprocess.check_output([sys.executable, '-c', script], text=True)
    assert message.startswith('chainercv_seg.links needs chainer, which is not installed')
    assert "pip install 'chainercv_seg[chainer]'" in message
