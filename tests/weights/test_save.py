import numpy as np
import pytest

from chainercv_seg.links import SegNetBasic
from chainercv_seg.weights import save_weights


@pytest.fixture
def link():
    return SegNetBasic(n_class=3)


def test_saved_weights_load_as_they_were(link, tmp_path):
    save_weights(link, tmp_path / 'w.npz')
    loaded = dict(SegNetBasic(n_class=3, pretrained_model=tmp_path / 'w.npz').namedparams())
    for name, parameter in link.namedparams():
        np.testing.assert_array_equal(loaded[name].array, parameter.array)
    assert [path.name for path in tmp_path.iterdir()] == ['w.npz']


def test_half_rounds_kernels_and_keeps_vectors(link, tmp_path):
    link.conv1_bn.avg_var[...] = 1e6  # float16 ends at 65504
    save_weights(link, tmp_path / 'w.npz', half=True)
    loaded = SegNetBasic(n_class=3, pretrained_model=tmp_path / 'w.npz')
    np.testing.assert_array_equal(loaded.conv1_bn.avg_var, link.conv1_bn.avg_var)
    np.testing.assert_allclose(loaded.conv2.W.array, link.conv2.W.array, rtol=1e-3, atol=1e-7)
    assert (tmp_path / 'w.npz').stat().st_size < 3e6


@pytest.mark.parametrize('value', [1e5, np.nan])
def test_half_refuses_what_float16_cannot_store(link, tmp_path, value):
    link.conv3.W.array[0, 0, 0, 0] = value
    with pytest.raises(ValueError, match='conv3/W'):
        save_weights(link, tmp_path / 'w.npz', half=True)
    assert not list(tmp_path.iterdir())
