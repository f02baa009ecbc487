"""The commands on the GPU against the CPU, and in several ranks."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chainercv_seg.cli.evaluate import main
from tests.mpi import mpi_run, needs_mpiexec

LIMIT = 6


def confusion(folder):
    return np.array(json.loads((folder / 'result.json').read_text())['confusion'])


def evaluate(folder, gpu, *options):
    arguments = ['--limit', str(LIMIT), '--output', str(folder), '--gpu', str(gpu), *options]
    assert main(arguments) == 0
    return confusion(folder)


@pytest.mark.parametrize('batchsize', [1, 4])
def test_the_gpu_counts_what_the_cpu_counts(gpu, tmp_path, batchsize):
    expected = evaluate(tmp_path / 'cpu', -1)
    found = evaluate(tmp_path / 'gpu', gpu, '--batchsize', str(batchsize))
    assert found.sum() == expected.sum()
    assert np.abs(found - expected).sum() < 1e-3 * expected.sum()  # ties in pooling


#: Pixels that are counted in another cell, at most, as a share: each differs in two.
UNLIKE = {'float32': 1e-3, 'tf32': 5e-3, 'float16': 1e-2}


@pytest.fixture
def engine(gpu):
    if gpu < 0:
        pytest.skip('the CPU has one precision')


@pytest.mark.usefixtures('engine')
@pytest.mark.parametrize('precision', UNLIKE)
def test_each_precision_counts_what_the_cpu_counts_whatever_the_batch(gpu, precision, tmp_path):
    expected = evaluate(tmp_path / 'cpu', -1)
    options = ('--precision', precision, '--resume', str(tmp_path / 'J'))
    found = evaluate(tmp_path / 'one', gpu, *options)
    assert np.abs(found - expected).sum() < UNLIKE[precision] * expected.sum()
    result = json.loads((tmp_path / 'one' / 'result.json').read_text())
    assert result['protocol']['arithmetic'] == 'optimized'
    assert result['protocol']['precision'] == precision
    again = evaluate(tmp_path / 'again', gpu, *options)  # from the journal
    batch = evaluate(tmp_path / 'batch', gpu, '--precision', precision, '--batchsize', '4')
    np.testing.assert_array_equal(again, found)
    np.testing.assert_array_equal(batch, found)


@pytest.mark.usefixtures('engine')
def test_chainers_own_arithmetic_counts_what_the_cpu_counts_and_no_warning_is_shown(gpu, tmp_path):
    expected = evaluate(tmp_path / 'cpu', -1)
    done = subprocess.run(
        [sys.executable, '-W', 'always::UserWarning', '-m', 'chainercv_seg', 'evaluate', '--gpu',
         str(gpu), '--no-optimize', '--limit', str(LIMIT), '--output', tmp_path / 'gpu'],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'cuDNN' not in done.stderr
    assert 'Warning' not in done.stderr
    assert np.abs(confusion(tmp_path / 'gpu') - expected).sum() < 1e-3 * expected.sum()


@pytest.mark.usefixtures('engine')
@pytest.mark.parametrize('precision', ['float32', 'tf32'])
def test_a_training_ends_with_a_score(gpu, precision, tmp_path):
    script = Path(__file__).parents[2] / 'examples/segnet/train.py'
    done = subprocess.run(
        [sys.executable, script, '--size', '32', '48', '--crop-size', '24', '32', '--batchsize',
         '2', '--val-limit', '2', '--train-length', '4', '--iteration', '3', '--gpu', str(gpu),
         '--precision', precision, '--out', tmp_path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'mean IoU' in done.stdout
    assert (tmp_path / 'segnet.npz').exists()


@pytest.fixture
def two_gpus(gpu):
    if gpu >= 0:
        from cupy.cuda import nccl, runtime

        if not nccl.available:
            pytest.skip('NCCL is missing')
        if runtime.getDeviceCount() < 2:
            pytest.skip('there is one GPU, and pure_nccl wants one a rank')


@needs_mpiexec
@pytest.mark.usefixtures('two_gpus')
def test_two_ranks_with_a_gpu_each_count_what_one_does(gpu, tmp_path):
    communicator = 'pure_nccl' if gpu >= 0 else 'naive'
    code = (
        'from chainercv_seg.cli.evaluate_multi import main; import sys; '
        f"sys.exit(main(['--limit', '{LIMIT}', '--output', r'{tmp_path / 'two'}', "
        f"'--communicator', '{communicator}']))"
    )
    done = mpi_run(2, '-c', code)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(confusion(tmp_path / 'two'), evaluate(tmp_path / 'one', gpu))


@needs_mpiexec
@pytest.mark.usefixtures('two_gpus')
@pytest.mark.parametrize('dtype', ['float32', 'float16', 'mixed16'])
def test_gradients_of_two_ranks_are_averaged(gpu, dtype):
    """Packing, in kernels that CuPy 14 alone would not compile."""
    if gpu < 0 and dtype != 'float32':
        pytest.skip('the naive communicator sends what it is given')
    name = 'pure_nccl' if gpu >= 0 else 'naive'
    code = f"""
import chainercv_seg, numpy as np
import chainer, chainermn
comm = chainermn.create_communicator({name!r})
if {name!r} == 'pure_nccl':
    chainer.backends.cuda.get_device_from_id(comm.intra_rank).use()
link = chainer.Chain()
with link.init_scope():
    link.W = chainer.Parameter(np.zeros(1000, 'f'))
    link.b = chainer.Parameter(np.zeros(3, 'f'))
if {name!r} == 'pure_nccl':
    link.to_gpu()
if {dtype!r} != 'float32':
    comm.set_config('allreduce_grad_dtype', np.float16)
for parameter in link.params():
    parameter.grad = parameter.xp.full(parameter.shape, 1 + comm.rank, 'f')
comm.multi_node_mean_grad(link)
assert all(float(abs(p.grad - 1.5).max()) < 1e-3 for p in link.params())
print('averaged')
"""
    done = mpi_run(2, '-c', code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('averaged') == 2
