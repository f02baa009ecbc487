"""What would pass for a right score is told, and nothing else."""

import json

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli import evaluate
from chainercv_seg.cli.score import main
from chainercv_seg.datasets import (
    ADE20KSemanticSegmentationDataset,
    CamVidDataset,
    camvid_label_format,
)
from chainercv_seg.datasets.image_key import image_key
from chainercv_seg.links import SegNetBasic
from tests.fake_data import write_ade20k


@pytest.fixture
def masks(tmp_path):
    """Two classes as masks of 0 and 255, and predictions of them that are all background."""
    for name in ('labels', 'predictions'):
        (tmp_path / name).mkdir()
    mask = np.zeros((8, 8), np.uint8)
    mask[:, 4:] = 255
    Image.fromarray(mask).save(tmp_path / 'labels/a.png')
    Image.fromarray(np.zeros_like(mask)).save(tmp_path / 'predictions/a.png')
    (tmp_path / 'names.txt').write_text('bg\nfg\n')
    options = ['--dataset', 'folder', '--labels', tmp_path / 'labels']
    options += ['--label-names', tmp_path / 'names.txt']
    options += ['--predictions', tmp_path / 'predictions', '--output', tmp_path / 'out']
    return list(map(str, options))


def test_masks_of_0_and_255(masks, tmp_path, capsys):
    assert main([*masks, '--report', '--images', str(tmp_path / 'labels')]) == 0
    (note,) = capsys.readouterr().err.splitlines()
    assert note.startswith("note: the label maps hold but one class, 'bg', and void")
    assert '50.00 %' in note
    assert json.loads((tmp_path / 'out/result.json').read_text())['notes'] == [note[6:]]
    assert '--ignore-label -1' in (tmp_path / 'out/report.html').read_text(encoding='utf-8')


def test_the_options_that_it_names_mend_it(masks, tmp_path, capsys):
    own = ['--label-values', '0', '255', '--ignore-label', '-1']
    assert main([*masks, *own]) == 0
    assert "all pixels are predicted 'bg'" in capsys.readouterr().err
    (tmp_path / 'predictions/a.png').write_bytes((tmp_path / 'labels/a.png').read_bytes())
    assert main([*masks, *own]) == 0
    captured = capsys.readouterr()
    assert captured.err == ''
    assert captured.out.splitlines()[2].split() == ['fg', '100.00', '100.00']


def test_without_void_the_error_names_the_option(masks, capsys):
    assert main([*masks, '--ignore-label', '-1']) == 1
    assert '--label-values 0 255' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        (['0'], '--label-values are 1, but'),
        (['7', '7'], '--label-values must differ'),
        (['0', '255'], "--ignore-label 255 is the value of the class 'fg'"),
    ],
)
def test_values_that_do_not_fit_are_one_error(masks, values, message, capsys):
    assert main([*masks, '--label-values', *values]) == 1
    assert message in capsys.readouterr().err


def test_classes_in_the_place_of_the_benchmarks_values(tmp_path, capsys):
    folder = write_ade20k(tmp_path / 'ade20k')
    dataset = ADE20KSemanticSegmentationDataset(folder, 'val')
    (tmp_path / 'p').mkdir()
    for i in range(len(dataset)):
        label = np.maximum(dataset[i][1], 0).astype(np.uint8)
        Image.fromarray(label).save(tmp_path / 'p' / f'{image_key(dataset.sample_name(i))}.png')
    options = ['--dataset', 'ade20k', '--data-dir', folder, '--predictions', tmp_path / 'p']
    options = list(map(str, options))
    options += ['--output', str(tmp_path / 'o')]
    assert main(options) == 0
    error = capsys.readouterr().err
    before = json.loads((tmp_path / 'o' / 'result.json').read_text())['miou']
    assert main([*options, '--values', 'classes']) == 0
    after = json.loads((tmp_path / 'o' / 'result.json').read_text())['miou']
    assert after > 0.9 > 2 * before
    figures = f'Mean IoU is {100 * before:.2f} %, and would be {100 * after:.2f} %'
    assert f'give --values classes. {figures}' in error
    assert capsys.readouterr().err == ''


