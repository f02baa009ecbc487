import numpy as np
import pytest

from chainercv_seg.extensions import StopOnDivergence
from chainercv_seg.utils import TrainingError
from tests.mpi import mpi_run, needs_mpiexec

# isort: split
import chainer
import chainer.functions as F
import chainer.links as L
from chainer.training import extensions


class Model(chainer.Chain):
    """Its loss and gradients are what ``change`` makes of them, given the number of the update."""

    def __init__(self, change):
        super().__init__()
        self.number, self.change = 0, change
        with self.init_scope():
            self.fc = L.Linear(2, 1)
            self.bn = L.BatchNormalization(1)

    def forward(self, x):
        self.number += 1
        loss = self.change(self, self.number, F.mean(self.bn(self.fc(x)) ** 2))
        chainer.report({'loss': loss, 'loss/part': loss * 1, 'accuracy': np.nan}, self)
        return loss


def trainer(change, folder, *, optimizer=None, comm=None, length=5):
    model = Model(change)
    optimizer = optimizer or chainer.optimizers.SGD(lr=0.01)
    optimizer.setup(model)
    samples = np.random.default_rng(0).standard_normal((8, 2)).astype(np.float32)
    iterator = chainer.iterators.SerialIterator(samples, 4)
    updater = chainer.training.updaters.StandardUpdater(iterator, optimizer)
    built = chainer.training.Trainer(updater, (length, 'iteration'), str(folder))
    built.extend(extensions.snapshot(), trigger=(1, 'iteration'), priority=1000)
    built.extend(StopOnDivergence(comm))
    return built


def snapshots(folder):
    return sorted(path.name for path in folder.glob('snapshot*'))


def test_a_training_with_finite_numbers_runs_to_its_end(tmp_path):
    def huge(model, number, loss):
        model.bn.avg_var[:] = 3e38  # with the one below, their sum is infinite
        model.bn.avg_mean[:] = 3e38
        return loss

    trainer(huge, tmp_path).run()
    assert len(snapshots(tmp_path)) == 5


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_ends_it_with_nothing_written(value, tmp_path):
    def change(model, number, loss):
        # A constant is added: the gradients stay as they are.
        return loss + value if number == 3 else loss

    with pytest.raises(TrainingError, match=f'at iteration 3: main/loss is {value}'):
        trainer(change, tmp_path).run(show_loop_exception_msg=False)
    assert snapshots(tmp_path) == ['snapshot_iter_1', 'snapshot_iter_2']


class Steep(chainer.FunctionNode):
    """Zero, whose gradient is not."""

    def __init__(self, gradient):
        self.gradient = gradient

    def forward(self, inputs):
        return (np.zeros((), np.float32),)

    def backward(self, indexes, grads):
        return (chainer.Variable(np.full((1, 2), self.gradient, np.float32)),)


def infinite_gradient(model, number, loss):
    return loss + Steep(np.inf if number == 2 else 0).apply((model.fc.W,))[0]


def overflowing_statistics(model, number, loss):
    if number == 2:
        model.bn.avg_var[:] = np.inf
    return loss


def leap(model, number, loss):
    if number == 2:
        model.fc.W.update_rule.hyperparam.lr = 1e45
    return loss


@pytest.mark.parametrize(
    ('change', 'name'),
    [
        (infinite_gradient, '/fc/W'),
        (overflowing_statistics, '/bn/avg_var'),
        (leap, '/fc/W'),
    ],
)
@pytest.mark.filterwarnings('ignore:overflow:RuntimeWarning')
@pytest.mark.filterwarnings('ignore:invalid value:RuntimeWarning')
def test_weights_that_an_update_makes_infinite_end_it(change, name, tmp_path):
    with pytest.raises(TrainingError, match=f'at iteration 2: {name} holds NaN or infinity'):
        trainer(change, tmp_path).run(show_loop_exception_msg=False)
    assert snapshots(tmp_path) == ['snapshot_iter_1']


@pytest.mark.filterwarnings('ignore:Non finite number:UserWarning')
def test_an_update_that_loss_scaling_leaves_out_is_no_divergence(tmp_path):
    optimizer = chainer.optimizers.SGD(lr=0.01)
    optimizer.loss_scaling()
    trainer(infinite_gradient, tmp_path, optimizer=optimizer).run()
    assert len(snapshots(tmp_path)) == 5


RANKS = """
import sys
import chainercv_seg, chainermn, numpy as np
from pathlib import Path
from chainercv_seg.utils import abort_on_failure
from tests.extensions.test_stop_on_divergence import trainer
import chainer

comm = chainermn.create_communicator('naive')
def change(model, number, loss):
    return loss * float(sys.argv[2]) if (number, comm.rank) == (3, 1) else loss
optimizer = chainermn.create_multi_node_optimizer(chainer.optimizers.SGD(lr=0.01), comm)
with abort_on_failure(comm.mpi_comm):
    folder = Path(sys.argv[1]) / str(comm.rank)
    trainer(change, folder, optimizer=optimizer, comm=comm).run(show_loop_exception_msg=False)
print('it went on')
"""


@needs_mpiexec
@pytest.mark.parametrize('factor', ['nan', 'inf'])
def test_all_ranks_end_and_the_one_whose_loss_it_was_is_named(factor, tmp_path):
    done = mpi_run(2, '-c', RANKS, tmp_path, factor)
    assert done.returncode == 1
    assert f'at iteration 3: main/loss is {factor} in rank 1 of 2' in done.stderr
    assert 'Traceback' not in done.stderr
    assert 'it went on' not in done.stdout
    for rank in '01':
        assert snapshots(tmp_path / rank) == ['snapshot_iter_1', 'snapshot_iter_2']
