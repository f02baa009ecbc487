import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chainercv_seg.cli import score
from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.evaluate import main
from chainercv_seg.datasets import CamVidDataset
from chainercv_seg.evaluations import eval_semantic_segmentation
from chainercv_seg.links import SegNetBasic
from chainercv_seg.utils import read_label
from tests.fake_data import write_camvid

SCRIPT = Path(__file__).parents[2] / 'examples/semantic_segmentation/eval_semantic_segmentation.py'
SEGNET = ('--dataset', 'camvid', '--model', 'segnet')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return write_camvid(tmp_path_factory.mktemp('camvid'))


@pytest.fixture(scope='module')
def link():
    np.random.seed(0)
    link = SegNetBasic(n_class=11)
    for name, parameter in link.namedparams():
        if name.endswith('beta'):  # else nearly all pixels are of one class
            parameter.array[...] = np.random.uniform(-1, 1, parameter.shape)
    return link


@pytest.fixture(scope='module')
def weights(tmp_path_factory, link):
    import chainer

    path = tmp_path_factory.mktemp('weights') / 'W.npz'
    chainer.serializers.save_npz(path, link)
    return path


def test_the_command_prints_the_scores_of_the_networks_predictions(folder, weights, link):
    output = subprocess.run(
        [sys.executable, SCRIPT, *SEGNET, '--pretrained-model', weights, '--data-dir', folder],
        capture_output=True,
        text=True,
        check=True,
    )
    dataset = CamVidDataset(folder, 'test')
    expected = eval_semantic_segmentation(
        link.predict(dataset.slice[:, 'img']), list(dataset.slice[:, 'label']), n_class=11
    )
    rows = {line.rsplit(maxsplit=1)[0]: line.split()[-1] for line in output.stdout.splitlines()}
    assert rows['mean IoU'] == f'{100 * expected["miou"]:.2f}'
    assert rows['mean class accuracy'] == f'{100 * expected["mean_class_accuracy"]:.2f}'
    assert rows['pixel accuracy'] == f'{100 * expected["pixel_accuracy"]:.2f}'
    assert float(rows['mean IoU']) > 0
    assert output.stdout.splitlines()[-1] == (
        'protocol: data CamVid test, images 3, model SegNetBasic, input whole image, resize PIL, '
        'absent_class skip'
    )
    assert output.stderr == ''  # neither a progress bar nor a warning


def test_limit_split_and_policy_reach_the_protocol(folder, weights, capsys):
    options = ('--split', 'val', '--limit', '1', '--absent-class', 'zero', '--batchsize', '2')
    assert (
        main([*SEGNET, '--data-dir', str(folder), '--pretrained-model', str(weights), *options])
        == 0
    )
    line = capsys.readouterr().out.splitlines()[-1]
    assert 'CamVid val, images 1' in line
    assert 'absent_class zero' in line


