import numpy as np
import pytest

from chainercv_seg.cli.convert import main
from chainercv_seg.links import SegNetBasic
from tests.weights.conversion.files import caffemodel

# isort: split
import chainer
import chainer.functions as F

NAMES = [f'{name}{i}' for name in ('conv', 'conv_decode') for i in (1, 2, 3, 4)]


@pytest.fixture(scope='module')
def layers():
    """The layers of SegNet-Basic after its batch statistics were computed, with three classes."""
    rng = np.random.RandomState(0)
    layers = {'data': []}
    for name in NAMES:
        n_input = 3 if name == 'conv1' else 64
        W = rng.normal(0, 0.2 / 7, (64, n_input, 7, 7))
        layers[name] = [W * (40 if name == 'conv1' else 1), rng.normal(0, 0.3, 64)]
        layers[f'{name}_bn'] = [rng.uniform(0.5, 1.5, (1, 64, 1, 1)), rng.normal(0, 0.3, 64)]
    layers['conv_classifier'] = [rng.normal(0, 0.2, (3, 64, 1, 1)), rng.normal(0, 0.3, 3)]
    return {k: [a.astype(np.float32) for a in arrays] for k, arrays in layers.items()}


def original(layers, bgr):
    """What Caffe computes: normalize, and then convolve, scale and shift."""

    def convolve(h, name):
        W, b = layers[name]
        factor, offset = (array.ravel()[:, None, None] for array in layers[f'{name}_bn'])
        return F.convolution_2d(h, W, b, pad=3) * factor + offset

    h = F.local_response_normalization(bgr, n=5, k=1, alpha=1e-4 / 5, beta=0.75)
    masks = {}
    for i in (1, 2, 3, 4):
        h, masks[i] = F.max_pooling_2d(F.relu(convolve(h, f'conv{i}')), 2, 2, return_indices=True)
    for i in (4, 3, 2, 1):
        h = F.upsampling_2d(h, masks[i], 2, 2, outsize=tuple(2 * n for n in h.shape[2:]))
        h = convolve(h, f'conv_decode{i}')
    return F.convolution_2d(h, *layers['conv_classifier']).array


@pytest.mark.parametrize('classifier', ['conv_classifier', 'dense_softmax_inner_prod'])
@pytest.mark.parametrize('options', [{}, {'version': 1, 'legacy': True}])
def test_the_converted_network_computes_what_the_original_does(
    layers, tmp_path, capsys, options, classifier
):
    source, output = tmp_path / 'test_weights.caffemodel', tmp_path / 'segnet.npz'
    names = {'conv_classifier': classifier}
    named = {names.get(name, name): arrays for name, arrays in layers.items()}
    source.write_bytes(caffemodel(named, **options))
    assert main([str(source), str(output)]) == 0
    printed = capsys.readouterr().out
    assert 'used conv1/0 (64, 3, 7, 7) for conv1/W' in printed
    assert f'weights: {output}' in printed

    link = SegNetBasic(n_class=3, pretrained_model=output)
    rgb = np.random.RandomState(1).randint(0, 256, (1, 3, 32, 48)).astype(np.float32)
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        found = link(rgb).array
        expected = original(layers, rgb[:, ::-1])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_another_network_is_refused_and_nothing_is_written(layers, tmp_path, capsys):
    source, output = tmp_path / 'net.caffemodel', tmp_path / 'segnet.npz'
    source.write_bytes(caffemodel({**layers, 'conv5': layers['conv4']}))
    assert main([str(source), str(output)]) == 1
    assert 'Left over in it: conv5/0, conv5/1' in capsys.readouterr().err
    source.write_bytes(caffemodel({'fc9': layers['conv4']}))
    assert main([str(source), str(output)]) == 1
    assert 'has no conv_classifier/0' in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('name', ['conv3', 'conv_decode1_bn', 'conv_classifier'])
def test_numbers_that_are_not_finite_are_refused_by_the_name_of_their_array(
    layers, tmp_path, capsys, name, value
):
    source, output = tmp_path / 'net.caffemodel', tmp_path / 'segnet.npz'
    W, b = layers[name]
    b = b.copy()
    b[1] = value
    source.write_bytes(caffemodel({**layers, name: [W, b]}))
    assert main([str(source), str(output)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f'error: {name}/1 in {source} holds numbers that are NaN or too large')
    assert error.count('\n') == 1
    assert not output.exists()
