import numpy as np
import pytest

from chainercv_seg.links import DilatedResNet, PSPNetResNet50, PSPNetResNet101
from tests.examples.scripts import load_script
from tests.weights.conversion.files import caffemodel

# isort: split
import chainer
import chainer.functions as F

SIZE = 41  # of the image: feature maps of 6 x 6, which every number of bins divides


@pytest.fixture(scope='module')
def script():
    return load_script('pspnet/caffe2npz.py')


@pytest.fixture
def shallow(monkeypatch):
    """One bottleneck a block, which makes the files a third as large."""
    monkeypatch.setattr(DilatedResNet, 'blocks', {50: (1, 1, 1, 1)})


def original_layers():
    """The layers with weights of the original, with one bottleneck a block and five classes."""
    rng = np.random.default_rng(0)
    layers = {'data': []}

    def layer(name, n_output, n_input, size):
        shape = n_output, n_input, size, size
        W = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(2 / (n_input * size**2))
        layers[name] = [W.astype(np.float32)]
        statistics = [rng.uniform(0.5, 1.5, (1, n_output, 1, 1)) for _ in range(4)]
        layers[f'{name}/bn'] = [array.astype(np.float32) for array in statistics]

    layer('conv1_1_3x3_s2', 64, 3, 3)
    layer('conv1_2_3x3', 64, 64, 3)
    layer('conv1_3_3x3', 128, 64, 3)
    n_input = 128
    for block, n in ((2, 64), (3, 128), (4, 256), (5, 512)):
        layer(f'conv{block}_1_1x1_reduce', n, n_input, 1)
        layer(f'conv{block}_1_3x3', n, n, 3)
        layer(f'conv{block}_1_1x1_increase', 4 * n, n, 1)
        layer(f'conv{block}_1_1x1_proj', 4 * n, n_input, 1)
        n_input = 4 * n
    for bins in (1, 2, 3, 6):
        layer(f'conv5_3_pool{bins}_conv', 512, 2048, 1)
    layer('conv5_4', 512, 4096, 3)
    layer('conv_aux', 4, 8, 1)
    W = rng.normal(0, 0.05, (5, 512, 1, 1)).astype(np.float32)
    layers['conv6'] = [W, rng.normal(0, 1, 5).astype(np.float32)]
    return layers


def original(layers, bgr):
    """What Caffe computes of an image less its mean."""

    def unit(h, name, relu=True, **arguments):
        h = F.convolution_2d(h, layers[name][0], **arguments)
        gamma, beta, mean, var = (array.ravel() for array in layers[f'{name}/bn'])
        h = F.fixed_batch_normalization(h, gamma, beta, mean, var, eps=1e-5)
        return F.relu(h) if relu else h

    h = unit(bgr, 'conv1_1_3x3_s2', stride=2, pad=1)
    h = unit(unit(h, 'conv1_2_3x3', pad=1), 'conv1_3_3x3', pad=1)
    h = F.max_pooling_2d(h, 3, 2, 1)
    for block, stride, dilate in ((2, 1, 1), (3, 2, 1), (4, 1, 2), (5, 1, 4)):
        name = f'conv{block}_1'
        branch = unit(h, f'{name}_1x1_reduce')
        branch = unit(branch, f'{name}_3x3', stride=stride, pad=dilate, dilate=dilate)
        branch = unit(branch, f'{name}_1x1_increase', relu=False)
        h = F.relu(branch + unit(h, f'{name}_1x1_proj', relu=False, stride=stride))
    size = h.shape[2]
    scales = [
        F.resize_images(
            unit(F.average_pooling_2d(h, size // bins), f'conv5_3_pool{bins}_conv'), (size, size)
        )
        for bins in (6, 3, 2, 1)
    ]
    h = unit(F.concat([h, *scales]), 'conv5_4', pad=1)
    return F.resize_images(F.convolution_2d(h, *layers['conv6']), bgr.shape[2:]).array


@pytest.mark.usefixtures('shallow')
def test_the_converted_network_computes_what_the_original_does(script, tmp_path, capsys):
    layers = original_layers()
    source, output = tmp_path / 'pspnet50.caffemodel', tmp_path / 'pspnet.npz'
    source.write_bytes(caffemodel(layers))
    assert script.main([str(source), str(output)]) == 0
    printed = capsys.readouterr().out
    assert 'used conv6/1 (5,) for head_conv2/b' in printed
    assert 'left conv_aux/0 (4, 8, 1, 1): of the auxiliary classifier' in printed

    link = PSPNetResNet50(n_class=5, pretrained_model=output, input_size=48)
    rgb = np.random.RandomState(1).normal(0, 50, (1, 3, SIZE, SIZE)).astype(np.float32)
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        found = link(rgb).array
        expected = original(layers, rgb[:, ::-1])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_the_deeper_network_has_the_layers_of_the_published_one(script):
    link = PSPNetResNet101(n_class=2, initialW=0)
    sources = {name for names, _ in script.rules(link)._rules.values() for name in names}
    blocks = [(2, 3), (3, 4), (4, 23), (5, 3)]
    convolutions = {
        f'conv{block}_{i}_{part}'
        for block, n in blocks
        for i in range(1, n + 1)
        for part in ('1x1_reduce', '3x3', '1x1_increase')
    }
    convolutions |= {f'conv{block}_1_1x1_proj' for block, _ in blocks}
    convolutions |= {f'conv5_3_pool{bins}_conv' for bins in (1, 2, 3, 6)}
    convolutions |= {'conv1_1_3x3_s2', 'conv1_2_3x3', 'conv1_3_3x3', 'conv5_4'}
    expected = {f'{name}/0' for name in convolutions}
    expected |= {f'{name}/bn/{i}' for name in convolutions for i in range(4)}
    assert sources == expected | {'conv6/0', 'conv6/1'}


def test_a_file_without_a_layer_is_refused(script, tmp_path, capsys):
    source = tmp_path / 'some.caffemodel'
    source.write_bytes(caffemodel({'conv6': [np.zeros((2, 512, 1, 1)), np.zeros(2)]}))
    assert script.main([str(source), str(tmp_path / 'out.npz')]) == 1
    assert 'Missing in the file: conv1_1_3x3_s2/0' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['some.caffemodel']
