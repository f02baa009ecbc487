import numpy as np
import pytest

from chainercv_seg.extensions import ExponentialMovingAverage

# isort: split
import chainer
import chainer.links as L
from chainer.training import extensions


class Model(chainer.Chain):
    def __init__(self, dtype=np.float32):
        super().__init__()
        with self.init_scope():
            self.fc = L.Linear(2, 1, initialW=np.ones((1, 2), dtype=dtype))
            self.bn = L.BatchNormalization(1)

    def forward(self, x):
        return chainer.functions.mean(chainer.functions.sigmoid(self.bn(self.fc(x))))


def trainer(model, folder, length):
    np.random.seed(0)
    optimizer = chainer.optimizers.SGD(lr=0.1)
    optimizer.setup(model)
    samples = np.random.standard_normal((8, 2)).astype(np.float32)
    iterator = chainer.iterators.SerialIterator(samples, 4, shuffle=False)
    updater = chainer.training.updaters.StandardUpdater(iterator, optimizer)
    built = chainer.training.Trainer(updater, (length, 'iteration'), str(folder))
    built.extend(ExponentialMovingAverage(model, 0.9))
    built.extend(extensions.snapshot(), trigger=(3, 'iteration'))
    return built


def test_weights_are_averaged_as_the_formula_says():
    model = Model()
    average = ExponentialMovingAverage(model, decay=0.3)
    expected = np.ones((1, 2))
    for value, kept in [(4, 2 / 11), (2, 3 / 12), (8, 0.3)]:
        model.fc.W.array[...] = value
        average()
        expected = kept * expected + (1 - kept) * value
        np.testing.assert_allclose(average.link.fc.W.array, expected, rtol=1e-6)
    assert (model.fc.W.array == 8).all()


def test_batch_statistics_are_averaged_and_their_count_is_taken_over():
    model = Model()
    average = ExponentialMovingAverage(model)
    model.bn.avg_mean[...], model.bn.N = 11, 7
    average()
    np.testing.assert_allclose(average.link.bn.avg_mean, 9, rtol=1e-6)
    assert average.link.bn.N == 7


def test_a_resumed_training_ends_with_the_same_average(tmp_path):
    whole = trainer(Model(), tmp_path, 6)
    whole.run()
    resumed = trainer(Model(), tmp_path, 6)
    chainer.serializers.load_npz(tmp_path / 'snapshot_iter_3', resumed)
    resumed.run()
    links = [t.get_extension('ExponentialMovingAverage').link for t in (whole, resumed)]
    np.testing.assert_array_equal(links[0].fc.W.array, links[1].fc.W.array)
    assert (links[0].fc.W.array != 1).all()


@pytest.mark.parametrize('decay', [-0.1, 1, np.nan])
def test_a_decay_out_of_its_range_is_refused(decay):
    with pytest.raises(ValueError, match='decay must be at least 0 and less than 1'):
        ExponentialMovingAverage(Model(), decay)


def test_parameters_without_shape_are_refused():
    with pytest.raises(ValueError, match='/W has no shape yet'):
        ExponentialMovingAverage(L.Linear(None, 2))


def test_float16_is_refused():
    with chainer.using_config('dtype', np.float16), pytest.raises(TypeError, match='/W is float16'):
        ExponentialMovingAverage(L.Linear(2, 2))
