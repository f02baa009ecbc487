"""Checkpoints of PyTorch, converted, against the networks that they are of."""

import numpy as np
import pytest

from chainercv_seg.cli.convert import main
from chainercv_seg.engines.cpu.resizing import resize_planes
from chainercv_seg.links import DilatedResNet, PSPNetResNet50
from chainercv_seg.prepared import optimize
from tests import parity

torch = pytest.importorskip('torch', reason='the originals are networks of PyTorch')

from tests.originals.torch_pspnets import ORIGINALS, Bottleneck, made, scores  # noqa: E402

#: Two bottlenecks where first ones differ from others.
BLOCKS = (1, 1, 2, 2)
#: Odd ones, as semseg asks for, of which the pyramid's bins divide the maps or not.
SIZES = {
    'semseg': [(89, 89), (73, 105)],
    'mmsegmentation': [(64, 96), (71, 90)],
    'pytorch-semseg': [(89, 89), (41, 89)],
}
WRITTEN = {
    'semseg': lambda state: {
        'epoch': 3,
        'state_dict': {f'module.{k}': v for k, v in state.items()},
    },
    'mmsegmentation': lambda state: {'meta': {'epoch': 3}, 'state_dict': state},
    'pytorch-semseg': lambda state: {'model_state': {f'module.{k}': v for k, v in state.items()}},
}


