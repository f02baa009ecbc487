import chainer
import numpy as np

from chainercv_seg.links import SeparableASPP

X = np.random.default_rng(0).normal(size=(3, 4, 9, 7)).astype('f')


def test_the_branches_dilate_as_told():
    aspp = SeparableASPP(4, 2, (2, 3, 5))
    for branch, rate in zip((aspp.atrous1, aspp.atrous2, aspp.atrous3), (2, 3, 5), strict=True):
        assert branch.depthwise.dilate == branch.depthwise.pad == (rate, rate)
    assert aspp(X).shape == (3, 2, 9, 7)


def test_image_pooling_is_the_same_everywhere():
    h = SeparableASPP(4, 2).image_pooling(X).array
    np.testing.assert_array_equal(h, np.broadcast_to(h[:, :, :1, :1], (3, 2, 9, 7)))


def test_values_are_dropped_in_training_only():
    aspp = SeparableASPP(4, 8)
    aspp.proj.bn.beta.array[:] = 10  # no zeros from ReLU
    assert (aspp(X).array == 0).mean() > 0.3
    with chainer.using_config('train', False):
        assert (aspp(X).array == 0).mean() == 0
