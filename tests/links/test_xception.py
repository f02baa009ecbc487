import chainer.functions as F
import numpy as np
import pytest

from chainercv_seg.links import XceptionBlock

X = np.random.default_rng(0).normal(size=(2, 4, 9, 9)).astype('f')


def test_the_second_output_is_before_its_activation():
    _, separable2 = XceptionBlock(4, (5, 6, 7), stride=2)(X)
    assert separable2.shape == (2, 6, 9, 9)
    assert separable2.array.min() < 0


def test_what_skips_is_added_or_not():
    h = {}
    for skip_type in ('sum', 'none'):
        block = XceptionBlock(4, (4, 4, 4), skip_type=skip_type, initialW=0.1)
        h[skip_type] = block(X)[0].array
    np.testing.assert_allclose(h['sum'], h['none'] + X, rtol=1e-5, atol=1e-6)
    block = XceptionBlock(4, (4, 4, 7), stride=2)
    assert block(X)[0].shape == block.conv(X).shape == (2, 7, 5, 5)


def test_relu_is_first_or_last():
    assert XceptionBlock(4, (4, 4, 4), skip_type='none')(X)[0].array.min() < 0
    last = XceptionBlock(4, (4, 4, 4), skip_type='none', activ_first=False)
    assert last(X)[0].array.min() == 0
    first = XceptionBlock(4, (4, 4, 4), skip_type='none', initialW=0.1)
    np.testing.assert_array_equal(first(X)[0].array, first(np.maximum(X, 0))[0].array)


def test_activations_can_be_chosen():
    block = XceptionBlock(4, (4, 4, 4), skip_type='none', pw_activ_list=(F.relu, None, F.sigmoid))
    h = block(X)[0].array
    assert 0 < h.min() < h.max() < 1


@pytest.mark.parametrize(
    'arguments', [{'skip_type': 'add'}, {'depthlist': (4, 4)}, {'dw_activ_list': (None,)}]
)
def test_what_a_block_cannot_be_is_refused(arguments):
    with pytest.raises(ValueError, match='must'):
        XceptionBlock(**{'in_channels': 4, 'depthlist': (4, 4, 4), **arguments})
