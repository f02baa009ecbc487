import importlib

import pytest

from chainercv_seg.engines.cpu.compiled import COMPILED


@pytest.fixture(params=[False, True], ids=['NumPy', 'numba'])
def compiled(request, monkeypatch):
    """Run with plain NumPy, and with what numba compiled."""
    if request.param and not COMPILED:
        pytest.skip('numba is not installed')
    for name in ('products.panels', 'products.convolution', 'depthwise'):
        module = importlib.import_module(f'chainercv_seg.engines.cpu.{name}')
        monkeypatch.setattr(module, 'COMPILED', request.param)
