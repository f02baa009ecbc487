import argparse
import sys

import numpy as np
import pytest

from chainercv_seg.cli.evaluate import main
from chainercv_seg.cli.network_weights import choose_model
from chainercv_seg.datasets import CamVidDataset, VOCSemanticSegmentationDataset


def chosen(dataset, pretrained_model=None):
    return choose_model(argparse.Namespace(dataset=dataset, pretrained_model=pretrained_model))


@pytest.mark.parametrize(
    ('dataset', 'model'),
    [
        ('voc', 'deeplab_v3plus_xception65'),
        ('cityscapes', 'deeplab_v3plus_xception65'),
        ('ade20k', 'deeplab_v3plus_xception65'),
        ('camvid', 'segnet'),
        ('synthetic', 'segnet'),
        ('folder', 'segnet'),
    ],
)
def test_the_network_is_the_one_that_does_best_on_the_data_set(dataset, model):
    assert chosen(dataset) == model


def test_weights_that_are_named_choose_their_network():
    assert chosen('cityscapes', 'cityscapes_converted') == 'pspnet_resnet101'
    assert chosen('camvid', 'voc') == 'deeplab_v3plus_xception65'
    name = 'x/pspnet_resnet50_ade20k_trained_2018_12_23.npz'
    assert chosen('ade20k', name) == 'pspnet_resnet50'


def test_a_file_chooses_its_network_by_its_arrays(tmp_path):
    path = tmp_path / 'mine.npz'
    names = ('head_conv2/b', 'extractor/res4/b22/conv1/conv/W')
    np.savez(path, **{name: np.zeros(3) for name in names})
    assert chosen('voc', str(path)) == 'pspnet_resnet101'
    path.write_bytes(b'broken')
    assert chosen('voc', str(path)) == 'segnet'
    assert chosen('voc', str(tmp_path / 'none.npz')) == 'segnet'


@pytest.fixture
def _no_data(monkeypatch):
    """Data sets that must not be asked for."""
    for dataset in (CamVidDataset, VOCSemanticSegmentationDataset):
        monkeypatch.setattr(dataset, '__init__', lambda *a, **k: pytest.fail('asked for data'))


@pytest.mark.usefixtures('_no_data')
@pytest.mark.parametrize(
    ('arguments', 'code', 'message'),
    [
        (['voc', '--model', 'segnet'], 1, 'no weights of segnet for voc are published'),
        (['camvid', '--pretrained-model', 'no'], 1, "'no' is neither a file nor the name"),
        (['voc', '--pretrained-model', 'cityscapes'], 2, 'n_class is 19 for the published weights'),
        (['voc', '--pretrained-model', 'FILE'], 1, 'holds weights for 11 classes, but voc has 21'),
        (
            ['camvid', '--model', 'pspnet_resnet50', '--pretrained-model', 'FILE'],
            1,
            'holds weights of segnet, not of pspnet_resnet50: give --model segnet',
        ),
        (['voc', '--gpu', '0'], 1, 'CuPy'),
    ],
)
def test_what_does_not_go_together_is_said_before_any_data_is_asked_for(
    arguments, code, message, weights, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, 'cupy', None)
    arguments = [str(weights) if word == 'FILE' else word for word in arguments]
    assert main(['--dataset', *arguments]) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count('\n') == 1
