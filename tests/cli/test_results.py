import dataclasses
import hashlib
import json
import os
import re

import numpy as np
import pytest

from chainercv_seg.cli import score
from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.evaluate import main
from chainercv_seg.datasets import CamVidDataset, camvid_label_format
from chainercv_seg.evaluations.prediction_files import PredictionFiles
from chainercv_seg.utils import read_label


def evaluate(folder, weights, *options):
    arguments = ['--dataset', 'camvid', '--model', 'segnet', '--data-dir', folder, *options]
    arguments += ['--pretrained-model', weights]
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
    assert f' --output {tmp_path / "new" / "out"} ' in record['command']
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


@pytest.mark.parametrize('content', ['another network', 'another size', b'no picture'])
def test_files_that_are_not_of_the_run_before_are_written_anew(tmp_path, folder, weights, content):
    options = ('--resume', tmp_path / 'journal', '--save-predictions', tmp_path / 'p')
    assert evaluate(folder, weights, *options) == 0
    expected = [path.read_bytes() for path in sorted((tmp_path / 'p').iterdir())]
    foreign = tmp_path / 'p' / 'test_1.png'
    if content == 'another network':
        camvid_label_format.write((read_label(foreign) + 1) % 11, foreign)
    elif content == 'another size':
        camvid_label_format.write(read_label(foreign)[1:], foreign)
    else:
        foreign.write_bytes(content)
    assert evaluate(folder, weights, *options) == 0
    assert [path.read_bytes() for path in sorted((tmp_path / 'p').iterdir())] == expected


def test_files_of_the_run_before_are_not_predicted_again(tmp_path, folder, weights, monkeypatch):
    options = ('--resume', tmp_path / 'journal', '--save-predictions', tmp_path / 'p')
    assert evaluate(folder, weights, *options) == 0
    monkeypatch.setattr(PredictionFiles, 'write', lambda *_: pytest.fail('written again'))
    assert evaluate(folder, weights, *options) == 0


def test_saved_predictions_are_scored_alike(tmp_path, folder, weights, result):
    assert evaluate(folder, weights, '--save-predictions', tmp_path / 'p') == 0
    arguments = ['--dataset', 'camvid', '--data-dir', folder, '--predictions', tmp_path / 'p']
    assert score.main(list(map(str, [*arguments, '--output', tmp_path / 'o']))) == 0
    scored = json.loads((tmp_path / 'o' / 'result.json').read_text())
    for key in ('confusion', 'void_predictions', 'miou', 'iou', 'class_accuracy'):
        assert scored[key] == result[key]


@pytest.mark.parametrize('option', ['--output', '--save-predictions'])
def test_a_folder_that_cannot_be_written_is_noticed_before_the_network_is_built(
    tmp_path, folder, capsys, option
):
    (tmp_path / 'file').touch()
    assert evaluate(folder, 'none', option, tmp_path / 'file') == 1
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.startswith(f'error: {tmp_path / "file"} cannot be written')


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

    def test_files_of_earlier_runs_are_not_trusted(self, tmp_path, folder, weights):
        options = ('--split', 'blind', '--resume', tmp_path / 'J')
        options += ('--save-predictions', tmp_path / 'p')
        assert evaluate(folder, weights, *options) == 0
        first = tmp_path / 'p' / 'test_0.png'
        expected = first.read_bytes()
        first.write_bytes((tmp_path / 'p' / 'test_1.png').read_bytes())
        assert evaluate(folder, weights, *options) == 0
        assert first.read_bytes() == expected

    @pytest.mark.parametrize(
        'options', [(), ('--save-predictions', 'p', '--report')], ids=['nowhere', 'report']
    )
    def test_they_have_no_scores(self, folder, weights, options, capsys):
        with pytest.raises(SystemExit, match='2'):
            evaluate(folder, weights, '--split', 'blind', *options)
        assert 'blind has no labels' in capsys.readouterr().err
