import json
import re
import shutil

import numpy as np
import pytest

from chainercv_seg.cli.communicators import connect
from chainercv_seg.links import PSPNetResNet50
from tests.examples.scripts import EXAMPLES
from tests.mpi import mpi_run, needs_mpiexec

FOLDER = EXAMPLES / 'pspnet'
TINY = ('--dataset', 'synthetic', '--model', 'pspnet_resnet50', '--initial-weights', 'none',
        '--crop-size', '49', '--batchsize', '4', '--train-limit', '6', '--iteration', '3',
        '--log-interval', '1', '--eval-interval', '3', '--val-limit', '2',
        '--snapshot-interval', '1')  # fmt: skip


@pytest.fixture
def modules():
    import recipe
    import train_multi

    return train_multi, recipe


class Rank:
    """Of a communicator, what tells a rank its share."""

    def __init__(self, rank, size):
        self.rank, self.size = rank, size


@pytest.mark.parametrize(('length', 'size'), [(8, 2), (7, 3), (5, 5), (10, 4)])
def test_shares_have_one_size_and_cover_all_samples(modules, length, size):
    _, recipe = modules
    shares = [list(recipe._share(range(length), Rank(i, size), seed=3)) for i in range(size)]
    assert {len(share) for share in shares} == {-(-length // size)}
    assert set().union(*shares) == set(range(length))
    assert list(recipe._share(range(length), Rank(0, size), seed=4)) != shares[0]


def test_too_few_samples_for_the_ranks_are_an_error(modules):
    _, recipe = modules
    with pytest.raises(recipe.UserError, match='2 images are too few for 3 ranks'):
        recipe._share(range(2), Rank(0, 3), seed=0)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--batchsize', '3'], 'a multiple of the number of ranks, 2'),
        (['--crop-size', '64'], 'a multiple of 8 and 1 more'),
        (['--crop-size', '41'], 'from 49 on'),
        (['--iteration', '0'], '--iteration: '),
    ],
)
def test_wrong_usage_exits_with_2(modules, capsys, arguments, message):
    train_multi, _ = modules
    with pytest.raises(SystemExit) as stop:
        train_multi.parse(arguments, ranks=2)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_a_short_training_is_logged_and_evaluated(modules):
    options = modules[0].parse(['--iteration', '4'], ranks=1)
    assert (options.log_interval, options.eval_interval) == (4, 4)
    options = modules[0].parse(['--iteration', '9000', '--eval-interval', '7'], ranks=1)
    assert (options.log_interval, options.eval_interval) == (10, 7)


@pytest.mark.slow
def test_the_loss_is_that_of_both_classifiers_and_void_counts_for_none(modules):
    _, recipe = modules
    np.random.seed(0)
    network = PSPNetResNet50(n_class=3, input_size=49)
    model = recipe.AuxiliaryLoss(network)
    x = np.random.randn(2, 3, 49, 49).astype(np.float32)
    label = np.random.randint(-1, 3, (2, 49, 49)).astype(np.int32)
    loss = model(x, label)
    observed = recipe.chainer.reporter.Reporter()
    observed.add_observer('main', model)
    with observed.scope(seen := {}):
        model(x, label)
    assert float(seen['main/loss'].array) == pytest.approx(float(loss.array), rel=1e-4)
    expected = seen['main/loss/main'].array + 0.4 * seen['main/loss/auxiliary'].array
    assert float(loss.array) == pytest.approx(float(expected), rel=1e-4)
    # Scores of nearly equal classes cost about the logarithm of their number.
    assert 0.3 < float(seen['main/loss/auxiliary'].array) < 4
    model.cleargrads()
    model(x, np.full_like(label, -1)).backward()
    assert all(np.abs(p.grad).max() == 0 for p in model.params() if p.grad is not None)


