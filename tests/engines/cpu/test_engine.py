from chainercv_seg.engines.cpu.engine import CPUEngine
from tests.engines.engine_contract import EngineContract


class TestCPUEngine(EngineContract):
    engine = CPUEngine()
