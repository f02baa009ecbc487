import chainer
import numpy as np
import pytest

from chainercv_seg.links import PixelwiseSoftmaxClassifier, SegNetBasic

SCORES = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype('f')
LABEL = np.random.default_rng(1).integers(0, 3, (2, 4, 5)).astype('i')


def loss(label=LABEL, **kwargs):
    classifier = PixelwiseSoftmaxClassifier(chainer.Link(), **kwargs)
    classifier.predictor = chainer.Variable
    return float(classifier(SCORES, label).array)


def losses_of_pixels():
    log_p = SCORES - np.log(np.exp(SCORES).sum(axis=1, keepdims=True))
    return -np.take_along_axis(log_p, LABEL[:, None], axis=1)[:, 0]


def test_the_loss_is_the_mean_over_the_pixels():
    assert loss() == pytest.approx(losses_of_pixels().mean(), rel=1e-5)


@pytest.mark.parametrize('ignore_label', [-1, 255])
def test_ignored_pixels_do_not_count(ignore_label):
    label = LABEL.copy()
    label[:, :2] = ignore_label
    assert loss(label, ignore_label=ignore_label) == pytest.approx(
        losses_of_pixels()[:, 2:].mean(), rel=1e-5
    )


def test_class_weights_scale_the_losses_of_their_class():
    weight = np.array([1, 5, 0.5])
    expected = (losses_of_pixels() * weight[LABEL]).mean()
    assert loss(class_weight=weight) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    'weights', [[[1, 2]], [], 5, 'ab', ['a', 1], [np.nan, 1], [np.inf, 1], [-1, 1]]
)
def test_class_weights_must_be_a_vector_of_numbers_from_0_on(weights):
    with pytest.raises(ValueError, match='class_weight must hold a number from 0 on a class'):
        PixelwiseSoftmaxClassifier(chainer.Link(), class_weight=weights)


def test_class_weights_must_be_as_many_as_classes():
    network = SegNetBasic(n_class=3)
    with pytest.raises(ValueError, match='2 numbers for 3 classes'):
        PixelwiseSoftmaxClassifier(network, class_weight=[1, 2])


@pytest.mark.parametrize('label', [None, 'void', 2.5, np.nan, [1]])
def test_the_ignore_label_must_be_an_integer(label):
    with pytest.raises(ValueError, match='ignore_label must be an integer, but got'):
        PixelwiseSoftmaxClassifier(chainer.Link(), ignore_label=label)


def test_class_weights_move_with_the_link_and_are_not_saved():
    class Doubled(chainer.device_resident.DeviceResidentsVisitor):
        def visit_device_resident(self, resident):
            return None

        def visit_variable(self, param):
            return None

        def visit_array(self, array):
            return array * 2

    network = SegNetBasic(3)
    classifier = PixelwiseSoftmaxClassifier(network, class_weight=[1, 2, 3])
    classifier.device_resident_accept(Doubled())
    assert classifier.class_weight.tolist() == [2, 4, 6]
    saved = chainer.serializers.npz.serialize(classifier)
    assert set(saved) == {
        f'predictor/{name}' for name in chainer.serializers.npz.serialize(network)
    }


def test_the_loss_is_reported_and_kept():
    classifier = PixelwiseSoftmaxClassifier(SegNetBasic(3))
    reporter = chainer.Reporter()
    reporter.add_observer('main', classifier)
    with reporter, reporter.scope({}):
        x = np.zeros((1, 3, 16, 16), 'f')
        found = classifier(x, np.zeros((1, 16, 16), 'i'))
        assert found is classifier.loss
        assert float(reporter.observation['main/loss'].array) == float(found.array)
    assert classifier.y.shape == (1, 3, 16, 16)
