import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope='module')
def benchmark():
    path = Path(__file__).parents[2] / 'benchmarks/gpu.py'
    spec = importlib.util.spec_from_file_location('gpu_benchmark', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_a_gpu_it_says_why(benchmark, capsys, monkeypatch):
    def fail(gpu):
        raise benchmark.DeviceError('GPU 0 needs CuPy')

    monkeypatch.setattr(benchmark, 'check_gpu', fail)
    assert benchmark.main([]) == 0
    assert capsys.readouterr().out == 'skipped: GPU 0 needs CuPy\n'


def test_the_table_has_a_row_a_network(benchmark, capsys, monkeypatch):
    small = {'SegNetBasic': ({'n_class': 11}, (48, 64), (1, 48, 64))}
    monkeypatch.setattr(benchmark, 'NETWORKS', small)
    assert benchmark.main(['--gpu', '-1', '--repeats', '1', '--networks', 'SegNetBasic']) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[0] == 'network'
    name, *cells = row.split()
    assert name == 'SegNetBasic'
    predicted, on_cpu, ratio, trained, pool = (cell for cell in cells if cell not in ('s', 'MB'))
    assert [cell for cell in cells if cell in ('s', 'MB')] == ['s', 's', 's', 'MB']
    # How many seconds is not said: on a quick machine fewer than are printed.
    assert all(0 <= float(number) < 1e6 for number in (predicted, on_cpu, ratio, trained, pool))
