"""The engine on a GPU that is none, in each precision."""

import pytest

from tests.engines.cuda.host_gpu import HostEngine
from tests.engines.cuda.host_kernels import COMPILER, REASON
from tests.engines.engine_contract import EngineContract

pytestmark = pytest.mark.skipif(COMPILER is None, reason=REASON)


class TestFloat32(EngineContract):
    engine = HostEngine()


class TestTF32(EngineContract):
    engine = HostEngine()
    precision = 'tf32'


class TestFloat16(EngineContract):
    engine = HostEngine()
    precision = 'float16'
