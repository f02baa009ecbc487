import os
import subprocess
import sys

import pytest

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.processors import PROCESSORS, ROWS, find_processor


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


# LLVM compiles for a processor that is not there. What numba adds for x86 is taken out.
CODE = """
import re
import numba
import numpy as np
from llvmlite import binding
from chainercv_seg.engines.cpu.products.panels import _panel_product, lay_out
from chainercv_seg.engines.cpu.processors import PROCESSOR
assert PROCESSOR.feature == 'neon'
product = numba.njit(_panel_product.py_func, nogil=True, fastmath={'reassoc', 'contract', 'nsz', 'arcp'})
a, b, y = np.ones((1, 7, 8), 'f'), np.ones((8, 40), 'f'), np.zeros((1, 7, 40), 'f')
product(a, lay_out(b)[None], 7, None, None, False, y)
assert (y == 8).all()
(code,) = product.inspect_llvm().values()
binding.initialize_all_targets()
binding.initialize_all_asmprinters()
triple = 'aarch64-unknown-linux-gnu'
machine = binding.Target.from_triple(triple).create_target_machine(cpu='neoverse-n1', opt=3)
code = re.sub('target triple = .*', f'target triple = "{triple}"', code)
code = re.sub('target datalayout = .*', f'target datalayout = "{machine.target_data}"', code)
code = re.sub('"target-(cpu|features)"="[^"]*"', '', code)
count = r'(tail )?call i8 @llvm\\.x86\\.atomic\\.sub\\.cc\\.i64\\([^)]*\\)'
print(machine.emit_assembly(binding.parse_assembly(re.sub(count, 'add i8 0, 0', code))))
"""


def loops(assembly):
    """The instructions from each label to the next branch."""
    block = []
    for line in assembly.splitlines():
        word = line.split()[0] if line.split() else ''
        if word.endswith(':'):
            block = []
        block.append(line.strip())
        if word.startswith(('b.', 'cbz', 'cbnz', 'tbz', 'tbnz')) or word == 'b':
            yield block
            block = []


@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
def test_a_product_fits_the_registers_of_arm(tmp_path):
    environment = {
        **os.environ,
        'NUMBA_CPU_NAME': 'generic',
        'NUMBA_CPU_FEATURES': '+neon',
        'NUMBA_CACHE_DIR': str(tmp_path),
    }
    output = subprocess.run(
        [sys.executable, '-c', CODE], env=environment, check=True, capture_output=True, text=True
    )
    inner = max(loops(output.stdout), key=lambda block: sum('fmla' in line for line in block))
    words = [line.split()[0] for line in inner if line]
    assert words.count('fmla') == ROWS * 4
    assert not [line for line in inner if '[sp' in line or line.startswith(('st', 'fmul', 'fadd'))]
