"""Networks of every kind that are exported in tests, small, with weights that are the same everywhere."""

import numpy as np

from chainercv_seg.export.verify import compare, drawn_images
from chainercv_seg.links import (
    DeepLabV3plusXception65,
    PSPNetResNet50,
    PSPNetResNet101,
    SegNetBasic,
)
from tests import parity

#: Sizes of images, odd and even.
SIZES = [(45, 58), (64, 48), (81, 75)]


def segnet(size=None):
    return plain(SegNetBasic(5))


def pspnet(size, network=PSPNetResNet50):
    return plain(network(5, input_size=size, flip=False))


def pspnet101(size):
    return pspnet(size, PSPNetResNet101)


def deeplab(size=None):
    return plain(DeepLabV3plusXception65(**parity.CASES['deeplab_v3plus_xception65'][1]))


def plain(link):
    link.stays_plain = True
    return parity.fill(link)


def check(link, size, compute, n):
    """Hold scores and labels ``compute(images)`` of a batch against a network, image by image."""
    images = np.stack(drawn_images([size] * n))
    scores, labels = compute(images)
    assert (scores.dtype, labels.dtype) == (np.float32, np.int32)
    assert labels.shape == (n, *size)
    # These are what is expected (tests/export/test_verify.py), and take seconds to compute again.
    own = link.predict(images) if size[0] * size[1] < 10_000 else labels
    for found in zip(images, scores, labels, own, strict=True):
        image, *computed, label = found
        difference = compare(link, link.views, [image], [computed])
        if not isinstance(link, SegNetBasic):
            assert difference.most <= 1e-5
        assert (computed[1] != label).mean() <= 1e-3
    return labels
