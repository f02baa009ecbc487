"""ChainerMN on NumPy 2 and on two processes."""

import chainer
import numpy as np
import pytest

pytest.importorskip('mpi4py', reason='ChainerMN needs mpi4py')

from chainermn.communicators import _memory_utility

from tests.mpi import mpiexec, needs_mpiexec


class Buffer:
    """Stands for the memory that gradients travel through."""

    def __init__(self, received=None):
        self.sent, self.received = [], received

    def from_device(self, array, size, offset, stream):
        assert size == array.nbytes
        self.sent.append((offset, array.dtype, array.tolist()))

    def to_device(self, array, size, offset, stream):
        assert size == array.nbytes
        array[...] = self.received[offset // array.itemsize :][: array.size]


def parameters(*values):
    for value in values:
        parameter = chainer.Parameter(np.zeros_like(value))
        parameter.grad = value
        yield parameter


def test_gradients_are_packed_and_unpacked_in_the_type_they_travel_in():
    params = list(parameters(np.array([1, 2], 'f'), np.array([3], 'e'), np.array([4], 'd')))
    buffer = Buffer()
    _memory_utility.pack_params(params, 'grad', buffer, np.dtype('f'), zero_fill=False)
    assert buffer.sent == [(0, 'f', [1, 2]), (8, 'f', [3]), (12, 'f', [4])]

    buffer = Buffer(received=[10, 20, 30, 40])
    _memory_utility.unpack_params(params, 'grad', buffer, np.dtype('f'), zero_fill=False)
    assert [p.grad.tolist() for p in params] == [[10, 20], [30], [40]]
    assert [p.grad.dtype.char for p in params] == ['f', 'e', 'd']


@needs_mpiexec
def test_all_ranks_iterate_over_the_batches_of_the_first(run_python):
    output = run_python(
        """
        import sys
        import warnings
        warnings.filterwarnings('ignore', 'chainermn.*experimental', FutureWarning)
        import chainercv_seg
        import chainer, chainermn, numpy as np

        def rest_of_the_world_stops(kind, error, traceback):
            sys.__excepthook__(kind, error, traceback)
            sys.stderr.flush()
            chainermn.communicators.mpi_communicator_base.mpi4py.MPI.COMM_WORLD.Abort(1)
        sys.excepthook = rest_of_the_world_stops

        comm = chainermn.create_communicator('naive')
        batches = []
        for data in np.arange(3, dtype='f'), [(np.float32(i), np.int32(-i)) for i in range(3)]:
            own = chainer.iterators.SerialIterator(data, 2, repeat=False, shuffle=False)
            shared = chainermn.iterators.create_multi_node_iterator(own, comm)
            details = []
            for batch in shared:
                batches.append(batch)
                details.append(shared.epoch_detail)
            assert details == [2 / 3, 1], details
        batches = [[np.asarray(b).tolist() for b in batch] for batch in batches]
        assert batches == [[0, 1], [2], [[0, 0], [1, -1]], [[2, -2]]], batches

        model = chainer.links.Linear(1, 1, initialW=float(comm.rank))
        optimizer = chainermn.create_multi_node_optimizer(chainer.optimizers.SGD(1), comm)
        optimizer.setup(model)
        for _ in range(2):  # The first sends the weights of rank 0, the second the mean gradient.
            x = np.full((1, 1), comm.rank + 1, 'f')
            optimizer.update(lambda: chainer.functions.sum(model(x)))
        assert model.W.array.tolist() == [[-1.5]], model.W.array
        sys.stdout.write(f'rank {comm.rank} of {comm.size} done\\n')
        """,
        launcher=(mpiexec(), '-n', '2'),
        env={'OMPI_ALLOW_RUN_AS_ROOT': '1', 'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM': '1'},
    )
    assert sorted(output.splitlines()) == ['rank 0 of 2 done', 'rank 1 of 2 done']