@pytest.fixture(autouse=True, scope='module')
def shallow():
    """Few bottlenecks, which makes the files a third as large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DilatedResNet, 'blocks', {50: BLOCKS})
        yield


@pytest.fixture(scope='module', params=list(ORIGINALS))
def kind(request):
    return request.param


@pytest.fixture(scope='module')
def network(kind):
    return made(kind, BLOCKS)


@pytest.fixture(scope='module')
def converted(kind, network, tmp_path_factory):
    folder = tmp_path_factory.mktemp(kind)
    torch.save(WRITTEN[kind](network.state_dict()), folder / 'checkpoint.pth')
    assert main([str(folder / 'checkpoint.pth'), str(folder / 'pspnet.npz')]) == 0
    return folder / 'pspnet.npz'


def image(size):
    patches = np.random.RandomState(1).randint(0, 256, (1, 3, size[0] // 9 + 1, size[1] // 9 + 1))
    return np.kron(patches, np.ones((9, 9)))[:, :, : size[0], : size[1]].astype(np.float32)


def assert_same(found, expected):
    """Scores to 1e-4 of the largest; labels but for ties."""
    limit = 1e-4 * np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=limit)
    labels, chosen = expected.argmax(axis=1), found.argmax(axis=1)
    assert len(np.unique(labels)) > 1
    taken = np.take_along_axis(expected, chosen[:, None], axis=1)[:, 0]
    assert (expected.max(axis=1) - taken).max() <= 2 * limit
    assert (labels != chosen).mean() < 1e-3


def test_the_converted_network_gives_the_scores_of_the_original(kind, network, converted):
    link = PSPNetResNet50(pretrained_model=converted)
    optimized = optimize(link)
    for size in SIZES[kind]:
        rgb = image(size)
        expected = scores(network, rgb)
        x = (rgb - link.mean) / (1 if link.std is None else link.std)
        with parity.evaluating():
            assert_same(link(x).array, expected)
        found = resize_planes(optimized.score(x), size, align_corners=link.align_corners)
        assert_same(found, expected)


def test_arrays_are_those_of_the_source(kind, network, converted):
    """Nothing is folded: what is exported again is what was there."""
    link = PSPNetResNet50(pretrained_model=converted)
    first = next(module for module in network.modules() if isinstance(module, torch.nn.Conv2d))
    W = first.weight.detach().numpy()
    expected = W[:, ::-1] if kind == 'pytorch-semseg' else W
    np.testing.assert_array_equal(link.extractor.conv1_1.conv.W.array, expected)


def semseg_labels(network, image, tile):
    """``tool/test.py`` of semseg at scale 1: tiles, flips, and padding with the mean on both sides."""
    H, W = image.shape[1:]
    pad = [max(t - n, 0) for t, n in zip(tile, (H, W), strict=True)]
    before = [p // 2 for p in pad]
    around = [(b, p - b) for b, p in zip(before, pad, strict=True)]
    padded = np.stack(
        [
            np.pad(plane, around, constant_values=mean)
            for plane, mean in zip(image, network.mean.ravel(), strict=True)
        ]
    )
    stride = [int(np.ceil(t * 2 / 3)) for t in tile]
    grid = [
        int(np.ceil((n - t) / s) + 1)
        for n, t, s in zip(padded.shape[1:], tile, stride, strict=True)
    ]
    total, count = 0, np.zeros(padded.shape[1:])
    total = np.zeros((5, *padded.shape[1:]))
    for i, j in np.ndindex(*grid):
        bottom = min(i * stride[0] + tile[0], padded.shape[1])
        right = min(j * stride[1] + tile[1], padded.shape[2])
        window = slice(bottom - tile[0], bottom), slice(right - tile[1], right)
        part = padded[(slice(None), *window)][None].astype(np.float32)
        both = scores(network, np.concatenate([part, part[:, :, :, ::-1]]))
        both = torch.softmax(torch.from_numpy(both), dim=1).numpy()
        total[(slice(None), *window)] += (both[0] + both[1, :, :, ::-1]) / 2
        count[window] += 1
    return (total / count)[:, before[0] : before[0] + H, before[1] : before[1] + W]


@pytest.mark.parametrize('size', [(100, 150), (60, 89), (41, 120)])
def test_predicted_labels_are_those_of_the_originals_own_evaluation(kind, network, converted, size):
    if kind == 'pytorch-semseg':
        pytest.skip('it resizes images to one size')
    rgb = image(size)[0]
    link = PSPNetResNet50(pretrained_model=converted, input_size=(73, 89))
    if kind == 'semseg':
        probabilities = semseg_labels(network, rgb, (73, 89))
    else:  # mmsegmentation: the whole image, not flipped
        link.flip = False
        probabilities = torch.softmax(torch.from_numpy(scores(network, rgb[None])), 1)[0].numpy()
    (label,) = optimize(link).predict([rgb])
    taken = np.take_along_axis(probabilities, label[None], axis=0)[0]
    assert (probabilities.max(axis=0) - taken).max() < 1e-4  # the same class but for ties
    assert (label != probabilities.argmax(axis=0)).mean() < 1e-3
    assert len(np.unique(label)) > 1


@pytest.mark.parametrize('kind', ['semseg'], indirect=True)
def test_each_array_is_accounted_for(network, tmp_path, capsys):
    source, output = tmp_path / 'checkpoint.pth', tmp_path / 'pspnet.npz'
    torch.save(WRITTEN['semseg'](network.state_dict()), source)
    assert main([str(source), str(output)]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith(('used', 'left'))]
    assert len(told) == len(network.state_dict())
    assert 'source: PSPNet of semseg (PyTorch), ResNet-50, 5 classes' in lines
    assert lines[-1] == f'weights: {output}'
    assert "'tiling': 'inside'" in lines[-2]


@pytest.mark.parametrize('kind', ['semseg'], indirect=True)
def test_what_is_not_a_checkpoint_is_one_error(network, tmp_path, capsys):
    source, output = tmp_path / 'checkpoint.pth', tmp_path / 'pspnet.npz'

    def error():
        assert main([str(source), str(output)]) == 1
        assert not output.exists()
        text = capsys.readouterr().err
        assert text.count('\n') == 1
        return text

    assert 'cannot be read' in error()
    source.write_bytes(b'<html>404</html>')
    assert 'is no sound checkpoint of tensors alone' in error()
    torch.save({'state_dict': Bottleneck}, source)  # code
    assert 'is no sound checkpoint of tensors alone' in error()
    torch.save({'epoch': 3}, source)
    assert 'holds no tensors' in error()
    torch.save({'fc.weight': torch.zeros(2)}, source)
    assert 'holds no network of ours: its arrays are fc.weight' in error()
    state = network.state_dict()
    torch.save(state, source)
    source.write_bytes(source.read_bytes()[:-100000])
    assert 'is no sound checkpoint of tensors alone' in error()
    deep = {f'layer3.{i}.conv1.weight': torch.zeros(256, 1024, 1, 1) for i in range(2, 36)}
    torch.save(state | deep, source)
    assert 'PSPNet on ResNet-152; here there are those of 50 and 101' in error()
    torch.save({f'decode_head.image_pool.{k}': v for k, v in list(state.items())[:2]}, source)
    assert 'it looks like DeepLabV3 or DeepLabV3+ of mmsegmentation' in error()
    torch.save(state | {'layer0.0.weight': torch.zeros(64, 3, 7, 7)}, source)
    assert 'extractor/conv1_1/conv/W' in error()
