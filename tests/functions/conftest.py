import importlib

import pytest

from chainercv_seg.functions.compiled import COMPILED


@pytest.fixture(params=[False, True], ids=['NumPy', 'numba'])
def compiled(request, monkeypatch):
    """Run with plain NumPy, and with what numba compiled."""
    if request.param and not COMPILED:
        pytest.skip('numba is not installed')
    for name in ('panel_product', 'matmul_convolution', 'depthwise'):
        # The package holds functions under the names of their modules.
        module = importlib.import_module(f'chainercv_seg.functions.{name}')
        monkeypatch.setattr(module, 'COMPILED', request.param)