def test_what_is_not_pretrained_learns_ten_times_as_fast_and_only_kernels_decay(modules):
    train_multi, recipe = modules
    chainer = recipe.chainer

    class Link(chainer.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.predictor = chainer.Chain()
                with self.predictor.init_scope():
                    self.predictor.extractor = chainer.Chain()
                    with self.predictor.extractor.init_scope():
                        self.predictor.extractor.W = chainer.Parameter(np.ones(1, 'f'))
                        self.predictor.extractor.beta = chainer.Parameter(np.ones(1, 'f'))
                    self.predictor.W = chainer.Parameter(np.ones(1, 'f'))

    link = Link()
    comm = connect('naive', -1)[0]
    options = train_multi.parse(['--learning-rate', '0.1', '--iteration', '100'], ranks=1)
    optimizer = recipe._optimizer(options, comm, link)
    for parameter in link.params():
        parameter.grad = np.full(1, 0.5, 'f')
    optimizer.actual_optimizer.update()
    moved = {name: 1 - float(p.array[0]) for name, p in link.namedparams()}
    decay = recipe.WEIGHT_DECAY
    assert moved == {
        '/predictor/extractor/W': pytest.approx(0.1 * (0.5 + decay), rel=1e-3),
        '/predictor/extractor/beta': pytest.approx(0.1 * 0.5, rel=1e-3),
        '/predictor/W': pytest.approx(0.1 * 10 * (0.5 + decay), rel=1e-3),
    }


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pspnet') / 'result'
    done = mpi_run(2, FOLDER / 'train_multi.py', *TINY, '--out', folder, patience=600)
    assert done.returncode == 0, done.stderr
    return folder, done


def arrays(path):
    with np.load(path) as npz:
        return {name: npz[name] for name in npz.files}


@pytest.mark.slow
@needs_mpiexec
def test_two_ranks_train_one_network_and_evaluate_it(trained):
    folder, done = trained
    log = json.loads((folder / 'log').read_text())
    assert [entry['iteration'] for entry in log] == [1, 2, 3]
    assert 0 < log[-1]['validation/main/miou'] < 1
    poly = [0.01 * (1 - t / 3) ** 0.9 for t in range(3)]
    assert [entry['lr'] for entry in log] == pytest.approx(poly)
    assert 'Warning' not in done.stderr
    ranks = [arrays(folder / f'snapshot_rank_{rank}_of_2_iter_3') for rank in range(2)]
    for name in ranks[0]:
        if 'model:main' in name or 'optimizer:main' in name:  # batch statistics included
            np.testing.assert_array_equal(ranks[0][name], ranks[1][name], err_msg=name)
    path = re.search('weights: (.*)', done.stdout)[1]
    link = PSPNetResNet50(n_class=11, pretrained_model=path)
    np.testing.assert_array_equal(link.head_conv2.W.array, arrays(path)['head_conv2/W'])


@pytest.mark.slow
@needs_mpiexec
def test_a_resumed_training_ends_with_the_weights_of_an_uninterrupted_one(trained, tmp_path):
    whole, _ = trained
    for rank in range(2):
        name = f'snapshot_rank_{rank}_of_2_iter_2'
        shutil.copy(whole / name, tmp_path / name)
    # What a rank saved before the others were killed is of no use.
    shutil.copy(whole / 'snapshot_rank_0_of_2_iter_3', tmp_path / 'snapshot_rank_0_of_2_iter_3')
    script = FOLDER / 'train_multi.py'
    refused = mpi_run(2, script, *TINY, '--out', tmp_path)
    assert refused.returncode != 0
    assert 'add --resume to go on with it' in refused.stderr
    done = mpi_run(2, script, *TINY, '--out', tmp_path, '--resume', patience=600)
    assert done.returncode == 0, done.stderr
    expected = arrays(whole / 'pspnet_resnet50.npz')
    found = arrays(tmp_path / 'pspnet_resnet50.npz')
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


@pytest.mark.slow
@needs_mpiexec
def test_a_training_that_diverges_ends_in_all_ranks(tmp_path):
    options = (*TINY, '--learning-rate', '1e6', '--iteration', '9', '--eval-interval', '9')
    done = mpi_run(2, FOLDER / 'train_multi.py', *options, '--out', tmp_path, patience=600)
    assert done.returncode == 1
    found = re.search(r'error: rank . of 2 .*diverged at iteration (\d+): ', done.stderr)
    assert 1 < int(found[1]) < 9
    assert 'Traceback' not in done.stderr
    assert not list(tmp_path.glob('*.npz'))
