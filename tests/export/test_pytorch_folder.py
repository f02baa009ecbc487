"""Networks as modules of PyTorch, held against the networks themselves."""

import json
import subprocess
import sys

import numpy as np
import pytest

from chainercv_seg.export.pytorch_folder import export_pytorch, model_source
from chainercv_seg.export.subject import Subject
from chainercv_seg.export.torch_settings import torch_arrays, torch_entries, torch_settings
from chainercv_seg.links import PSPNetResNet50, SegNetBasic
from chainercv_seg.weights.conversion import Conversion
from tests import parity
from tests.export.networks import SIZES, check, deeplab, plain, pspnet, pspnet101, segnet

SOURCES = ['segnet', 'pspnet', 'deeplab']


@pytest.mark.parametrize('source', SOURCES)
def test_the_source_of_a_network_needs_nothing_of_this_package(source):
    text = model_source(source)
    compile(text, source, 'exec')
    imports = [line for line in text.splitlines() if line.startswith(('import', 'from'))]
    assert imports == [
        'import json',
        'from collections.abc import Sequence',
        'from pathlib import Path',
        'import torch',
        'from safetensors.torch import load_file',
        'from torch import Tensor, nn',
    ]
    assert text.startswith('"""')
    assert text.count('chainercv_seg') == 1
    assert '\nload = ' in text


def same_state(link, other):
    one, two = parity.state(link), parity.state(other)
    for name, array in one.items():
        if array.dtype.kind == 'S':  # the arguments
            continue
        np.testing.assert_allclose(two[name], array, rtol=1e-6, atol=1e-9, err_msg=name)


def test_the_table_of_names_reads_in_both_directions():
    link, other = segnet(), SegNetBasic(5)
    arrays = dict(torch_arrays(link))
    assert arrays['conv1.weight'].shape == (64, 3, 7, 7)
    assert {'conv_classifier.bias', 'conv_decode1_bn.running_var'} < arrays.keys()
    Conversion.of(other, torch_entries(other)).apply(other, arrays, origin='a file')
    same_state(link, other)


@pytest.mark.slow
def test_the_keys_of_pspnet_are_those_of_semseg_and_read_in_both_directions():
    link = plain(PSPNetResNet50(5, input_size=48, std=(58.395, 57.12, 57.375)))
    arrays = dict(torch_arrays(link))
    for name, shape in {
        'layer0.0.weight': (64, 3, 3, 3),
        'layer0.7.running_var': (128,),
        'layer1.0.downsample.0.weight': (256, 128, 1, 1),
        'layer3.5.bn2.weight': (256,),
        'layer4.2.conv2.weight': (512, 512, 3, 3),
        'ppm.features.3.1.weight': (512, 2048, 1, 1),
        'cls.0.weight': (512, 4096, 3, 3),
        'cls.4.bias': (5,),
    }.items():
        assert arrays[name].shape == shape
    other = PSPNetResNet50(5, input_size=48, std=(58.395, 57.12, 57.375))
    Conversion.of(other, torch_entries(other)).apply(other, arrays, origin='a file')
    same_state(link, other)


@pytest.fixture
def write(tmp_path):
    """Export a network, and open it: give a function from images to scores and labels."""
    pytest.importorskip('torch', reason='computes the exported networks')
    pytest.importorskip('safetensors', reason='weights are written as safetensors')

    def write(link):
        subject = Subject(link, 'a', {}, [], [], 'weights', '0' * 64)
        exported = export_pytorch(subject, tmp_path)
        (tmp_path / 'config.json').write_text(json.dumps(exported.config))
        single = exported.compute()

        def compute(images):
            pairs = [single(image) for image in images]
            return tuple(np.stack(parts) for parts in zip(*pairs, strict=True))

        return compute

    return write


@pytest.mark.parametrize('size', [*SIZES, (1, 1), (17, 16)])
def test_segnet(write, size):
    link = segnet()
    check(link, size, write(link), 2)


@pytest.mark.parametrize('size', [(75, 60), (81, 66)])
def test_pspnet(write, size):
    link = pspnet(size)
    assert len(np.unique(check(link, size, write(link), 1))) > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    'arguments',
    [
        {'pooling': 'adaptive', 'mean': (120, 110, 100), 'std': (58, 57, 56), 'cover_all': False},
        {'align_corners': False, 'stem': (32, 32, 64), 'contract_dilation': True},
        {'stride_first': True},
    ],
)
def test_pspnets_of_others(write, arguments):
    link = plain(PSPNetResNet50(5, input_size=(75, 60), flip=False, **arguments))
    check(link, (75, 60), write(link), 1)


def test_deeplab(write):
    link = deeplab()
    compute = write(link)
    for size in SIZES[:2]:
        check(link, size, compute, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ('build', 'size'),
    [(pspnet101, (97, 105)), (pspnet, (473, 473)), (deeplab, (360, 481)), (segnet, (360, 480))],
)
def test_networks_of_full_size(write, build, size):
    link = build(size)
    check(link, size, write(link), 1)


def test_batches_are_computed_in_a_process_without_chainer(write, tmp_path):
    link = segnet()
    compute = write(link)
    images = np.random.RandomState(0).uniform(0, 255, (3, 3, 45, 58)).astype('f')
    np.save(tmp_path / 'images.npy', images)
    script = """
import sys
import numpy as np
import torch
from model import load
network = load('.')
assert not network.training
scores, labels = network.predict(torch.from_numpy(np.load('images.npy')))
assert 'chainer' not in sys.modules and 'chainercv_seg' not in sys.modules
np.savez('out.npz', scores=scores.numpy(), labels=labels.numpy())
"""
    subprocess.run([sys.executable, '-c', script], cwd=tmp_path, check=True)
    scores, labels = compute(images)
    with np.load(tmp_path / 'out.npz') as out:
        np.testing.assert_allclose(out['scores'], scores, atol=1e-5 * np.abs(scores).max())
        assert (out['labels'] != labels).mean() <= 1e-3
        assert out['labels'].dtype == np.int32


def test_other_parts_are_refused():
    link = segnet()
    link.conv2.pad = (2, 2)
    with pytest.raises(TypeError, match='other parts than its class makes'):
        torch_settings(link)
    with pytest.raises(TypeError, match='no module of PyTorch that is Convolution2D'):
        torch_settings(plain(SegNetBasic(2)).conv1)
