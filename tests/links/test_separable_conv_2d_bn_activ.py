import chainer.functions as F
import numpy as np
import pytest

from chainercv_seg.links import SeparableConv2DBNActiv

X = np.random.default_rng(0).normal(size=(4, 2, 9, 9)).astype('f')


def test_the_depthwise_half_comes_first():
    link = SeparableConv2DBNActiv(2, 5, 3, 2, 2, 2, dw_activ=F.sigmoid, pw_activ=F.tanh)
    h = F.sigmoid(link.dw_bn(link.depthwise(X)))
    expected = F.tanh(link.pw_bn(link.pointwise(h))).array
    np.testing.assert_array_equal(link(X).array, expected)
    assert expected.shape == (4, 5, 5, 5)
    assert link.depthwise.W.shape == (2, 1, 3, 3)
    assert link.pointwise.W.shape == (5, 2, 1, 1)


def test_no_activation_is_the_identity():
    link = SeparableConv2DBNActiv(2, 5, 3, dw_activ=None, pw_activ=None)
    assert link(X).array.min() < 0


def test_initial_weights_and_biases_go_where_their_names_say():
    link = SeparableConv2DBNActiv(2, 5, 3, 1, 0, 1, False, 1, 2, 3, 4)
    arrays = (link.depthwise.W, link.pointwise.W, link.depthwise.b, link.pointwise.b)
    assert [set(a.array.ravel()) for a in arrays] == [{1}, {2}, {3}, {4}]


def test_with_a_communicator_each_half_has_its_own_channel_count():
    pytest.importorskip('mpi4py')
    import chainermn

    comm = chainermn.create_communicator('naive')
    link = SeparableConv2DBNActiv(2, 5, 3, bn_kwargs={'comm': comm, 'eps': 0.1})
    assert isinstance(link.dw_bn, chainermn.links.MultiNodeBatchNormalization)
    assert (link.dw_bn.gamma.shape, link.pw_bn.gamma.shape) == ((2,), (5,))
    assert (link.dw_bn.eps, link.pw_bn.eps) == (0.1, 0.1)
    alone = SeparableConv2DBNActiv(2, 5, 3, bn_kwargs={'eps': 0.1})
    alone.copyparams(link)
    np.testing.assert_allclose(link(X).array, alone(X).array, rtol=1e-4, atol=1e-5)
