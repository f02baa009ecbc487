"""Functions that are written for NumPy and CuPy, on CuPy."""

import numpy as np
import pytest

from chainercv_seg.inference.image_resize import resize_planes_as_image
from chainercv_seg.links import SegNetBasic

# isort: split
import chainer
from chainer.backends.cuda import to_cpu


@pytest.fixture
def device(gpu):
    return chainer.get_device(gpu if gpu >= 0 else '@numpy')


@pytest.mark.parametrize('smooth', [True, False])
def test_images_are_resized_as_on_the_cpu(device, smooth):
    planes = np.random.RandomState(0).randn(3, 30, 41).astype('f')
    with chainer.using_device(device):
        found = to_cpu(
            resize_planes_as_image(device.send(planes), (50, 23), smooth=smooth, xp=device.xp)
        )
    expected = resize_planes_as_image(planes, (50, 23), smooth=smooth, xp=np)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_batch_of_twelve_whole_images_trains_within_the_workspace(on_gpu):
    # 12 * 64 * 49 * 360 * 480 column elements are more than 2^31.
    link = on_gpu(SegNetBasic(n_class=11))
    images = np.random.RandomState(0).uniform(0, 255, (12, 3, 360, 480)).astype('f')
    with chainer.using_device(link.device):
        link.cleargrads()
        chainer.functions.mean(link(link.device.send(images)) ** 2).backward()
    for name, parameter in link.namedparams():
        gradient = to_cpu(parameter.grad)
        assert np.isfinite(gradient).all(), name
        assert np.abs(gradient).max() > 0, name