@pytest.mark.parametrize('predicted', [0, 2])
def test_a_class_that_no_label_map_holds(tmp_path, capsys, predicted):
    for name in ('labels', 'predictions'):
        (tmp_path / name).mkdir()
    label = np.arange(64, dtype=np.uint8).reshape(8, 8) % 2
    Image.fromarray(label).save(tmp_path / 'labels/a.png')
    Image.fromarray(np.where(np.arange(8) == 3, predicted, label).astype(np.uint8)).save(
        tmp_path / 'predictions/a.png'
    )
    (tmp_path / 'names.txt').write_text('bg\nfg\nnever\n')
    options = ['--dataset', 'folder', '--labels', tmp_path / 'labels', '--predictions']
    options += [tmp_path / 'predictions', '--label-names', tmp_path / 'names.txt']
    assert main(list(map(str, options))) == 0
    (note,) = capsys.readouterr().err.splitlines()
    assert note.startswith(f"note: no label map holds a pixel of 'never' of {tmp_path}/names.txt")
    (tmp_path / 'names.txt').write_text('bg\nfg\n')
    if predicted < 2:
        assert main(list(map(str, options))) == 0
        assert capsys.readouterr().err == ''


def test_values_that_are_none_name_the_option(tmp_path, capsys):
    folder = write_ade20k(tmp_path / 'ade20k')
    options = ['--dataset', 'ade20k', '--data-dir', folder, '--predictions']
    options += [folder / 'ADEChallengeData2016/annotations/validation', '--values', 'classes']
    path = next((folder / 'ADEChallengeData2016/annotations/validation').iterdir())
    Image.fromarray(np.full((2, 2), 150, np.uint8)).save(path)
    assert main(list(map(str, options))) == 1
    assert 'give --values benchmark' in capsys.readouterr().err


@pytest.mark.parametrize('right', [1, 0.5, 0.1])
def test_right_and_bad_predictions_are_left_alone(folder, tmp_path, capsys, right):
    random = np.random.default_rng(0)
    for i, label in enumerate(CamVidDataset(folder, 'test').slice[:, 'label']):
        pred = np.where(
            random.random(label.shape) < right, label, random.integers(0, 11, label.shape)
        )
        camvid_label_format.write(pred, tmp_path / f'test_{i}.png')
    options = ['--dataset', 'camvid', '--data-dir', str(folder), '--predictions', str(tmp_path)]
    assert main(options) == 0
    assert capsys.readouterr().err == ''


def test_what_would_pass_for_a_right_score_is_noted(tmp_path, capsys):
    import chainer

    link = SegNetBasic(n_class=2)
    link.conv_classifier.W.array[...] = 0
    link.conv_classifier.b.array[...] = [1, 0]  # all is background
    chainer.serializers.save_npz(tmp_path / 'W.npz', link)
    for name in ('images', 'labels'):
        (tmp_path / name).mkdir()
    Image.new('RGB', (32, 24)).save(tmp_path / 'images/a.png')
    mask = np.zeros((24, 32), np.uint8)
    mask[:, 16:] = 255
    Image.fromarray(mask).save(tmp_path / 'labels/a.png')
    (tmp_path / 'names.txt').write_text('bg\nfg\n')
    options = ['--dataset', 'folder', '--images', tmp_path / 'images', '--labels']
    options += [tmp_path / 'labels', '--label-names', tmp_path / 'names.txt']
    options = list(map(str, [*options, '--pretrained-model', tmp_path / 'W.npz']))
    assert evaluate.main(options) == 0
    assert '--label-values 0 255 --ignore-label -1' in capsys.readouterr().err
    assert evaluate.main([*options, '--label-values', '0', '255', '--ignore-label', '-1']) == 0
    captured = capsys.readouterr()
    assert (
        "note: all pixels are predicted 'bg', though the label maps hold 2 classes" in captured.err
    )
    assert '--pretrained-model' in captured.err
