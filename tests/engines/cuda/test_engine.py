"""The engine on a GPU that is none, in each precision."""

import pytest

from tests.engines.cuda.host_gpu import HostEngine
from tests.engines.cuda.host_kernels import needs_compiler
from tests.engines.engine_contract import EngineContract

pytestmark = needs_compiler


class TestFloat32(EngineContract):
    engine = HostEngine()


@pytest.mark.slow
class TestTF32(EngineContract):
    engine = HostEngine()
    precision = 'tf32'


class TestFloat16(EngineContract):
    engine = HostEngine()
    precision = 'float16'
