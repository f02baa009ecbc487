import subprocess
import sys

import numpy as np
import pytest

from chainercv_seg.engines.cpu import processors
from chainercv_seg.engines.cpu.bfloat16 import in_pairs, rounded
from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.convolution import prepare_convolution
from chainercv_seg.engines.cpu.engine import CPUEngine
from chainercv_seg.engines.cpu.fft.convolution import FFTWeights
from chainercv_seg.engines.cpu.products.panels import lay_out, panel_product
from chainercv_seg.engines.cpu.winograd.convolution import WinogradWeights
from chainercv_seg.utils.errors import DeviceError
from tests.engines.cpu.direct import random_map
from tests.engines.engine_contract import EngineContract, begin

needs_bfloat16 = pytest.mark.skipif(
    not COMPILED or 'avx512bf16' not in processors.FEATURES,
    reason='there is no numba, or the processor has no bfloat16',
)


def widened(halves):
    return (halves.astype(np.uint32) << 16).view(np.float32)


@needs_bfloat16
class TestCPUEngineInBFloat16(EngineContract):
    engine = CPUEngine()
    precision = 'bfloat16'


def test_numbers_are_rounded_to_nearest_and_ties_to_even():
    x = np.array([1, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-7, -1 - 2**-8 - 2**-20, 1e-40, -1e-40], 'f')
    expected = [1, 1, 1 + 2**-6, 1 + 2**-7, -1 - 2**-7, 0, -0.0]
    np.testing.assert_array_equal(widened(rounded(x)), np.array(expected, 'f'))
    special = widened(rounded(np.array([np.nan, np.inf, -np.inf, 3.4e38], 'f')))
    np.testing.assert_array_equal(special, [np.nan, np.inf, -np.inf, np.inf])


def test_neighbours_along_the_sum_lie_side_by_side():
    panels = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)
    pairs = in_pairs(panels)
    assert (pairs.shape, pairs.dtype) == ((2, 2, 4), np.uint32)
    np.testing.assert_array_equal(widened(pairs.astype(np.uint16)), panels[:, ::2])
    np.testing.assert_array_equal(widened((pairs >> 16).astype(np.uint16))[:, :1], panels[:, 1:2])
    assert not (pairs[:, 1] >> 16).any()


@needs_bfloat16
@pytest.mark.parametrize('rows', [1, 5, 13])
@pytest.mark.parametrize(('K', 'N'), [(2, 16), (38, 21), (64, 33), (20, 96)])
def test_a_product_is_the_exact_one_of_rounded_numbers(rows, K, N):
    a, b, bias = random_map(rows, K), random_map(K, N, seed=1), random_map(N, seed=2)
    y = np.full((rows, N), np.nan, np.float32)
    panel_product(rounded(a).view(np.uint32), in_pairs(lay_out(b)), y, bias=bias, relu=True)
    exact = widened(rounded(a)).astype(np.float64) @ widened(rounded(b)) + bias
    np.testing.assert_allclose(y, np.maximum(exact, 0), rtol=0, atol=1e-5)


@needs_bfloat16
def test_kernels_round_as_numpy_does():
    x = random_map(1, 9, 11, 8)  # of a 1x1 kernel of ones the result is the map, rounded
    W = np.eye(8, dtype=np.float32)[:, :, None, None]
    y = prepare_convolution(W, bfloat16=True)(x)
    np.testing.assert_array_equal(y, widened(rounded(x)))


def test_what_would_lose_too_much_or_take_too_much_memory_stays_as_it_is():
    if not COMPILED:
        pytest.skip('there is one method')
    three, seven = (random_map(64, 64, k, k) for k in (3, 7))
    assert isinstance(prepare_convolution(three, bfloat16=True).weights, WinogradWeights)
    spectra = prepare_convolution(seven, bfloat16=True).weights
    assert isinstance(spectra, FFTWeights)
    assert spectra.planes.nbytes * 2 == prepare_convolution(seven).weights.planes.nbytes


def test_a_processor_without_it_says_so(monkeypatch):
    program, _ = begin()
    monkeypatch.setattr(processors, 'COMPILED', True)
    monkeypatch.setattr(processors, 'FEATURES', frozenset({'avx512f'}))
    with pytest.raises(DeviceError, match='lacks AVX512_BF16'):
        CPUEngine().compile(program, precision='bfloat16')
    CPUEngine().compile(program)


def test_without_numba_it_is_refused():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        'from chainercv_seg.engines.cpu.engine import CPUEngine\n'
        'from chainercv_seg.engines.program import Program\n'
        "CPUEngine().compile(Program(), precision='bfloat16')"
    )
    found = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=False
    )
    assert 'DeviceError: bfloat16 on the CPU needs numba' in found.stderr
