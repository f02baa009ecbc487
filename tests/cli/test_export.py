"""The command that exports networks, and the others on what it exported."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli.main import main
from chainercv_seg.datasets import camvid_label_colors, camvid_label_names

SYNTHETIC = ('--model', 'segnet', '--pretrained-model', 'synthetic')


def export(*options):
    return main(['export', *map(str, options)])


@pytest.fixture(scope='module')
def onnx_folder(tmp_path_factory):
    pytest.importorskip('onnx', reason='graphs are written by onnx')
    pytest.importorskip('onnxruntime', reason='graphs are computed by onnxruntime')
    folder = tmp_path_factory.mktemp('export') / 'graph'
    assert export(*SYNTHETIC, '--format', 'onnx', '--size', '96x128', '--output', folder) == 0
    return folder


def test_a_folder_of_a_graph_says_all_that_is_to_know(onnx_folder):
    assert {path.name for path in onnx_folder.iterdir()} == {
        *('model.onnx', 'config.json', 'README.md', 'LICENSE', 'example.png')
    }
    config = json.loads((onnx_folder / 'config.json').read_text())
    assert config['architecture'] == 'SegNetBasic'
    assert config['arguments'] == {'n_class': 11}
    assert config['class_names'] == list(camvid_label_names)
    assert config['class_colors'] == [list(color) for color in camvid_label_colors]
    assert config['protocol'] == {
        'model': 'SegNetBasic',
        'input': 'whole image',
        'resize': 'PIL',
    }
    assert config['scores'][0]['miou'] == 0.8671
    assert config['scores'][0]['protocol']
    assert config['weights']['license'] == 'MIT'
    assert len(config['weights']['sha256']) == 64
    card = (onnx_folder / 'README.md').read_text()
    for part in (
        '86.71 %',
        'of the largest in half of the pixels',
        '`(N, 11, 96, 128)`',
        '.resize((128, 96))',
        'Pedestrian',
    ):
        assert part in card
    assert 'example.png' in card
    with Image.open(onnx_folder / 'example.png') as picture:
        assert picture.size == (256, 96)


def test_the_code_in_the_card_runs(onnx_folder, tmp_path):
    card = (onnx_folder / 'README.md').read_text()
    code = card.split('```python\n')[1].split('```')[0]
    Image.fromarray(np.full((200, 300, 3), 90, np.uint8)).save(tmp_path / 'street.jpg')
    (tmp_path / 'model.onnx').write_bytes((onnx_folder / 'model.onnx').read_bytes())
    code += '\nprint(scores.shape, labels.shape, labels.dtype)'
    found = subprocess.check_output([sys.executable, '-c', code], cwd=tmp_path, text=True)
    assert found.split('\n')[0] == '(1, 11, 96, 128) (1, 96, 128) int32'


def test_the_metadata_of_a_graph_is_its_config(onnx_folder):
    import onnx

    found = {p.key: p.value for p in onnx.load(onnx_folder / 'model.onnx').metadata_props}
    config = json.loads((onnx_folder / 'config.json').read_text())
    assert found.keys() == config.keys()
    for name, value in config.items():
        assert (found[name] if isinstance(value, str) else json.loads(found[name])) == value


def test_a_graph_is_shown_by_the_demo_as_the_network_is(onnx_folder, tmp_path, capsys):
    from chainercv_seg.datasets import SyntheticStreetDataset
    from chainercv_seg.transforms import resize
    from chainercv_seg.utils import read_label, write_image

    pytest.importorskip('matplotlib').use('agg')
    image = resize(SyntheticStreetDataset('test')[3][0], (96, 128))
    write_image(image, tmp_path / 'a.png')
    labels = []
    for weights in ('synthetic', str(onnx_folder / 'model.onnx')):
        command = ['demo', str(tmp_path / 'a.png'), '--pretrained-model', weights, '--save-labels']
        assert main([*command, '--output', str(tmp_path / 'out')]) == 0
        labels.append(read_label(tmp_path / 'out' / 'a_labels.png'))
    assert (labels[0] != labels[1]).mean() <= 1e-3
    assert len(np.unique(labels[0])) > 2


def test_images_of_another_size_are_one_line(onnx_folder, capsys):
    graph = str(onnx_folder / 'model.onnx')
    command = ['evaluate', '--dataset', 'synthetic', '--limit', '1', '--pretrained-model', graph]
    assert main(command) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith('error: ')
    assert (
        'images of 96x128, and this one is 360x480: export the network with --size 360x480' in error
    )


@pytest.mark.slow
def test_a_graph_is_evaluated(tmp_path, capsys):
    pytest.importorskip('onnx', reason='graphs are written by onnx')
    pytest.importorskip('onnxruntime', reason='graphs are computed by onnxruntime')
    assert export(*SYNTHETIC, '--format', 'onnx', '--size', '360x480', '--output', tmp_path) == 0
    scores = []
    for weights in ('synthetic', str(tmp_path / 'model.onnx')):
        command = [
            'evaluate',
            '--dataset',
            'synthetic',
            '--limit',
            '3',
            '--pretrained-model',
            weights,
        ]
        assert main([*command, '--output', str(tmp_path)]) == 0
        scores.append(json.loads((tmp_path / 'result.json').read_text()))
    assert scores[1]['protocol']['arithmetic'] == 'ONNX Runtime'
    assert scores[0]['miou'] == pytest.approx(scores[1]['miou'], abs=1e-4)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--model', 'deeplab_v3plus_xception65'], '--model has no meaning for a graph'),
        (['--input-size', '64'], '--input-size has no meaning for a graph'),
        (['--scales', '1'], '--scales has no meaning for a graph'),
        (['--no-flip'], '--flip has no meaning for a graph'),
        (['--gpu', '0'], '--gpu has no meaning for a graph'),
        (['--precision', 'tf32'], '--precision has no meaning for a graph'),
    ],
)
def test_options_that_a_graph_leaves_no_choice_for_are_refused(options, message, capsys):
    with pytest.raises(SystemExit) as exit:
        main(['evaluate', '--pretrained-model', 'a.onnx', *options])
    assert exit.value.code == 2
    assert message in capsys.readouterr().err


def test_a_graph_of_other_classes_is_refused(onnx_folder, capsys):
    graph = str(onnx_folder / 'model.onnx')
    assert main(['demo', '--dataset', 'voc', '--pretrained-model', graph]) == 1
    assert 'knows 11 classes, but voc has 21' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('form', 'package', 'files'),
    [
        ('pytorch', 'torch', ['model.py', 'model.safetensors']),
        ('safetensors', 'safetensors', ['model.safetensors']),
    ],
)
def test_other_formats_verify_themselves_too(form, package, files, tmp_path, capsys):
    pytest.importorskip('safetensors', reason='weights are written as safetensors')
    pytest.importorskip(package, reason='computes what is exported')
    folder = tmp_path / 'out'
    assert export(*SYNTHETIC, '--format', form, '--output', folder) == 0
    others = ['LICENSE', 'README.md', 'config.json', 'example.png']
    assert sorted(path.name for path in folder.iterdir()) == sorted([*others, *files])
    assert 'of the largest in half of the pixels' in capsys.readouterr().out
    config = json.loads((folder / 'config.json').read_text())
    assert config['class_names'] == list(camvid_label_names)
    card = (folder / 'README.md').read_text()
    code = card.split('```python\n')[1].split('```')[0]
    image = np.full((96, 128, 3), 90, np.uint8)
    Image.fromarray(image).save(tmp_path / 'out' / 'street.jpg')
    before = 'import numpy\nimages = [numpy.full((3, 96, 128), 90, "f")]\n'
    shown = '\nprint(labels[0].shape)'
    found = subprocess.check_output(
        [sys.executable, '-c', before + code + shown], cwd=folder, text=True
    )
    assert '96' in found
    assert '128' in found


def test_safetensors_take_the_place_of_weights(tmp_path, capsys):
    pytest.importorskip('safetensors', reason='weights are written as safetensors')
    assert export(*SYNTHETIC, '--format', 'safetensors', '--output', tmp_path / 'a') == 0
    weights = str(tmp_path / 'a' / 'model.safetensors')
    command = ['evaluate', '--dataset', 'synthetic', '--limit', '1', '--pretrained-model']
    tables = []
    for name in ('synthetic', weights):
        capsys.readouterr()
        assert main([*command, name]) == 0
        tables.append(capsys.readouterr().out.split('protocol')[0])
    assert tables[0] == tables[1]


def test_what_cannot_be_verified_is_said(tmp_path, capsys, monkeypatch):
    pytest.importorskip('safetensors', reason='weights are written as safetensors')
    monkeypatch.setitem(sys.modules, 'torch', None)
    assert export(*SYNTHETIC, '--format', 'pytorch', '--output', tmp_path) == 0
    assert 'Not verified: ' in capsys.readouterr().out
    assert 'pip install torch' in (tmp_path / 'README.md').read_text()
    assert not (tmp_path / 'example.png').exists()


def test_verifying_can_be_left_out(tmp_path, capsys, monkeypatch):
    pytest.importorskip('safetensors', reason='weights are written as safetensors')
    command = (*SYNTHETIC, '--format', 'safetensors', '--no-verify', '--output', tmp_path)
    assert export(*command) == 0
    assert capsys.readouterr().out.splitlines()[-1] == 'Not verified: --no-verify'
    assert 'Not verified' in (tmp_path / 'README.md').read_text()


def test_what_is_wrong_ends_in_an_error(tmp_path, capsys, monkeypatch):
    pytest.importorskip('safetensors', reason='weights are written as safetensors')
    from chainercv_seg.export import safetensors_folder

    def wrong(network, views, image):
        labels = np.zeros(image.shape[1:], np.int32)
        return np.zeros((11, *labels.shape), np.float32), labels

    monkeypatch.setattr(safetensors_folder, 'expected', wrong)
    assert export(*SYNTHETIC, '--format', 'safetensors', '--output', tmp_path) == 1
    assert 'is not what the network is: scores differ by' in capsys.readouterr().err
    assert not (tmp_path / 'README.md').exists()


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            ['--format', 'pytorch', '--pretrained-model', 'a', '--size', '48'],
            '--size needs --format',
        ),
        (['--format', 'pytorch', '--pretrained-model', 'a', '--unpool', 'max'], '--unpool needs'),
        (['--format', 'onnx'], '--pretrained-model is needed'),
        (['--format', 'onnx', '--pretrained-model', 'a.onnx'], 'was exported before'),
        (['--format', 'caffe'], 'invalid choice'),
        (
            ['--format', 'onnx', '--pretrained-model', 'voc', '--unpool', 'max'],
            '--unpool has no meaning',
        ),
        (
            ['--format', 'onnx', '--pretrained-model', 'synthetic', '--size', '4y4'],
            'must be like 360x480',
        ),
        (
            ['--format', 'onnx', '--pretrained-model', 'synthetic', '--size', '0x4'],
            'a whole number',
        ),
        (
            ['--format', 'onnx', '--pretrained-model', 'synthetic', '--dataset', 'folder'],
            'need one another',
        ),
        (
            ['--format', 'onnx', '--pretrained-model', 'synthetic', '--input-size', '48'],
            'no meaning for segnet',
        ),
    ],
)
def test_wrong_usage(options, message, tmp_path, capsys):
    with pytest.raises(SystemExit) as exit:
        export(*options, '--output', tmp_path / 'out')
    assert exit.value.code == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_weights_that_do_not_name_their_classes_need_names(weights, tmp_path, capsys):
    options = ('--format', 'onnx', '--pretrained-model', weights, '--output', tmp_path / 'out')
    assert export(*options) == 2
    assert 'does not name its classes: give --dataset, or --label-names' in capsys.readouterr().err
    (tmp_path / 'names').write_text('one\ntwo\n')
    assert export(*options, '--label-names', tmp_path / 'names') == 1
    assert 'for 11 classes, but folder has 2' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


@pytest.mark.slow
def test_a_tile_of_another_size_is_wrong_usage(tmp_path, capsys):
    pytest.importorskip('onnx', reason='graphs are written by onnx')
    from chainercv_seg.links import PSPNetResNet50
    from chainercv_seg.weights import save_weights

    save_weights(PSPNetResNet50(11, input_size=48), tmp_path / 'a.npz')
    options = ('--format', 'onnx', '--pretrained-model', tmp_path / 'a.npz', '--dataset', 'camvid')
    size = ('--input-size', '48', '--size', '64', '--output', tmp_path / 'out')
    assert export(*options, *size) == 2
    assert 'takes images of 48x48' in capsys.readouterr().err


def test_what_is_missing_is_one_line(tmp_path, capsys, monkeypatch):
    for name in [name for name in sys.modules if name.startswith('chainercv_seg.engines.onnx')]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith('chainercv_seg.export')]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, 'onnx', None)
    assert export(*SYNTHETIC, '--format', 'onnx', '--output', tmp_path / 'out') == 1
    error = capsys.readouterr().err
    assert error.startswith('error: ONNX needs onnx, which is not installed')
    assert "pip install '.[export]'" in error
    assert export(*SYNTHETIC, '--format', 'onnx', '--output', Path(__file__)) == 1
    assert 'is a file, not a folder' in capsys.readouterr().err
