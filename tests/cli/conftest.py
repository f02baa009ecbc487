"""A small CamVid, a SegNet for it, and its weight file."""

import numpy as np
import pytest

from tests.fake_data import write_camvid


@pytest.fixture(scope='session')
def folder(tmp_path_factory):
    return write_camvid(tmp_path_factory.mktemp('camvid'))


@pytest.fixture(scope='session')
def link():
    from chainercv_seg.links import SegNetBasic  # here: some of the commands need no Chainer

    np.random.seed(0)
    link = SegNetBasic(n_class=11)
    for name, parameter in link.namedparams():
        if name.endswith('beta'):  # else nearly all pixels are of one class
            parameter.array[...] = np.random.uniform(-1, 1, parameter.shape)
    return link


@pytest.fixture(scope='session')
def weights(tmp_path_factory, link):
    import chainer

    path = tmp_path_factory.mktemp('weights') / 'W.npz'
    chainer.serializers.save_npz(path, link)
    return path
