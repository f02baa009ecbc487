import numpy as np
import pytest

from chainercv_seg.utils import WeightsError
from chainercv_seg.weights.load import load_weights, places
from chainercv_seg.weights.recognize import recognize, recognize_file

links = pytest.importorskip('chainercv_seg.links')

NETWORKS = {
    'segnet': lambda: links.SegNetBasic(n_class=5),
    'pspnet_resnet50': lambda: links.PSPNetResNet50(n_class=5),
    'pspnet_resnet101': lambda: links.PSPNetResNet101(n_class=5),
    'deeplab_v3plus_xception65': lambda: links.DeepLabV3plusXception65(n_class=5),
    'dilated_resnet50': lambda: links.DilatedResNet(50),
    'dilated_resnet101': lambda: links.DilatedResNet(101),
}


@pytest.mark.parametrize('model', NETWORKS)
def test_a_network_is_told_by_its_arrays_wherever_they_lie(model):
    names = [name for name, _ in places(NETWORKS[model]())]
    assert recognize(names) == model
    for prefix in ('predictor/', 'updater/model:main/predictor/'):
        assert recognize([prefix + name for name in names]) == model


@pytest.mark.parametrize(
    'names', [[], ['W'], ['head_conv2/b'], ['conv_classifier/b'], ['xconv_classifier/b']]
)
def test_what_is_none_of_ours_is_none(names):
    assert recognize(names) is None


def test_the_number_of_classes_is_that_of_the_last_layer(tmp_path):
    path = tmp_path / 'W.npz'
    np.savez(path, **{'p/conv_classifier/b': np.zeros(7), 'p/conv_decode4/W': np.zeros(1)})
    assert recognize_file(path) == ('segnet', 7)
    np.savez(path, **{'res4/b5/conv1/conv/W': np.zeros(1)})
    assert recognize_file(path) == ('dilated_resnet50', None)
    np.savez(path, **{'conv_classifier/b': np.zeros(())})
    assert recognize_file(path) == (None, None)


@pytest.mark.parametrize('content', [b'', b'<html>', None])
def test_what_cannot_be_read_is_named(content, tmp_path):
    path = tmp_path / 'W.npz'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=r'W\.npz'):
        recognize_file(path)


def test_weights_of_another_network_say_whose_they_look_like(tmp_path):
    path = tmp_path / 'W.npz'
    names = ('head_conv2/b', 'extractor/res4/b5/conv1/conv/W')
    np.savez(path, **{name: np.zeros(3) for name in names})
    with pytest.raises(WeightsError, match='it looks like weights of pspnet_resnet50'):
        load_weights(links.SegNetBasic(n_class=5), path)
