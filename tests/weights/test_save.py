import re
import subprocess
import sys

import numpy as np
import pytest
from chainer.links import Convolution2D, Linear

from chainercv_seg.links import SegNetBasic
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights import load_weights, save_weights


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


def test_half_refuses_what_float16_cannot_store(link, tmp_path):
    link.conv3.W.array[0, 0, 0, 0] = 1e5
    with pytest.raises(WeightsError, match='conv3/W'):
        save_weights(link, tmp_path / 'w.npz', half=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('half', [False, True])
@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_not_saved(link, tmp_path, half, value):
    link.conv3_bn.avg_var[1] = value
    with pytest.raises(WeightsError, match=r'w\.npz: .*NaN or infinity, in conv3_bn/avg_var'):
        save_weights(link, tmp_path / 'w.npz', half=half)
    assert not list(tmp_path.iterdir())


def test_what_is_planted_beside_the_file_is_not_followed(link, tmp_path):
    (tmp_path / 'mine').write_bytes(b'mine')
    (tmp_path / 'w.npz.part').symlink_to(tmp_path / 'mine')
    save_weights(link, tmp_path / 'w.npz')
    assert (tmp_path / 'mine').read_bytes() == b'mine'


@pytest.mark.skipif(sys.platform == 'win32', reason='needs limits')
@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < '2.0.0', reason='there savez leaves a zip open'
)
def test_a_full_disk_is_one_error_that_names_the_file(link, tmp_path):
    """A write beyond a limit fails as one on a full disk does; zipfile must not say more than we do."""
    script = (
        'import sys, resource; from chainercv_seg.links import SegNetBasic\n'
        'from chainercv_seg.weights import save_weights\n'
        'resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n'
        'try:\n    save_weights(SegNetBasic(n_class=3), sys.argv[1])\n'
        'except OSError as error:\n    print(error)'
    )
    run = subprocess.run(
        [sys.executable, '-c', script, tmp_path / 'w.npz'], capture_output=True, text=True
    )
    assert re.fullmatch(r'/.*/w\.npz cannot be written: File too large\. Free .*\n', run.stdout)
    assert run.stderr == ''
    assert not list(tmp_path.iterdir())


def test_a_network_without_values_is_not_saved(tmp_path):
    with pytest.raises(WeightsError, match=r'w\.npz: W has no values yet'):
        save_weights(Convolution2D(None, 2, 3), tmp_path / 'w.npz')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('link', [None, 3, 'segnet', [], object()])
def test_what_is_no_network_has_no_weights(link, tmp_path):
    path = tmp_path / 'weights.npz'
    with pytest.raises(ValueError, match=r'link must have namedlinks\(\), but got'):
        save_weights(link, path)
    save_weights(Linear(2, 2), path)
    with pytest.raises(ValueError, match=r'link must have namedlinks\(\), but got'):
        load_weights(link, path)
