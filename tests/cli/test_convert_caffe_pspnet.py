"""Models of the original PSPNet (Caffe), converted, against what their prototxts describe."""

import numpy as np
import pytest

from chainercv_seg.cli.convert import main
from chainercv_seg.engines.cpu.resizing import resize_planes
from chainercv_seg.links import DilatedResNet, PSPNetResNet50, PSPNetResNet101
from chainercv_seg.prepared import optimize
from chainercv_seg.weights.conversion import array_names
from chainercv_seg.weights.conversion.pspnet_names import CAFFE
from tests import parity
from tests.weights.conversion.files import caffemodel, layer_geometry

# isort: split
import chainer.functions as F

#: Of images: maps of 6 x 6 and 12 x 12, which every number of bins divides, as at the authors' sizes.
SIZES = [41, 89]
#: Stride, dilation and padding by layer, as in ``pspnet50_ADE20K_473.prototxt``; 1, 1 and 0 where
#: nothing is said. Those of 101 layers (``pspnet101_cityscapes_713``, ``pspnet101_VOC2012_473``) have
#: the stride in ``conv3_1_3x3``.
FIGURES = {
    'conv1_1_3x3_s2': (2, 1, 1),
    'conv1_2_3x3': (1, 1, 1),
    'conv1_3_3x3': (1, 1, 1),
    'conv2_1_3x3': (1, 1, 1),
    'conv3_1_1x1_reduce': (2, 1, 0),
    'conv3_1_1x1_proj': (2, 1, 0),
    'conv3_1_3x3': (1, 1, 1),
    'conv4_1_3x3': (1, 2, 2),
    'conv5_1_3x3': (1, 4, 4),
    'conv5_4': (1, 1, 1),
}
DEEPER = FIGURES | {'conv3_1_1x1_reduce': (1, 1, 0), 'conv3_1_3x3': (2, 1, 1)}
#: Windows of the pyramid, and their strides, at 473 and at 713.
WINDOWS = {473: {1: 60, 2: 30, 3: 20, 6: 10}, 713: {1: 90, 2: 45, 3: 30, 6: 15}}


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
    layers['conv6'] = [W, np.zeros(5, np.float32)]
    return layers


