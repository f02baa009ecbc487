"""The engine's contract on a GPU, in each precision."""

import pytest

from chainercv_seg.engines.cuda import arithmetic
from tests.engines.cuda.host_kernels import compiler
from tests.engines.engine_contract import EngineContract
from tests.gpu.conftest import GPU
from tests.gpu.prepared import OnGPU

pytestmark = pytest.mark.skipif(GPU < 0 and compiler() is None, reason='there is no C++ compiler')


class TestFloat32(EngineContract):
    engine = OnGPU()


class TestParts(EngineContract):
    """All convolutions from high and low parts, their sums cut into pieces."""

    engine = OnGPU()

    @pytest.fixture(autouse=True)
    def _short_sums(self, monkeypatch):
        monkeypatch.setattr(arithmetic, 'FEWEST_PRODUCTS', 1)
        monkeypatch.setattr(arithmetic, 'MOST_PRODUCTS', 60)


class TestTF32(EngineContract):
    engine = OnGPU()
    precision = 'tf32'


class TestFloat16(EngineContract):
    engine = OnGPU()
    precision = 'float16'
