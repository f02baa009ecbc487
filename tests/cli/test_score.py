import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli.score import main
from chainercv_seg.datasets import CamVidDataset, camvid_label_format
from chainercv_seg.evaluations import eval_semantic_segmentation
from chainercv_seg.evaluations.saved_results import read_results
from tests.fake_data import write_camvid


@pytest.fixture
def folder(tmp_path):
    return write_camvid(tmp_path / 'camvid')


@pytest.fixture
def preds(folder):
    rng = np.random.RandomState(1)
    labels = CamVidDataset(folder, 'test').slice[:, 'label']
    return [np.where(label < 0, 3, label) * (rng.rand(*label.shape) < 0.8) for label in labels]


@pytest.fixture
def predictions(tmp_path, preds):
    (tmp_path / 'predictions').mkdir()
    for i, pred in enumerate(preds):
        camvid_label_format.write(pred, tmp_path / 'predictions' / f'test_{i}.png')
    return tmp_path / 'predictions'


def arguments(folder, predictions, *options):
    data = ('--dataset', 'camvid', '--data-dir', folder)
    return list(map(str, (*data, '--predictions', predictions, *options)))


def test_the_scores_are_those_of_the_label_maps(folder, predictions, preds, capsys, tmp_path):
    options = ('--output', tmp_path / 'out', '--report')
    assert main(arguments(folder, predictions, *options), prog='chainercv-seg score') == 0
    expected = eval_semantic_segmentation(
        preds, CamVidDataset(folder, 'test').slice[:, 'label'], n_class=11
    )
    record = json.loads((tmp_path / 'out' / 'result.json').read_text())
    assert record['miou'] == pytest.approx(expected['miou'], abs=1e-15)
    assert record['weights'] is None
    assert record['command'].startswith('chainercv-seg score --dataset camvid')
    output = capsys.readouterr().out
    assert f'{100 * expected["miou"]:.2f}' in output
    assert 'protocol: data CamVid test, predictions' in output
    text = (tmp_path / 'out' / 'report.html').read_text(encoding='utf-8')
    assert 'errors of test_0.png' in text


@pytest.mark.parametrize('above', ['', 'deep/er/'])
def test_predictions_in_a_zip_are_scored_alike(folder, predictions, tmp_path, capsys, above):
    options = ('--per-image', '--output')
    assert main(arguments(folder, predictions, *options, tmp_path / 'files')) == 0
    with zipfile.ZipFile(tmp_path / 'p.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
        for path in predictions.iterdir():
            archive.write(path, f'{above}{path.name}')
        archive.writestr(f'__MACOSX/{above}._test_0.png', b'no image')
    assert main(arguments(folder, tmp_path / 'p.zip', *options, tmp_path / 'zip')) == 0
    for name in ('per_class.csv', 'per_image.npz'):
        assert (tmp_path / 'files' / name).read_bytes() == (tmp_path / 'zip' / name).read_bytes()
    (found,) = read_results([tmp_path / 'zip'])  # compare finds them again
    assert len(found.predictions.find()) == 3
    capsys.readouterr()
    assert main(arguments(folder, tmp_path / 'zip' / 'per_class.csv')) == 1
    error = capsys.readouterr().err
    assert error.endswith(
        'per_class.csv: expected a folder or a zip of predictions, found another file\n'
    )


def test_it_needs_neither_chainer_nor_cupy_nor_matplotlib(folder, predictions):
    script = """
import sys
for module in ('chainer', 'chainermn', 'cupy', 'matplotlib', 'mpi4py'):
    sys.modules[module] = None  # as if it were not installed
from chainercv_seg.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
    options = arguments(folder, predictions, '--output', folder / 'out', '--report')
    output = subprocess.check_output([sys.executable, '-c', script, 'score', *options], text=True)
    assert 'mean IoU' in output
    assert (folder / 'out' / 'report.html').exists()


def test_arrays_and_classes_from_0_on_are_scored_alike(folder, predictions, preds, capsys):
    assert main(arguments(folder, predictions)) == 0
    table = capsys.readouterr().out.splitlines()[:-1]
    for i, pred in enumerate(preds):
        (predictions / f'test_{i}.png').unlink()
        np.save(predictions / f'test_{i}.npy', pred)
    for values in ('benchmark', 'classes'):
        assert main(arguments(folder, predictions, '--values', values)) == 0
        assert capsys.readouterr().out.splitlines()[:-1] == table


def one_error(capsys, *options):
    assert main(arguments(*options)) == 1
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.startswith('error: ')
    assert captured.err.count('\n') == 1
    return captured.err


def test_a_missing_prediction_is_one_error_that_names_it(folder, predictions, capsys):
    (predictions / 'test_1.png').unlink()
    assert 'test_1.png' in one_error(capsys, folder, predictions)


def test_a_prediction_too_many_is_one_error_that_names_it(folder, predictions, capsys):
    Image.new('L', (3, 3)).save(predictions / 'test_9.png')
    assert 'test_9.png' in one_error(capsys, folder, predictions)


def test_another_size_is_one_error_that_names_the_file(folder, predictions, capsys):
    Image.new('L', (3, 3)).save(predictions / 'test_2.png')
    assert 'test_2.png has 3 x 3 pixels' in one_error(capsys, folder, predictions)


def test_a_value_outside_the_classes_is_one_error_that_names_the_file(folder, predictions, capsys):
    Image.new('L', (32, 24), 255).save(predictions / 'test_0.png')
    assert 'test_0.png holds 255' in one_error(capsys, folder, predictions)


def test_void_is_not_outside_the_classes(folder, predictions, preds, tmp_path):
    Image.new('L', (32, 24), 11).save(predictions / 'test_0.png')
    assert main(arguments(folder, predictions, '--output', tmp_path / 'out')) == 0
    record = json.loads((tmp_path / 'out' / 'result.json').read_text())
    truth = CamVidDataset(folder, 'test')[0][1]
    assert sum(record['void_predictions']) == (truth >= 0).sum()


def test_a_broken_file_is_one_error_that_names_it(folder, predictions, capsys):
    (predictions / 'test_0.png').write_bytes(b'\x89PNG')
    assert 'test_0.png cannot be read as an image' in one_error(capsys, folder, predictions)


def test_an_output_that_cannot_be_written_is_noticed_before_the_first_file(
    folder, predictions, capsys, tmp_path
):
    (tmp_path / 'file').touch()
    for name in os.listdir(predictions):
        (predictions / name).write_bytes(b'broken')
    error = one_error(capsys, folder, predictions, '--output', tmp_path / 'file')
    assert 'cannot be written' in error


@pytest.mark.parametrize(
    'options', [('--split', 'blind'), ('--values', 'colours'), ('--limit', '1')]
)
def test_wrong_usage_exits_with_2(folder, predictions, options):
    with pytest.raises(SystemExit, match='2'):
        main(arguments(folder, predictions, *options))


@pytest.fixture
def own(tmp_path, preds):
    """Data and predictions of one's own: the same label maps, with 255 for void."""
    for name in ('images', 'labels', 'predictions'):
        (tmp_path / 'own' / name).mkdir(parents=True)
    labels = CamVidDataset(tmp_path / 'camvid', 'test').slice[:, 'label']
    for i, (label, pred) in enumerate(zip(labels, preds, strict=True)):
        for folder, array in (('labels', label), ('predictions', pred)):
            path = tmp_path / 'own' / folder / f'x{i}.png'
            Image.fromarray(array.astype(np.uint8)).save(path)  # -1 becomes 255
        Image.new('RGB', label.shape[::-1]).save(tmp_path / 'own' / 'images' / f'x{i}.jpg')
    names = tmp_path / 'own' / 'names.txt'
    names.write_text(''.join(f'class {k}\n' for k in range(11)))
    options = ['--dataset', 'folder', '--labels', tmp_path / 'own' / 'labels']
    options += ['--predictions', tmp_path / 'own' / 'predictions', '--label-names', names]
    return list(map(str, options))


def test_folders_of_ones_own_are_scored_alike(folder, predictions, own, tmp_path, capsys):
    assert main(arguments(folder, predictions, '--draws', '10000')) == 0
    expected = [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:-2]]
    images = ['--images', str(tmp_path / 'own' / 'images')]
    assert main([*own, *images, '--output', str(tmp_path / 'out'), '--report']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[1:16]] == expected
    assert lines[1].startswith('class 0 ')
    text = (tmp_path / 'out' / 'report.html').read_text(encoding='utf-8')
    assert 'errors of x0.jpg' in text
    assert '<h1>predictions on own/labels</h1>' in text


