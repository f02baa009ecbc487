import sys
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip('mpi4py', reason='ChainerMN needs mpi4py')

from chainercv_seg.cli import communicators
from chainercv_seg.utils import DeviceError


@pytest.fixture(autouse=True)
def one_rank():
    """ChainerMN loads an MPI library, which the machine may lack though mpi4py is there."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        pytest.skip(f'no MPI library: {error}')
    assert MPI.COMM_WORLD.size == 1


def without_gpu(gpu):
    raise DeviceError(f'no GPU {gpu}')


def with_gpu(gpu):
    return None


@pytest.fixture
def created(monkeypatch):
    """Names of the communicators that were created; all of them are naive."""
    import chainermn

    names, original = [], chainermn.create_communicator
    monkeypatch.setattr(
        chainermn, 'create_communicator', lambda name: names.append(name) or original('naive')
    )
    return names


def test_auto_is_naive_on_the_cpu_where_no_gpu_can_be_used(created, monkeypatch):
    monkeypatch.setattr(communicators, 'check_gpu', without_gpu)
    comm, gpu = communicators.connect('auto', None)
    assert (comm.rank, comm.size, gpu, created[-1]) == (0, 1, -1, 'naive')


def test_auto_is_pure_nccl_with_the_ranks_gpu_where_it_can_be_used(created, monkeypatch):
    monkeypatch.setattr(communicators, 'check_gpu', with_gpu)
    monkeypatch.setattr(communicators, '_has_nccl', lambda: True)
    comm, gpu = communicators.connect('auto', None)
    assert (gpu, created[-1]) == (comm.intra_rank, 'pure_nccl')


@pytest.mark.parametrize('nccl', [None, SimpleNamespace(available=False)])
def test_auto_without_nccl_is_naive_with_the_ranks_gpu_and_says_so(
    created, monkeypatch, caplog, nccl
):
    monkeypatch.setattr(communicators, 'check_gpu', with_gpu)
    monkeypatch.setitem(sys.modules, 'cupy', ModuleType('cupy'))
    monkeypatch.setitem(sys.modules, 'cupy.cuda', ModuleType('cupy.cuda'))
    monkeypatch.setitem(sys.modules, 'cupy.cuda.nccl', nccl)
    comm, gpu = communicators.connect('auto', None)
    assert (gpu, set(created)) == (comm.intra_rank, {'naive'})
    (record,) = caplog.records
    assert 'NCCL is missing' in record.getMessage()
    assert 'cuda12' in record.getMessage()


def test_the_cpu_can_be_asked_for(created, monkeypatch):
    monkeypatch.setattr(communicators, 'check_gpu', with_gpu)
    assert communicators.connect('auto', -1)[1] == -1
    assert communicators.connect('naive', None)[1] == -1
    assert set(created) == {'naive'}


def test_a_communicator_for_gpus_without_a_gpu_is_an_error(created, monkeypatch):
    monkeypatch.setattr(communicators, 'check_gpu', without_gpu)
    with pytest.raises(DeviceError, match='no GPU 0'):
        communicators.connect('pure_nccl', None)
