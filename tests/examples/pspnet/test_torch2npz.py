import numpy as np
import pytest

from chainercv_seg.links import DilatedResNet, PSPNetResNet50
from tests.examples.scripts import load_script

# isort: split
import chainer

torch = pytest.importorskip('torch', reason='checkpoints of PyTorch are made with PyTorch')
nn = torch.nn
SIZE = 41  # of the image: feature maps of 6 x 6, which every number of bins divides
MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None] * 255
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None] * 255


@pytest.fixture(scope='module')
def script():
    return load_script('pspnet/torch2npz.py')


@pytest.fixture(autouse=True)
def shallow(monkeypatch):
    """One bottleneck a block, which makes the files a third as large."""
    monkeypatch.setattr(DilatedResNet, 'blocks', {50: (1, 1, 1, 1)})


class Bottleneck(nn.Module):
    def __init__(self, n_input, n, stride, dilation):
        super().__init__()
        conv = {'stride': stride, 'padding': dilation, 'dilation': dilation}
        self.conv1 = nn.Conv2d(n_input, n, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n)
        self.conv2 = nn.Conv2d(n, n, 3, bias=False, **conv)
        self.bn2 = nn.BatchNorm2d(n)
        self.conv3 = nn.Conv2d(n, 4 * n, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * n)
        projection = nn.Conv2d(n_input, 4 * n, 1, stride=stride, bias=False)
        self.downsample = nn.Sequential(projection, nn.BatchNorm2d(4 * n))

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = torch.relu(self.bn2(self.conv2(h)))
        return torch.relu(self.bn3(self.conv3(h)) + self.downsample(x))


class PSPNet(nn.Module):
    """With the names of semseg, which are what a checkpoint holds."""

    def __init__(self, n_class):
        super().__init__()

        def unit(n_input, n, size, **arguments):
            conv = nn.Conv2d(n_input, n, size, padding=size // 2, bias=False, **arguments)
            return conv, nn.BatchNorm2d(n), nn.ReLU()

        self.layer0 = nn.Sequential(
            *unit(3, 64, 3, stride=2), *unit(64, 64, 3), *unit(64, 128, 3), nn.MaxPool2d(3, 2, 1)
        )
        self.layer1 = nn.Sequential(Bottleneck(128, 64, 1, 1))
        self.layer2 = nn.Sequential(Bottleneck(256, 128, 2, 1))
        self.layer3 = nn.Sequential(Bottleneck(512, 256, 1, 2))
        self.layer4 = nn.Sequential(Bottleneck(1024, 512, 1, 4))
        self.ppm = nn.Module()
        self.ppm.features = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(bins), *unit(2048, 512, 1)) for bins in (1, 2, 3, 6)
        )
        self.cls = nn.Sequential(*unit(4096, 512, 3), nn.Dropout2d(), nn.Conv2d(512, n_class, 1))
        self.aux = nn.Sequential(*unit(1024, 8, 3), nn.Dropout2d(), nn.Conv2d(8, n_class, 1))

    def forward(self, x):
        h = self.layer4(self.layer3(self.layer2(self.layer1(self.layer0(x)))))
        scales = [self.enlarge(scale(h), h.shape[2:]) for scale in self.ppm.features]
        return self.enlarge(self.cls(torch.cat([h, *scales], 1)), x.shape[2:])

    @staticmethod
    def enlarge(h, size):
        return nn.functional.interpolate(h, tuple(size), mode='bilinear', align_corners=True)


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(0)
    network = PSPNet(5).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for array in (module.weight, module.bias, module.running_mean, module.running_var):
                nn.init.uniform_(array, 0.5, 1.5)
    return network


def mmseg_name(name):
    """How mmsegmentation calls an array that semseg calls so."""
    first, rest = name.split('.', 1)
    kind = rest.rpartition('.')[2]
    if first == 'layer0':
        return f'backbone.stem.{rest}'
    if first.startswith('layer'):
        return f'backbone.{name}'
    if first == 'ppm':
        _, scale, number, _ = rest.split('.')
        return f'decode_head.psp_modules.{scale}.1.{("conv", "bn")[int(number) - 1]}.{kind}'
    head, unit = {
        'cls': ('decode_head', 'bottleneck'),
        'aux': ('auxiliary_head', 'convs.0'),
    }[first]
    return f'{head}.{ {"0": f"{unit}.conv", "1": f"{unit}.bn", "4": "conv_seg"}[rest[0]] }.{kind}'


def save(network, path, kind):
    state = network.state_dict()
    if kind == 'mmseg':
        state = {mmseg_name(name): value for name, value in state.items()}
        torch.save({'meta': {'epoch': 3, 'CLASSES': ('road',)}, 'state_dict': state}, path)
    else:
        state = {f'module.{name}': value for name, value in state.items()}
        torch.save({'epoch': 3, 'state_dict': state, 'optimizer': {'lr': 0.1}}, path)


@pytest.mark.parametrize('kind', ['semseg', 'mmseg'])
def test_the_converted_network_gives_the_scores_of_the_other(
    script, network, tmp_path, capsys, kind
):
    source, output = tmp_path / 'checkpoint.pth', tmp_path / 'pspnet.npz'
    save(network, source, kind)
    assert script.main([str(source), str(output)]) == 0
    lines = capsys.readouterr().out.splitlines()
    arrays = {name for name, _ in network.named_parameters()} | dict(network.named_buffers()).keys()
    assert len([line for line in lines if line.startswith(('used', 'left'))]) == len(arrays)
    assert any(line.startswith('note: mmsegmentation') for line in lines) == (kind == 'mmseg')

    link = PSPNetResNet50(n_class=5, pretrained_model=output, input_size=48)
    rgb = np.random.RandomState(1).randint(0, 256, (1, 3, SIZE, SIZE)).astype(np.float32)
    with torch.no_grad():
        expected = network((torch.from_numpy(rgb) - MEAN) / STD).numpy()
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        found = link(rgb - link.mean).array
        # Beyond the border lies the mean, of which ours is another one by half a grey level.
        scale = np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=3e-3 * scale)
        # With theirs (the constant is in the statistics of the first layer): the same.
        shift = link.mean - MEAN.numpy()
        conv, bn = link.extractor.conv1_1.conv, link.extractor.conv1_1.bn
        bn.avg_mean += (shift * conv.W.array).sum(axis=(1, 2, 3))
        found = link(rgb - MEAN.numpy()).array
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * scale)


def test_what_is_not_a_checkpoint_is_one_error(script, network, tmp_path, capsys):
    source, output = tmp_path / 'checkpoint.pth', tmp_path / 'pspnet.npz'

    def error():
        assert script.main([str(source), str(output)]) == 1
        assert not output.exists()
        return capsys.readouterr().err

    assert 'cannot be read' in error()
    source.write_bytes(b'<html>404</html>')
    assert 'is no sound checkpoint of tensors alone' in error()
    torch.save({'state_dict': Bottleneck}, source)  # code
    assert 'is no sound checkpoint of tensors alone' in error()
    torch.save({'epoch': 3}, source)
    assert 'holds no tensors' in error()
    torch.save({'fc.weight': torch.zeros(2)}, source)
    assert 'has no cls.4.weight' in error()
    save(network, source, 'semseg')
    source.write_bytes(source.read_bytes()[:-100000])
    assert 'is no sound checkpoint of tensors alone' in error()