def original(layers, figures, bgr):
    """What Caffe computes of an image less its mean."""

    def unit(h, name, relu=True):
        stride, dilation, pad = figures.get(name, (1, 1, 0))
        h = F.convolution_2d(h, layers[name][0], stride=stride, pad=pad, dilate=dilation)
        gamma, beta, mean, var = (array.ravel() for array in layers[f'{name}/bn'])
        h = F.fixed_batch_normalization(h, gamma, beta, mean, var, eps=1e-5)
        return F.relu(h) if relu else h

    h = unit(unit(unit(bgr, 'conv1_1_3x3_s2'), 'conv1_2_3x3'), 'conv1_3_3x3')
    h = F.max_pooling_2d(h, 3, 2, 1)
    for block in (2, 3, 4, 5):
        name = f'conv{block}_1'
        branch = unit(unit(h, f'{name}_1x1_reduce'), f'{name}_3x3')
        branch = unit(branch, f'{name}_1x1_increase', relu=False)
        h = F.relu(branch + unit(h, f'{name}_1x1_proj', relu=False))
    size = h.shape[2]  # Interp resizes with corners aligned
    scales = [
        F.resize_images(
            unit(F.average_pooling_2d(h, size // bins), f'conv5_3_pool{bins}_conv'), (size, size)
        )
        for bins in (6, 3, 2, 1)
    ]
    h = unit(F.concat([h, *scales]), 'conv5_4')
    return F.resize_images(F.convolution_2d(h, *layers['conv6']), bgr.shape[2:]).array


def prototxt(figures, windows):
    """A description as the authors write it, with what matters and what does not."""
    text = ['# of no authors', 'input: "data"', 'input_dim: 473']
    for name, (stride, dilation, pad) in figures.items():
        text.append(
            f'layer {{ name: "{name}" type: "Convolution" bottom: "data" param {{ lr_mult: 1 }}'
        )
        text.append(f' convolution_param {{ num_output: 64 pad: {pad} kernel_size: 3')
        text.append(
            f' stride: {stride} dilation: {dilation} weight_filler {{ type: "msra" }} }} }}'
        )
    for bins, window in windows.items():
        text.append(f"layer {{\n name: 'conv5_3_pool{bins}'\n type: 'Pooling'\n pooling_param {{")
        text.append(f'  pool: AVE\n  kernel_size: {window}\n  stride: {window}\n }}\n}}')
    return '\n'.join(text)


def image(size):
    patches = np.random.RandomState(1).randint(0, 256, (1, 3, size // 9 + 1, size // 9 + 1))
    return np.kron(patches, np.ones((9, 9)))[:, :, :size, :size].astype(np.float32)


@pytest.fixture(scope='module')
def layers():
    layers = original_layers()
    x = (image(41) - 115)[:, ::-1]
    with parity.evaluating():
        scores = original(layers, FIGURES, x)
    # Scores around 0, and not so large that tiles are certain and tie: so that labels are of several classes.
    W, b = layers['conv6']
    b -= scores.mean(axis=(0, 2, 3)) / scores.std()
    W /= scores.std()
    return layers


@pytest.mark.slow
@pytest.mark.usefixtures('shallow')
@pytest.mark.parametrize(
    ('figures', 'told_by'),
    [(FIGURES, 'prototxt'), (FIGURES, 'model'), (FIGURES, 'nothing'), (DEEPER, 'option')],
    ids=lambda value: value if isinstance(value, str) else 'figures',
)
def test_the_converted_network_computes_what_the_prototxt_describes(
    layers, tmp_path, capsys, figures, told_by
):
    source, output = tmp_path / 'pspnet50.caffemodel', tmp_path / 'pspnet.npz'
    model, options = caffemodel(layers), []
    if told_by == 'model':
        model += layer_geometry(figures, {f'conv5_3_pool{n}': w for n, w in WINDOWS[713].items()})
    elif told_by == 'prototxt':
        (tmp_path / 'net.prototxt').write_text(prototxt(figures, WINDOWS[713]))
        options = ['--prototxt', str(tmp_path / 'net.prototxt')]
    elif told_by == 'option':
        options = ['--no-stride-first']
    source.write_bytes(model)
    assert main([str(source), str(output), *options]) == 0
    printed = capsys.readouterr().out
    assert 'used conv6/1 (5,) for head_conv2/b' in printed
    assert 'left conv_aux/0 (4, 8, 1, 1): of the auxiliary classifier' in printed
    assumed = 'note: the stride of the third block is taken to be in its first 1x1 convolution'
    assert (assumed in printed) == (told_by == 'nothing')

    link = PSPNetResNet50(pretrained_model=output)
    assert link.input_size == ((713, 713) if told_by in ('prototxt', 'model') else (473, 473))
    optimized = optimize(link)
    for size in SIZES:
        x = image(size) - link.mean
        with parity.evaluating():
            expected, found = original(layers, figures, x[:, ::-1]), link(x).array
        for scores in (found, resize_planes(optimized.score(x), (size, size))):
            limit = 1e-4 * np.abs(expected).max()
            np.testing.assert_allclose(scores, expected, rtol=0, atol=limit)
            labels = expected.argmax(axis=1)
            assert len(np.unique(labels)) > 1
            assert (scores.argmax(axis=1) != labels).mean() < 1e-3


@pytest.mark.usefixtures('shallow')
def test_another_stride_would_be_another_network(layers):
    """The two cannot be taken for each other: what the tests above would miss, they would not."""
    x = (image(41) - 115)[:, ::-1]
    with parity.evaluating():
        one, other = original(layers, FIGURES, x), original(layers, DEEPER, x)
    assert np.abs(one - other).max() > 0.05 * np.abs(one).max()


@pytest.mark.usefixtures('shallow')
def test_a_description_of_another_network_is_refused(layers, tmp_path, capsys):
    source, output = tmp_path / 'net.caffemodel', tmp_path / 'out.npz'
    source.write_bytes(caffemodel(layers))
    other = FIGURES | {'conv4_1_3x3': (2, 1, 1)}
    (tmp_path / 'net.prototxt').write_text(prototxt(other, {}))
    options = ['--prototxt', str(tmp_path / 'net.prototxt')]
    assert main([str(source), str(output), *options]) == 1
    assert 'extractor/res4/a/conv2/conv has stride 2 and dilation 1' in capsys.readouterr().err
    for text in ('layer { name: "a"', 'layer } {', '', 'a: 1', '\0', 'layer {' * 9999):
        (tmp_path / 'net.prototxt').write_text(text)
        assert main([str(source), str(output), *options]) == 1
        error = capsys.readouterr().err
        assert 'net.prototxt' in error
        assert error.count('\n') == 1
    assert not output.exists()


@pytest.mark.usefixtures('shallow')
@pytest.mark.slow
@pytest.mark.parametrize('size', [(100, 160), (41, 120), (60, 80)])
def test_predicted_labels_are_those_of_the_originals_own_evaluation(layers, tmp_path, size):
    """``scale_process.m`` at the image's own size: tiles end inside, padding is behind, flips are summed."""
    source, output = tmp_path / 'net.caffemodel', tmp_path / 'out.npz'
    source.write_bytes(caffemodel(layers))
    assert main([str(source), str(output), '--input-size', '89', '89']) == 0
    link = PSPNetResNet50(pretrained_model=output)
    rgb = image(160)[0, :, : size[0], : size[1]]
    tile, stride = 89, 60
    padded = np.zeros((3, *(max(n, tile) for n in size)), np.float32)
    padded[:, : size[0], : size[1]] = rgb - link.mean
    total, count = np.zeros((5, *padded.shape[1:])), np.zeros(padded.shape[1:])
    grid = [int(np.ceil((n - tile) / stride)) + 1 for n in padded.shape[1:]]
    for i, j in np.ndindex(*grid):
        bottom, right = (
            min(k * stride + tile, n) for k, n in zip((i, j), padded.shape[1:], strict=True)
        )
        window = slice(bottom - tile, bottom), slice(right - tile, right)
        part = padded[(slice(None), *window)][None, ::-1]
        with parity.evaluating():
            score = original(layers, FIGURES, np.ascontiguousarray(part))
            score += original(layers, FIGURES, part[:, :, :, ::-1].copy())[:, :, :, ::-1]
        total[(slice(None), *window)] += F.softmax(score).array[0]
        count[window] += 1
    expected = (total / count)[:, : size[0], : size[1]]
    (label,) = optimize(link).predict([rgb])
    chosen = np.take_along_axis(expected, label[None], axis=0)[0]
    assert (expected.max(axis=0) - chosen).max() < 1e-4  # the same class but for ties
    assert (label != expected.argmax(axis=0)).mean() < 1e-3


def test_the_deeper_network_has_the_layers_of_the_published_one():
    link = PSPNetResNet101(n_class=2, initialW=0)
    sources = {entry.theirs for entry in CAFFE.table(array_names(link))}
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


@pytest.mark.usefixtures('shallow')
def test_a_file_without_a_layer_is_refused(layers, tmp_path, capsys):
    source = tmp_path / 'some.caffemodel'
    source.write_bytes(caffemodel({'conv6': [np.zeros((2, 512, 1, 1)), np.zeros(2)]}))
    assert main([str(source), str(tmp_path / 'out.npz')]) == 1
    assert 'holds a PSPNet on a ResNet without bottlenecks' in capsys.readouterr().err
    source.write_bytes(caffemodel({k: v for k, v in layers.items() if k != 'conv1_1_3x3_s2'}))
    assert main([str(source), str(tmp_path / 'out.npz')]) == 1
    assert 'Missing in the file: conv1_1_3x3_s2/0' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['some.caffemodel']


@pytest.mark.parametrize(
    ('layer', 'what'),
    [('conv5_3_D', 'SegNet on VGG-16'), ('fc8', 'ImageNet'), ('res5c_branch2c', 'ResNet')],
)
def test_the_closest_network_is_named(tmp_path, capsys, layer, what):
    source = tmp_path / 'some.caffemodel'
    source.write_bytes(caffemodel({layer: [np.zeros((2, 512, 1, 1))]}))
    assert main([str(source), str(tmp_path / 'out.npz')]) == 1
    error = capsys.readouterr().err
    assert 'holds no network of ours: it looks like' in error
    assert what in error
