"""With CuPy and without a GPU: what .ci/run checks for the two releases that are supported."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from chainercv_seg.utils.devices import check_gpu
from chainercv_seg.utils.errors import DeviceError

EXAMPLES = Path(__file__).parents[1] / 'examples'
EVALUATE = EXAMPLES / 'semantic_segmentation/eval_semantic_segmentation.py'
TRAIN = EXAMPLES / 'segnet/train.py'
TINY = ('--size', '32', '48', '--crop-size', '24', '32', '--batchsize', '2', '--val-limit', '2',
        '--train-length', '4', '--iteration', '2')  # fmt: skip

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('cupy') is None,
    reason='CuPy is not installed: a later step of .ci/run installs it',
)


def run(*arguments):
    return subprocess.run(
        [sys.executable, '-W', 'always::UserWarning', *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope='module')
def reason():
    """Why GPU 0 cannot be used."""
    try:
        check_gpu(0)
    except DeviceError as error:
        return str(error)
    pytest.skip('there is a GPU')


def test_importing_chainer_prints_nothing():
    done = run('-c', 'import chainercv_seg, chainer, chainer.training, chainercv_seg.links')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_importing_chainermn_prints_nothing():
    pytest.importorskip('mpi4py')
    code = "import chainercv_seg, chainermn; chainermn.create_communicator('naive')"
    done = run('-W', 'ignore::FutureWarning', '-c', code)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_a_gpu_that_cannot_be_used_is_one_line(reason):
    done = run(EVALUATE, '--gpu', '0', '--limit', '1')
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line == f'error: {reason}'
    assert 'GPU 0' in line
    assert done.stdout == ''


def test_evaluation_and_training_on_the_cpu_work(tmp_path):
    done = run(EVALUATE, '--limit', '1')
    assert done.returncode == 0, done.stderr
    assert 'mean IoU' in done.stdout
    done = run(TRAIN, *TINY, '--out', tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / 'segnet.npz').exists()


def test_the_tests_that_need_a_gpu_say_why_they_do_not_run(reason):
    done = run('-m', 'pytest', '-q', '-rs', '-m', 'gpu', '-p', 'no:cacheprovider',
               Path(__file__).parent / 'gpu')  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert reason[:40] in done.stdout
    assert 'passed' not in done.stdout
