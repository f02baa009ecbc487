"""Networks made under Chainer's ``dtype``, which ``CHAINER_DTYPE`` sets: ChainerCV's cannot predict."""

import chainer
import numpy as np
import pytest

import chainercv_seg.links as links
from chainercv_seg.inference import optimize

NETWORKS = {
    'segnet': lambda: links.SegNetBasic(n_class=4),
    'pspnet': lambda: links.PSPNetResNet50(n_class=4, input_size=97),
    'deeplab': lambda: links.DeepLabV3plusXception65(n_class=4, min_input_size=65),
}
CASES = [
    ('segnet', chainer.mixed16),
    ('segnet', np.dtype('float16')),
    ('segnet', np.dtype('float64')),
    pytest.param('pspnet', chainer.mixed16, marks=pytest.mark.slow),
    pytest.param('deeplab', chainer.mixed16, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(('name', 'dtype'), CASES, ids=str)
def test_labels_are_those_of_a_network_of_float32(name, dtype):
    with chainer.using_config('dtype', dtype):
        link = NETWORKS[name]()
    kernels = {
        param.dtype for param in link.params() if param.ndim == 4 and param.array is not None
    }
    assert kernels == {np.dtype(np.float16 if dtype is chainer.mixed16 else dtype)}
    plain = NETWORKS[name]()
    for param, other in zip(link.params(), plain.params(), strict=True):
        other.array[...] = param.array
    images = np.random.default_rng(0).uniform(0, 255, (1, 3, 70, 90)).astype('f')
    expected = plain.predict(images)[0]
    with chainer.using_config('dtype', dtype):
        assert (link.predict(images)[0] == expected).mean() > 0.99
        assert (optimize(link).predict(images)[0] == expected).mean() > 0.99


@pytest.mark.parametrize('arguments', [{}, {'stride': 2}, {'dilate': 2}, {'groups': 2}])
def test_a_bias_of_another_type_has_a_gradient(arguments):
    with chainer.using_config('dtype', np.float16):
        link = links.convolution.Convolution2D(4, 2, 3, initial_bias=1, **arguments)
    link.cleargrads()
    x = np.ones((1, 4, 9, 9), np.float32)
    y = link(x)
    assert y.dtype == np.float32
    chainer.functions.sum(y).backward()
    assert link.b.grad.dtype == np.float16
    np.testing.assert_array_equal(link.b.grad, y.size // 2)
