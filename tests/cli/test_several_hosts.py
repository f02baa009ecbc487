"""Hosts that are not alike, or not there any more: one machine that mpiexec takes for three."""

import re
import shutil

import numpy as np
import pytest

from tests.fake_data import write_camvid
from tests.mpi import THREE_HOSTS, mpi_run, needs_mpiexec

pytestmark = needs_mpiexec

#: Ranks with names of hosts of their own. RANK_1 is what one of them has, or does, in another way: Python
#: that may change ``arguments``; ``predict`` is called before the network's, with a number from 1 on.
RANKS = """
import os, signal, socket, sys, time
import chainercv_seg
from mpi4py import MPI
rank = MPI.COMM_WORLD.rank
socket.gethostname = lambda: ('ada', 'bob', 'cyd')[rank]
arguments, calls = sys.argv[1:], []
predict = lambda number: None
if rank == int(os.environ.get('WHO', 1)):
    exec(os.environ['RANK_1'])
from chainercv_seg.prepared import PreparedNetwork
original = PreparedNetwork.predict
def predict_too(self, imgs):
    calls.append(imgs)
    predict(len(calls))
    return original(self, imgs)
PreparedNetwork.predict = predict_too
from chainercv_seg.cli.evaluate_multi import main
sys.exit(main(arguments))
"""


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return write_camvid(tmp_path_factory.mktemp('camvid'), sizes=((24, 32),) * 9, splits=('test',))


@pytest.fixture
def run(folder, weights, tmp_path, monkeypatch):
    """Runs three ranks, one of which is otherwise; nothing may be written without a result."""

    def run(otherwise, *arguments, who=1, n=3, launch=()):
        monkeypatch.setenv('RANK_1', otherwise)
        monkeypatch.setenv('WHO', str(who))
        given = ('--dataset', 'camvid', '--data-dir', folder, '--pretrained-model', weights)
        out = ('--output', tmp_path / 'out', '--resume', tmp_path / 'J')
        return mpi_run(n, '-c', RANKS, *given, *out, *arguments, launch=launch)

    return run


def assert_refused(done, tmp_path, *texts):
    assert done.returncode == 1, done.stderr
    for text in texts:
        assert re.search(text, done.stderr), done.stderr
    assert 'Traceback' not in done.stderr
    assert done.stdout == ''
    assert not (tmp_path / 'out').exists()
    assert not list(tmp_path.glob('J*'))


SLOW = [
    pytest.param(*parameters, marks=pytest.mark.slow)
    for parameters in (
        ("arguments += ['--limit', 'x']", 'rank 1 on bob has another command line.*--limit'),
        ("chainercv_seg.__version__ = '0.0.9'", r'chainercv_seg: .*, 0\.0\.9 .* in rank 1 on bob'),
    )
]


@pytest.mark.parametrize(
    ('otherwise', 'text'),
    [
        ("arguments += ['--limit', '3']", '--limit: None in .*, 3 in rank 1 on bob'),
        *SLOW,
    ],
    ids=['option', 'usage', 'version'],
)
def test_ranks_that_are_started_otherwise_are_refused(run, tmp_path, otherwise, text):
    done = run(otherwise)
    assert_refused(done, tmp_path, text, 'error: rank 0 of 3 on ada: ')


def test_a_rank_with_other_weights_is_refused(run, weights, tmp_path):
    other = tmp_path / 'other' / weights.name
    other.parent.mkdir()
    with np.load(weights) as npz:
        arrays = dict(npz)
    arrays['conv1/W'] = arrays['conv1/W'] + 1e-6
    np.savez(other, **arrays)
    done = run(f"arguments += ['--pretrained-model', {str(other)!r}]")
    assert_refused(
        done, tmp_path, r'weights: \w+.* in rank 0 on ada and rank 2 on cyd, \w+.* in rank 1 on bob'
    )


@pytest.mark.slow
def test_data_and_weights_may_lie_elsewhere(run, folder, weights, tmp_path):
    shutil.copytree(folder, tmp_path / 'copy')
    shutil.copy(weights, tmp_path / 'other.npz')
    places = [
        *('--data-dir', str(tmp_path / 'copy')),
        *('--pretrained-model', str(tmp_path / 'other.npz')),
    ]
    done = run(f'arguments += {places!r}', n=2)
    assert done.returncode == 0, done.stderr
    assert 'mean IoU' in done.stdout


@pytest.mark.slow
def test_a_download_that_nobody_can_verify_is_said_whichever_rank_makes_it(
    run, weights, tmp_path, monkeypatch
):
    name = 'segnet_camvid_trained_2018_12_05.npz'
    for cache in ('mirror', 'full/pfnet/chainercv/models'):
        (tmp_path / cache).mkdir(parents=True)
        shutil.copy(weights, tmp_path / cache / name)
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', str(tmp_path / 'mirror'))
    monkeypatch.setenv('CHAINER_DATASET_ROOT', str(tmp_path / 'full'))
    empty = str(tmp_path / 'empty')
    done = run(
        f"os.environ['CHAINER_DATASET_ROOT'] = {empty!r}", '--pretrained-model', 'camvid', n=2
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(f'{name} is unverified') == 1
    assert 'mean IoU' in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize('damage', ['fewer', 'other'])
def test_a_rank_with_other_data_is_refused(run, folder, tmp_path, damage):
    copy = tmp_path / 'copy'
    shutil.copytree(folder, copy)
    if damage == 'fewer':
        listed = (copy / 'test.txt').read_text().splitlines(keepends=True)
        (copy / 'test.txt').write_text(''.join(listed[:-2]))
    else:
        image = copy / 'test' / 'test_3.png'
        image.write_bytes(image.read_bytes() + b'tail')
    done = run(f"arguments += ['--data-dir', {str(copy)!r}]")
    what = 'number of images: 9 in .*, 7 in' if damage == 'fewer' else 'names and sizes of files: '
    assert_refused(done, tmp_path, what, 'rank 1 on bob')


#: At its third image, when the second has been told of.
STOPS = 'predict = lambda n: n == 3 and (time.sleep(4), os.kill(os.getpid(), signal.SIGSTOP))'
LEAVES = 'predict = lambda n: n == 3 and (time.sleep(4), os._exit(0))'


@pytest.mark.slow
@pytest.mark.parametrize(
    ('otherwise', 'who', 'accuser'),
    [
        pytest.param(STOPS, 1, 0, id='stops', marks=pytest.mark.slow),
        pytest.param(LEAVES, 1, 0, id='leaves', marks=pytest.mark.slow),
        pytest.param(STOPS, 0, 1, id='first stops', marks=pytest.mark.slow),
    ],
)
def test_a_rank_that_is_gone_ends_all_and_is_named(run, otherwise, who, accuser):
    done = run(otherwise, '--rank-timeout', '10', who=who, n=2, launch=THREE_HOSTS)
    assert done.returncode == 1, done.stderr
    host = ('ada', 'bob')[who]
    assert f'error: rank {accuser} of 2 on ' in done.stderr
    assert f'rank {who} on {host} has not been heard of for 10 s' in done.stderr
    if who == 1:
        assert re.search(r'Its last image was .*test_3\.png', done.stderr), done.stderr
    assert done.stdout == ''


@pytest.mark.slow
def test_a_rank_that_is_gone_before_it_has_read_its_options_ends_all(run):
    done = run('os._exit(0)', '--rank-timeout', '5', n=2, launch=THREE_HOSTS)
    assert done.returncode == 1, done.stderr
    assert (
        'error: rank 0 of 2 on ada: not all ranks have come to the start within 5 s' in done.stderr
    )
