import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / 'benchmarks'

pytest.importorskip('chainer')


def run(script, *arguments):
    return subprocess.run(
        [sys.executable, BENCHMARKS / script, *arguments],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def rows(output):
    cells = [[cell.strip() for cell in line.split('|')] for line in output.splitlines()]
    return {row[1]: row[2:-1] for row in cells if len(row) > 2 and row[1] not in ('', '---')}


@pytest.mark.slow
def test_one_command_compares_plain_and_optimized():
    contenders = ('--contenders', 'plain', 'optimized')
    output = run('peers.py', '--model', 'segnet', '--quick', '--repeats', '1', *contenders)
    found = rows(output)
    assert list(found) == ['plain', 'optimized']
    assert found['plain'][2] == '1.00'
    for row in found.values():
        cpu, _, _, _, _, building, predicting, unlike = row
        assert float(cpu) > 0
        assert 0.05 < float(building) < 2
        assert 0.05 < float(predicting) < 2
        assert float(unlike) < 2e-3
    assert 'GFLOP/s' in output


@pytest.mark.slow
@pytest.mark.parametrize('model', ['segnet', 'pspnet', 'deeplab'])
def test_peers_compute_the_same_networks(model):
    pytest.importorskip('torch')
    found = rows(run('peers.py', '--model', model, '--quick', '--repeats', '1'))
    assert 'PyTorch' in found
    for row in found.values():
        assert float(row[-1]) < 2e-3


def test_ratios_compare_measurements_of_one_repeat(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from peers import table

    def runs(*seconds):
        return [{'cpu': s, 'wall': s, 'building': 1e9, 'peak': 2e9} for s in seconds]

    # The machine was ten times slower in the second repeat.
    times = {'plain': runs(2, 20, 2), 'PyTorch': runs(1, 10, 1), 'matmul': runs(1, 10, 1)}
    labels = {'plain': np.array([0, 1]), 'PyTorch': np.array([0, 2])}
    found = rows(table(times, labels, clock='cpu', gmac=2048**3 / 1e9))
    assert found['plain'] == ['2.000', '2.000', '1.00', '0.50', '0.50', '1.00', '2.00', '0.0e+00']
    assert found['PyTorch'] == ['1.000', '1.000', '2.00', '1.00', '1.00', '1.00', '2.00', '5.0e-01']


def test_openvino_by_default_has_a_column_where_it_takes_part(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from peers import table

    run = {'cpu': 2.0, 'wall': 2.0, 'building': 1e9, 'peak': 2e9}
    names = ('plain', 'optimized, bfloat16', 'OpenVINO by default')
    times = {
        name: [{**run, 'cpu': s}] for name, s in zip((*names, 'matmul'), (8, 2, 4, 1), strict=True)
    }
    labels = dict.fromkeys(names, np.zeros(2))
    output = table(times, labels, clock='cpu', gmac=2048**3 / 1e9)
    assert '| OpenVINO by default / this |' in output
    assert [row[2:5] for row in list(rows(output).values())] == [
        ['1.00', '-', '0.50'],
        ['4.00', '-', '2.00'],
        ['2.00', '-', '1.00'],
    ]


def test_contenders_are_found_in_a_precision_and_held_to_instructions(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from contenders import find, in_precision
    from processes import ISAS

    assert in_precision('float32') == 'optimized'
    build, _ = find(in_precision('bfloat16'))
    assert build.keywords == {'precision': 'bfloat16'}
    assert '+avx2' in ISAS['avx2']['NUMBA_CPU_FEATURES']
    assert '+avx512f' not in ISAS['avx2']['NUMBA_CPU_FEATURES']


@pytest.mark.slow
def test_the_cost_is_plotted(tmp_path):
    pytest.importorskip('matplotlib')
    run('growth.py', '--quick', '--repeats', '1', '--output', tmp_path)
    assert (tmp_path / 'growth_segnet.svg').stat().st_size > 1000
