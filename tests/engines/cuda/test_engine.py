"""The engine on a GPU that is none, in each precision."""

import pytest

from chainercv_seg.engines.cuda import arithmetic
from tests.engines.cuda.host_gpu import HostEngine
from tests.engines.cuda.host_kernels import needs_compiler
from tests.engines.engine_contract import EngineContract

pytestmark = needs_compiler


class TestFloat32(EngineContract):
    engine = HostEngine()


@pytest.mark.slow
class TestParts(EngineContract):
    """All convolutions from high and low parts, their sums cut into pieces."""

    engine = HostEngine()

    @pytest.fixture(autouse=True)
    def _short_sums(self, monkeypatch):
        monkeypatch.setattr(arithmetic, 'FEWEST_PRODUCTS', 1)
        monkeypatch.setattr(arithmetic, 'MOST_PRODUCTS', 60)


@pytest.mark.slow
class TestTF32(EngineContract):
    engine = HostEngine()
    precision = 'tf32'


@pytest.mark.slow
class TestFloat16(EngineContract):
    engine = HostEngine()
    precision = 'float16'