@pytest.mark.parametrize(
    ('names', 'message'),
    [
        ('a\n\nb\n', 'line 2: expected the name of a class, found a blank line'),
        ('\na\n', 'line 1: expected the name of a class'),
        ('a\na\n', "lines 1 and 2 are both 'a': expected each name once"),
        ('\u00e9\ne\u0301\n', 'lines 1 and 2 are both'),
        ('', 'expected the name of a class on each line, found none'),
        ('a\nb\n', 'x0.png holds'),
    ],
)
def test_names_that_do_not_fit_are_one_error(own, names, message, tmp_path, capsys):
    (tmp_path / 'own' / 'names.txt').write_text(names, encoding='utf-8')
    assert main(own) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('end', ['\r\n', '\r', ' \n', '\n'])
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_names_are_the_same_whichever_editor_saved_them(own, encoding, end, tmp_path):
    names = [f'Straße {k}' for k in range(11)]
    (tmp_path / 'own' / 'names.txt').write_bytes((end.join(names) + 3 * end).encode(encoding))
    assert main([*own, '--output', str(tmp_path / 'out')]) == 0
    record = json.loads((tmp_path / 'out' / 'result.json').read_text())
    assert record['label_names'] == list(record['iou']) == names


@pytest.mark.parametrize('value', ['-2', '-5', '65536', '99999999999', 'x'])
def test_an_ignore_label_that_no_file_can_hold_is_wrong_usage(own, capsys, value):
    with pytest.raises(SystemExit, match='2'):
        main([*own, f'--ignore-label={value}'])
    assert '--ignore-label' in capsys.readouterr().err


def test_an_ignore_label_that_is_a_class_is_one_error(own, capsys):
    assert main([*own, '--ignore-label', '3']) == 1
    assert "is the value of the class 'class 3'" in capsys.readouterr().err


@pytest.mark.parametrize('options', [('--report',), ('--split', 'val'), ('--data-dir', 'x')])
def test_options_that_do_not_fit_folders_are_wrong_usage(own, options):
    with pytest.raises(SystemExit, match='2'):
        main([*own, *options])


def test_options_for_folders_are_wrong_usage_elsewhere(folder, predictions):
    with pytest.raises(SystemExit, match='2'):
        main(arguments(folder, predictions, '--labels', folder))
