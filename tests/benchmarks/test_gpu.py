"""The measurement on a GPU, with stand-ins for its sides: steps that hang, fail or end do not end it."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / 'benchmarks'

SIDE = """
import json, sys, time
import numpy as np
name, built = sys.argv[1], []
for line in sys.stdin:
    request = json.loads(line)
    do, variant = request['do'], request.get('variant', '')
    if 'hangs' in variant and do == 'predict':
        time.sleep(600)
    if 'ends' in variant and do == 'build':
        sys.exit(3)
    if do == 'variants':
        answer = {'predict': VARIANTS[name], 'slow': ['compiled tf32 NCHW'] * (name == 'torch'),
                  'train': ['eager float32'] if name == 'torch' else ['plain float32']}
        if name == 'onnx':
            answer = {'error': 'ModuleNotFoundError: no onnxruntime'}
    elif do == 'build' and 'fails' in variant:
        answer = {'error': 'RuntimeError: no plan'}
    elif do == 'build':
        built.append(variant)
        labels = np.zeros((4, 5), int)
        labels[0, 0] = 'tf32' in variant
        np.save(request['labels'], labels)
        answer = {'seconds': 1.5, 'device': 3e6, 'allocator': 2e6}
    elif do == 'predict':
        assert variant in built
        answer = {'ms': [MS[variant.split()[-1]] * request['batch']] * request['repeats']}
    else:
        answer = {'ms': [7.0], 'loss': 0.5, 'allocator': 4e6}
    print(json.dumps(answer), flush=True)
"""
VARIANTS = {
    'ours': ['plain', 'optimized hangs', 'optimized ends', 'optimized fails', 'optimized tf32'],
    'torch': ['eager float32 NCHW', 'eager tf32 NHWC'],
    'onnx': [],
}
MS = {'plain': 8.0, 'tf32': 2.0, 'NCHW': 6.0, 'NHWC': 4.0}


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    before = set(sys.modules)
    yield pytest.importorskip('gpu')
    for name in set(sys.modules) - before:
        if str(BENCHMARKS) in str(getattr(sys.modules[name], '__file__', '')):
            del sys.modules[name]


@pytest.fixture
def worker(gpu, tmp_path):
    path = tmp_path / 'side.py'
    path.write_text(f'VARIANTS, MS = {VARIANTS!r}, {MS!r}\n{SIDE}')
    workers = []

    def start(side):
        workers.append(sys.modules['gpu_worker'].Worker(side, command=(sys.executable, str(path))))
        return workers[-1]

    yield start
    for each in workers:
        each.close()


def test_a_process_that_hangs_is_ended_and_what_it_had_built_is_built_again(worker, tmp_path):
    ours = worker('ours')
    for variant in ('plain', 'optimized hangs'):
        answer = ours.ask(
            {'do': 'build', 'variant': variant, 'labels': str(tmp_path / variant)}, 30
        )
        assert answer['seconds'] == 1.5
    request = {'do': 'predict', 'batch': 1, 'repeats': 2}
    start = time.monotonic()
    assert 'more than 1 s' in ours.ask({**request, 'variant': 'optimized hangs'}, 1)['error']
    assert time.monotonic() - start < 300
    assert ours.ask({**request, 'variant': 'plain'}, 30) == {'ms': [8.0, 8.0]}


def test_a_process_that_ends_says_how_and_another_takes_its_place(worker):
    ours = worker('ours')
    answer = ours.ask({'do': 'build', 'variant': 'optimized ends', 'labels': ''}, 30)
    assert answer == {'error': 'the process ended with exit code 3'}
    assert 'predict' in ours.ask({'do': 'variants'}, 30)


@pytest.fixture
def run(gpu, worker, tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, 'LIMITS', {**gpu.LIMITS, 'predict': 2.0})
    found, saved = {}, []

    def measure(seconds):
        workers = {side: worker(side) for side in gpu.SIDES}
        end = time.monotonic() + seconds
        save = lambda: saved.append(json.dumps(found))  # noqa: E731
        gpu.Run(workers, found, save, tmp_path, end).everything()
        return found, saved

    return measure


@pytest.mark.slow  # it waits for what hangs
def test_all_that_works_is_measured_and_what_does_not_is_said(gpu, run, tmp_path):
    found, saved = run(120)
    ours = found['ours']['variants']
    # Twice: once more beside what is slow.
    assert ours['plain']['predict 1']['ms'] == [8.0] * 2 * np.prod(gpu.BATCHES[1])
    assert ours['optimized tf32']['predict 8']['ms'] == [16.0] * 2 * np.prod(gpu.BATCHES[8])
    assert 'error' in ours['optimized hangs']['predict 1']
    assert len(saved) > 20
    assert json.loads(saved[-1]) == found
    table = sys.modules['gpu_table'].table(found, tmp_path)
    rows = {
        row.split('|')[1].strip(): row.split('|')[2:-1] for row in table.splitlines() if '|' in row
    }
    cells = [cell.strip() for cell in rows['ours optimized tf32']]
    # PyTorch's fastest in TF32 takes 4 ms.
    assert cells == ['2.00', '2.00', '16.00', '2.00', '1.5', '2', '3', '5.0e-02']
    assert [cell.strip() for cell in rows['ours plain']][:2] == ['8.00', '0.75']  # of float32
    assert [cell.strip() for cell in rows['ours plain float32']] == ['7.00', '1.00', '0.50000', '4']
    for note in ('optimized ends, build: the process ended', 'optimized fails, build: RuntimeError',
                 'optimized hangs, predict 1: ended', 'onnx: ModuleNotFoundError'):  # fmt: skip
        assert note in table


def test_what_there_is_no_time_for_is_left_out_and_said(run, tmp_path):
    found, _ = run(0.5)
    assert set(found) == {'ours', 'torch', 'onnx'}
    assert 'no time left' in sys.modules['gpu_table'].table(found, tmp_path)


def test_without_a_gpu_the_reason_is_said(gpu, capsys, monkeypatch, tmp_path):
    from chainercv_seg.utils.errors import DeviceError

    def no_gpu(number):
        raise DeviceError(f'no GPU {number}')

    monkeypatch.setattr(gpu, 'check_gpu', no_gpu)
    assert gpu.main(['--out', str(tmp_path / 'out')]) == 0
    assert capsys.readouterr().out == 'skipped: no GPU 0\n'


def test_labels_are_compared_pixel_by_pixel(gpu, tmp_path):
    unlike = sys.modules['gpu_table']._unlike
    np.save(tmp_path / 'ours plain.npy', np.zeros((10, 10), 'i'))
    np.save(tmp_path / 'torch x.npy', np.eye(10, dtype=np.uint8))
    assert unlike('torch x', tmp_path) == '1.0e-01'
    assert unlike('torch y', tmp_path) == '-'
