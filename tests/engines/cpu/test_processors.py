import os
import re
import subprocess
import sys

import pytest

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.processors import FEATURES, PROCESSORS, ROWS, find_processor


@pytest.mark.parametrize(
    ('features', 'lanes'),
    [
        ({'avx', 'avx2', 'avx512f', 'avx512bf16'}, 16),
        ({'avx', 'avx2', 'fma'}, 8),
        ({'neon', 'fp-armv8'}, 4),
        ({'sse2'}, 4),
        (set(), 4),
    ],
)
def test_the_widest_vectors_that_there_are_are_used(features, lanes):
    assert find_processor(frozenset(features)).lanes == lanes


@pytest.mark.parametrize('processor', PROCESSORS)
def test_a_tile_stays_in_registers(processor):
    sums = ROWS * processor.vectors
    assert sums + processor.vectors + 1 <= processor.registers
    assert sums + processor.vectors + 1 > processor.registers / 3


# The kernels run here in vectors of that length; then LLVM compiles them for the processor, there or not.
# What numba adds for x86 is taken out.
CODE = """
import re, sys
import numba
import numpy as np
from llvmlite import binding
from chainercv_seg.engines.cpu.depthwise import _slide
from chainercv_seg.engines.cpu.fft.tiles import GROUP, TILE, F, tiles_to_spectrum
from chainercv_seg.engines.cpu.lanes import LANES
from chainercv_seg.engines.cpu.processors import PROCESSOR
from chainercv_seg.engines.cpu.products.panels import _panel_product, lay_out
from chainercv_seg.engines.cpu.winograd.tiles import map_to_points
feature, name, triple, cpu = sys.argv[1:]
assert PROCESSOR.feature == feature
ones = lambda *shape: np.ones(shape, 'f')
y, z, zero, V, P = ones(1, 7, 40), ones(5, 6, 44), np.float32(0), ones(3, F, 1, GROUP), ones(36, 1, LANES)
two, tile = (2, 2), ones(TILE)
kernel, *arguments = {
    'product': (_panel_product, ones(1, 7, 8), lay_out(ones(8, 40))[None], 7, None, None, False, y),
    'depthwise': (_slide, ones(1, 5, 6, 44), 0, 5, ones(3, 3, 44), ones(44), 1, zero, zero, z),
    'fft': (tiles_to_spectrum, ones(1, 40, 40, GROUP), None, (40, 40), 0, 1, two, 26, (3, 3), 32, 1, tile, V),
    'winograd': (map_to_points, ones(1, 8, 8, LANES), 0, 1, two, 1, 1, tile, P),
}[name]
compiled = numba.njit(kernel.py_func, nogil=True, fastmath={'reassoc', 'contract', 'nsz', 'arcp'})
compiled(*arguments)
assert {
    'product': (y == 8).all(),
    'depthwise': (z[1:-1, 1:-1] == 10).all(),
    'fft': V[1, 0, 0, 0] == 2 * 29 * 29,  # twice the tile's sum, of which 3 rows and columns are outside
    'winograd': (P != 1).any(),
}[name]
(code,) = compiled.inspect_llvm().values()
binding.initialize_all_targets()
binding.initialize_all_asmprinters()
machine = binding.Target.from_triple(triple).create_target_machine(cpu=cpu, opt=3)
code = re.sub('target triple = .*', f'target triple = "{triple}"', code)
code = re.sub('target datalayout = .*', f'target datalayout = "{machine.target_data}"', code)
code = re.sub('"target-(cpu|features)"="[^"]*"', '', code)
count = r'(tail )?call i8 @llvm\\.x86\\.atomic\\.sub\\.cc\\.i64\\([^)]*\\)'
print(machine.emit_assembly(binding.parse_assembly(re.sub(count, 'add i8 0, 0', code))))
"""
ARM = 'neon', '+neon', 'aarch64-unknown-linux-gnu', 'neoverse-n1'
AVX2 = 'avx2', '+avx2,+avx,+fma,+sse2', 'x86_64-unknown-linux-gnu', 'haswell'


def loops(assembly):
    """The instructions from each label to the next branch."""
    block = []
    for line in assembly.splitlines():
        word = line.split()[0] if line.split() else ''
        if word.endswith(':'):
            block = []
        if word:
            block.append(line.strip())
        if word.startswith(('b.', 'cbz', 'cbnz', 'tbz', 'tbnz', 'j')) or word == 'b':
            yield block
            block = []


def hottest(kernel, processor, cache, instruction):
    """The loop with most of an instruction, and its words."""
    feature, features, triple, cpu = processor
    environment = {
        **os.environ,
        'NUMBA_CPU_NAME': 'generic',
        'NUMBA_CPU_FEATURES': features,
        'NUMBA_CACHE_DIR': str(cache),
    }
    output = subprocess.run(
        [sys.executable, '-c', CODE, feature, kernel, triple, cpu],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    block = max(
        loops(output.stdout), key=lambda block: sum(line.startswith(instruction) for line in block)
    )
    return block, [line.split()[0] for line in block]


@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
def test_a_product_fits_the_registers_of_arm(tmp_path):
    block, words = hottest('product', ARM, tmp_path, 'fmla')
    assert words.count('fmla') == ROWS * 4
    assert not [line for line in block if '[sp' in line or line.startswith(('st', 'fmul', 'fadd'))]


@pytest.mark.skipif('avx2' not in FEATURES, reason='this processor lacks AVX2')
def test_a_product_fits_the_registers_of_avx2(tmp_path):
    block, words = hottest('product', AVX2, tmp_path, 'vfmadd')
    assert sum(word.startswith('vfmadd') for word in words) == 2 * ROWS * 2
    assert not [line for line in block if 'rsp' in line]
    assert len(words) < 56  # step by step it was 28 for 12 multiplications


@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
def test_a_depthwise_convolution_takes_whole_vectors_on_arm(tmp_path):
    """Without masks of registers, a masked load is one lane after another."""
    block, words = hottest('depthwise', ARM, tmp_path, 'fmla')
    assert words.count('fmla') == 9
    assert not [line for line in block if '[sp' in line or line.startswith(('ins', 'ld1', 'st1'))]


@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
@pytest.mark.parametrize(('kernel', 'least'), [('fft', 200), ('winograd', 80)])
def test_transforms_fit_the_registers_of_arm(kernel, least, tmp_path):
    """Integers, as addresses, may lie on the stack."""
    block, words = hottest(kernel, ARM, tmp_path, ('fadd', 'fsub', 'fmul', 'fmla', 'fmls'))
    assert sum(word.startswith('f') for word in words) >= least
    assert not [line for line in block if '[sp' in line and re.search(r'\b[qvd][0-9]', line)]
