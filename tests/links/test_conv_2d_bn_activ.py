import chainer.functions as F
import numpy as np
import pytest

from chainercv_seg.links import Conv2DBNActiv
from chainercv_seg.utils.errors import MissingExtraError


@pytest.mark.parametrize('arguments', [(3, 5, 3), (None, 5, 3), (5, 3)])
def test_input_channels_can_be_left_to_the_first_input(arguments):
    link = Conv2DBNActiv(*arguments)
    assert link(np.ones((2, 3, 6, 7), 'f')).shape == (2, 5, 4, 5)
    assert link.conv.W.shape == (5, 3, 3, 3)


def test_a_missing_kernel_size_is_an_error():
    with pytest.raises(ValueError, match='ksize is missing'):
        Conv2DBNActiv(None, 5)


def test_the_three_come_one_after_the_other():
    link = Conv2DBNActiv(2, 3, 1, activ=F.tanh, bn_kwargs={'eps': 0.5, 'decay': 0.3})
    x = np.random.default_rng(0).normal(size=(4, 2, 5, 5)).astype('f')
    expected = F.tanh(link.bn(link.conv(x))).array
    np.testing.assert_array_equal(link(x).array, expected)
    assert (link.bn.eps, link.bn.decay) == (0.5, 0.3)


def test_activation_and_bias_are_optional():
    link = Conv2DBNActiv(2, 3, 1, nobias=False, initial_bias=7, activ=None)
    assert np.all(link.conv.b.array == 7)
    assert link(np.random.default_rng(0).normal(size=(4, 2, 5, 5)).astype('f')).array.min() < 0
    assert Conv2DBNActiv(2, 3, 1).conv.b is None


def test_gradients_exist_only_after_a_backward_pass():
    link = Conv2DBNActiv(2, 3, 1)
    assert link.conv.W.grad is None
    link(np.ones((2, 2, 5, 5), 'f')).array  # noqa: B018  a forward pass makes none either
    assert link.conv.W.grad is None
    F.sum(link(np.random.default_rng(0).normal(size=(2, 2, 5, 5)).astype('f'))).backward()
    assert link.conv.W.grad.shape == (3, 2, 1, 1)


def test_a_communicator_without_mpi_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'chainermn.links', None)
    with pytest.raises(MissingExtraError, match=r'chainercv_seg\[mpi\]'):
        Conv2DBNActiv(2, 3, 1, bn_kwargs={'comm': object()})