@pytest.mark.parametrize(
    'arguments',
    [
        (),
        ('--dataset', 'camvid'),
        ('--dataset', 'nothing', '--model', 'segnet'),
        (*SEGNET, '--limit', '0'),
        (*SEGNET, '--batchsize', 'x'),
        (*SEGNET, '--split', 'trainval'),
        (*SEGNET, '--input-size', '100'),
        (*SEGNET, '--flip'),
        (*SEGNET, '--absent-class', 'nan'),
        (*SEGNET, '--no-such-option'),
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert 'usage:' in capsys.readouterr().err


def one_error(capsys, *arguments):
    assert main([*SEGNET, *map(str, arguments)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.startswith('error: ')
    assert captured.err.count('\n') == 1
    return captured.err


def test_a_missing_data_set_is_one_error(tmp_path, weights, capsys):
    error = one_error(capsys, '--data-dir', tmp_path / 'none', '--pretrained-model', weights)
    assert 'no such folder' in error


def test_a_broken_image_is_one_error_that_names_it(tmp_path, weights, capsys):
    folder = write_camvid(tmp_path)
    (folder / 'test' / 'test_1.png').write_bytes(b'no image')
    error = one_error(capsys, '--data-dir', folder, '--pretrained-model', weights)
    assert 'test_1.png' in error


def test_a_label_map_of_another_size_is_one_error_that_names_it(tmp_path, weights, capsys):
    folder = write_camvid(tmp_path)
    (folder / 'testannot' / 'test_2.png').rename(folder / 'testannot' / 'test_0.png')
    (folder / 'testannot' / 'test_2.png').write_bytes(
        (folder / 'testannot' / 'test_1.png').read_bytes()
    )
    error = one_error(capsys, '--data-dir', folder, '--pretrained-model', weights)
    assert 'test_0.png: the image is (24, 32), its label map (19, 27)' in error


@pytest.mark.parametrize('content', [b'', b'<html>', None])
def test_a_broken_weight_file_is_one_error_that_names_it(
    folder, weights, tmp_path, capsys, content
):
    path = tmp_path / 'broken.npz'
    path.write_bytes(weights.read_bytes()[:5000] if content is None else content)
    error = one_error(capsys, '--data-dir', folder, '--pretrained-model', path)
    assert 'broken.npz' in error


def test_a_missing_weight_file_is_one_error(folder, tmp_path, capsys):
    path = tmp_path / 'none.npz'
    assert str(path) in one_error(capsys, '--data-dir', folder, '--pretrained-model', path)


def test_pickled_objects_are_refused(folder, tmp_path, capsys):
    path = tmp_path / 'W.npz'
    np.savez(path, **{'conv1/W': np.array([print], dtype=object)})
    assert 'W.npz' in one_error(capsys, '--data-dir', folder, '--pretrained-model', path)


def test_a_pair_without_published_weights_lists_those_that_exist(folder, capsys):
    arguments = ('--dataset', 'camvid', '--model', 'pspnet_resnet50', '--data-dir', str(folder))
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert 'no weights of pspnet_resnet50 for camvid' in error
    assert 'segnet camvid' in error


def test_a_gpu_without_cupy_names_the_extra(folder, weights, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cupy', None)
    error = one_error(capsys, '--gpu', 0, '--data-dir', folder, '--pretrained-model', weights)
    assert 'needs CuPy, which is not installed' in error
    assert 'chainercv_seg[cuda12]' in error


def test_a_missing_opencv_is_noticed_before_the_first_image(folder, weights, capsys, monkeypatch):
    import chainer

    monkeypatch.setattr(chainer.global_config, 'cv_resize_backend', None, raising=False)
    monkeypatch.setitem(sys.modules, 'cv2', None)
    arguments = ('--resize-backend', 'cv2', '--pretrained-model', weights)
    error = one_error(capsys, *arguments, '--data-dir', folder)
    assert 'needs OpenCV, which is not installed' in error


def evaluate(folder, weights, *options):
    arguments = [*SEGNET, '--data-dir', folder, '--pretrained-model', weights, *options]
    return main(list(map(str, arguments)))


@pytest.fixture
def result(tmp_path, folder, weights):
    """The scores, for comparison."""
    assert evaluate(folder, weights, '--output', tmp_path / 'expected') == 0
    return json.loads((tmp_path / 'expected' / 'result.json').read_text())


def test_output_holds_the_scores_that_are_printed(tmp_path, folder, weights, capsys):
    assert evaluate(folder, weights, '--output', tmp_path / 'new' / 'out') == 0
    record = json.loads((tmp_path / 'new' / 'out' / 'result.json').read_text())
    output = capsys.readouterr().out
    assert f'{100 * record["miou"]:.2f}' in output
    assert f'written to {tmp_path / "new" / "out"}: result.json, per_class.csv' in output
    assert record['weights'] == {
        'file': 'W.npz',
        'sha256': hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    assert record['command'].endswith(f'--output {tmp_path / "new" / "out"}')
    assert record['protocol']['absent_class'] == 'skip'
    assert 'chainer' in record['versions']
    assert sorted(os.listdir(tmp_path / 'new' / 'out')) == ['per_class.csv', 'result.json']


def test_the_report_shows_the_published_figure_and_the_worst_images(
    tmp_path, folder, weights, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert evaluate(folder, weights, '--report') == 0
    assert {'report.html', 'result.json'} < set(os.listdir('evaluation'))
    text = (tmp_path / 'evaluation' / 'report.html').read_text(encoding='utf-8')
    assert '49.40: weights camvid on camvid test, single scale, whole image' in text
    assert 'errors of test_0.png' in text
    assert str(folder) not in re.sub('<code>.*</code>', '', text)


def test_a_resumed_run_shows_and_saves_what_the_run_before_it_predicted(tmp_path, folder, weights):
    journal = ('--resume', tmp_path / 'journal')
    assert evaluate(folder, weights, *journal) == 0
    options = ('--save-predictions', tmp_path / 'p', '--output', tmp_path / 'o', '--report')
    assert evaluate(folder, weights, *journal, *options) == 0
    assert sorted(os.listdir(tmp_path / 'p')) == ['test_0.png', 'test_1.png', 'test_2.png']
    assert 'errors of test_0.png' in (tmp_path / 'o' / 'report.html').read_text(encoding='utf-8')


def test_saved_predictions_are_scored_alike(tmp_path, folder, weights, result):
    assert evaluate(folder, weights, '--save-predictions', tmp_path / 'p') == 0
    assert (
        score.main(
            ['--dataset', 'camvid', '--data-dir', str(folder), '--predictions', str(tmp_path / 'p')]
            + ['--output', str(tmp_path / 'o')]
        )
        == 0
    )
    scored = json.loads((tmp_path / 'o' / 'result.json').read_text())
    for key in ('confusion', 'void_predictions', 'miou', 'iou', 'class_accuracy'):
        assert scored[key] == result[key]


@pytest.mark.parametrize('option', ['--output', '--save-predictions'])
def test_a_folder_that_cannot_be_written_is_noticed_before_the_network_is_built(
    tmp_path, folder, capsys, option
):
    (tmp_path / 'file').touch()
    error = one_error(
        capsys, '--data-dir', folder, '--pretrained-model', 'none', option, tmp_path / 'file'
    )
    assert f'{tmp_path / "file"} cannot be written' in error


class TestSplitsWithoutLabels:
    @pytest.fixture(autouse=True)
    def benchmark(self, monkeypatch):
        camvid = BENCHMARKS['camvid']

        def load(data_dir, split):
            return camvid.load(data_dir, 'test').slice[:, 'img']

        unlabelled = dataclasses.replace(camvid, load=load, unlabelled=('blind',))
        monkeypatch.setitem(BENCHMARKS, 'camvid', unlabelled)

    def test_their_predictions_are_saved(self, tmp_path, folder, weights, link, capsys):
        options = ('--split', 'blind', '--save-predictions', tmp_path)
        assert evaluate(folder, weights, *options) == 0
        assert capsys.readouterr().out == f'written to {tmp_path}: 3 predictions\n'
        dataset = CamVidDataset(folder, 'test')
        for i, pred in enumerate(link.predict(dataset.slice[:, 'img'])):
            np.testing.assert_array_equal(read_label(tmp_path / f'test_{i}.png'), pred)

    @pytest.mark.parametrize(
        'options', [(), ('--save-predictions', 'p', '--report')], ids=['nowhere', 'report']
    )
    def test_they_have_no_scores(self, folder, weights, options, capsys):
        with pytest.raises(SystemExit, match='2'):
            evaluate(folder, weights, '--split', 'blind', *options)
        assert 'blind has no labels' in capsys.readouterr().err
