"""What tells an exported network that is right from one that is wrong."""

import chainer
import numpy as np
import pytest

from chainercv_seg.export.verify import compare, drawn_images, expected
from chainercv_seg.inference import CanvasViews, TiledViews, WholeViews
from chainercv_seg.links.plain_prediction import predict_plain
from chainercv_seg.prepared import optimize
from chainercv_seg.utils.errors import ExportError
from tests.export.networks import segnet


class Network:
    """Tells classes by the colours of every fourth pixel."""

    batchsize = 1
    device = chainer.get_device('@numpy')
    stays_plain = True

    def __init__(self, views):
        self.views = views
        self.colors = np.random.RandomState(0).normal(0, 1, (5, 3)).astype('f')

    def __call__(self, x):
        assert not chainer.config.train
        return chainer.Variable(np.einsum('kc,nchw->nkhw', self.colors, x[:, :, ::4, ::4]))

    def predict(self, imgs):
        return predict_plain(self, imgs, lambda x: self(x).array)


MEAN = np.full((3, 1, 1), 100, np.float32)
VIEWS = [
    WholeViews(),
    TiledViews((44, 52), MEAN, None, flip=False, stride_rate=1.0),
    TiledViews((44, 52), None, (1.0,), flip=False, stride_rate=1.0),
    CanvasViews((48, 40), MEAN, (1.0,), flip=False),
]


@pytest.fixture(scope='module', params=VIEWS)
def case(request):
    """A network, an image, and what is expected of them."""
    link = Network(request.param)
    (image,) = drawn_images([(44, 52)])
    return link, image, expected(link, link.views, image)


def test_labels_are_those_that_are_predicted(case):
    link, image, (scores, labels) = case
    np.testing.assert_array_equal(labels, scores.argmax(axis=0))
    if not isinstance(link.views, TiledViews):
        np.testing.assert_array_equal(labels, link.predict([image])[0])
    else:  # by way of probabilities, which rounding can make equal
        assert (labels != link.predict([image])[0]).mean() < 1e-2


def test_an_optimized_network_passes_for_the_plain_one():
    link = segnet()
    images = drawn_images([(45, 58), (32, 32)])
    compare(link, link.views, images, [expected(optimize(link), link.views, i) for i in images])


def test_what_is_equal_but_for_rounding_passes(case):
    link, image, (scores, labels) = case
    rounded = (scores * np.float32(1 + 1e-6)).astype(np.float32)
    difference = compare(link, link.views, [image], [(rounded, labels)])
    assert 0 < difference.scores <= difference.most < 2e-6
    assert difference[2:] == (0, 0, 44 * 52)
    assert str(difference).endswith('labels in 0 of 2288 pixels')


@pytest.mark.parametrize(
    'spoil',
    [
        lambda scores, labels: (scores, (labels + 1) % len(scores)),
        lambda scores, labels: (scores * 1.01, labels),
        lambda scores, labels: (scores[::-1], labels),
        lambda scores, labels: (scores * np.float32(np.nan), labels),
        lambda scores, labels: (scores[:, :-1], labels),
    ],
)
def test_what_is_wrong_does_not(case, spoil):
    link, image, (scores, labels) = case
    with pytest.raises(ExportError):
        compare(link, link.views, [image], [spoil(scores, labels)])


def test_some_other_labels_pass_for_ties_in_pooling_alone(case):
    link, image, (scores, labels) = case
    other = labels.copy()
    other[0, 0] = scores[:, 0, 0].argmin()
    if isinstance(link.views, WholeViews):
        assert compare(link, link.views, [image], [(scores, other)]).wrong == 1
        other[0] = scores[:, 0].argmin(axis=0)
    with pytest.raises(ExportError, match='beyond ties'):
        compare(link, link.views, [image], [(scores, other)])
