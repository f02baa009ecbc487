"""Each benchmark through the command line, on small data sets of the real layouts."""

import json

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.cli import score
from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.datasets.label_format import LabelFormat
from chainercv_seg.evaluations import eval_semantic_segmentation
from tests.fake_data import write_ade20k, write_camvid, write_cityscapes, write_voc

WRITE = {
    'ade20k': write_ade20k,
    'camvid': write_camvid,
    'cityscapes': lambda folder: write_cityscapes(folder, splits=('train', 'val', 'test')),
    'voc': lambda folder: write_voc(folder, aug=True),
}
#: Split of the published scores, and what the prediction of the first image is called.
PUBLISHED = {
    'ade20k': ('ADE20K val', 'ADE_val_00000001'),
    'camvid': ('CamVid test', 'test_0'),
    'cityscapes': ('Cityscapes val', 'lindau_000000_000019'),
    'voc': ('VOC2012 val', '2008_000000'),
}


@pytest.fixture(scope='module', params=WRITE)
def name(request):
    return request.param


@pytest.fixture(scope='module')
def folder(name, tmp_path_factory):
    return WRITE[name](tmp_path_factory.mktemp(name))


def predict(benchmark, dataset):
    rng = np.random.RandomState(1)
    n_class = len(benchmark.label_names)
    for label in dataset.slice[:, 'label']:
        wrong = rng.rand(*label.shape) < 0.3
        yield np.where(wrong, rng.randint(0, n_class, label.shape), np.maximum(label, 0))


@pytest.mark.parametrize('folders', [False, True], ids=['flat', 'in folders'])
def test_predictions_are_scored_on_the_published_split(name, folder, tmp_path, capsys, folders):
    benchmark = BENCHMARKS[name]
    title, key = PUBLISHED[name]
    dataset = benchmark.load(folder, benchmark.split)
    preds = list(predict(benchmark, dataset))
    for path, pred in zip(dataset.img_paths, preds, strict=True):
        where = tmp_path / 'predictions' / (benchmark.key(path)[:6] if folders else '')
        where.mkdir(parents=True, exist_ok=True)
        suffix = '_pred' if name == 'cityscapes' else ''
        benchmark.label_format.write(pred, where / f'{benchmark.key(path)}{suffix}.png')
    options = ['--dataset', name, '--data-dir', folder, '--predictions', tmp_path / 'predictions']
    assert score.main([*map(str, options), '--output', str(tmp_path / 'out'), '--report']) == 0
    record = json.loads((tmp_path / 'out' / 'result.json').read_text())
    labels = list(dataset.slice[:, 'label'])
    expected = eval_semantic_segmentation(preds, labels, n_class=len(benchmark.label_names))
    assert record['miou'] == pytest.approx(expected['miou'], abs=1e-14)
    assert 0.2 < record['miou'] < 0.9
    assert f'protocol: data {title}, ' in capsys.readouterr().out
    assert f'errors of {key}' in (tmp_path / 'out' / 'report.html').read_text(encoding='utf-8')


def test_every_split_can_be_chosen_and_is_loaded(name, folder):
    benchmark = BENCHMARKS[name]
    assert benchmark.split in benchmark.splits
    for split in benchmark.splits:
        if split == 'train_extra':
            write_cityscapes(folder, splits=(split,), truth='gtCoarse')
        dataset = benchmark.load(folder, split)
        assert dataset.keys == ('img', 'label')
        assert len({benchmark.key(path) for path in dataset.img_paths}) == len(dataset) > 0
    for split in benchmark.unlabelled:
        assert benchmark.load(folder, split).keys == 'img'


def test_a_wrong_folder_is_one_error(name, tmp_path, capsys):
    options = ['--dataset', name, '--data-dir', tmp_path / 'none', '--predictions', tmp_path]
    assert score.main(list(map(str, options))) == 1
    error = capsys.readouterr().err
    assert error.startswith(f'error: {PUBLISHED[name][0]}')
    assert 'no such folder. Either ' in error
    assert error.count('\n') == 1


def test_train_ids_as_predictions_need_an_option(name, folder, tmp_path, capsys):
    benchmark = BENCHMARKS[name]
    dataset = benchmark.load(folder, benchmark.split)
    plain = LabelFormat(tuple(range(len(benchmark.label_names))), void=255)
    preds = [np.where(label == 0, -1, label) for label in dataset.slice[:, 'label']]
    for path, pred in zip(dataset.img_paths, preds, strict=True):
        plain.write(pred, tmp_path / f'{benchmark.key(path)}.png')
    options = ['--dataset', name, '--data-dir', folder, '--predictions', tmp_path]
    options = list(map(str, options))
    assert score.main([*options, '--values', 'classes']) == 0
    if benchmark.label_format.void != 255:
        capsys.readouterr()
        assert score.main(options) == 1
        assert 'holds 255' in capsys.readouterr().err


@pytest.fixture
def weights(name, tmp_path):
    import chainer

    from chainercv_seg.links import SegNetBasic

    np.random.seed(0)
    link = SegNetBasic(n_class=len(BENCHMARKS[name].label_names))
    for path, parameter in link.namedparams():
        if path.endswith('beta'):  # else nearly all pixels are of one class
            parameter.array[...] = np.random.uniform(-1, 1, parameter.shape)
    chainer.serializers.save_npz(tmp_path / 'W.npz', link)
    return tmp_path / 'W.npz'


def test_predictions_of_the_test_split_are_saved_and_those_of_the_others_score_alike(
    name, folder, weights, tmp_path, capsys
):
    from chainercv_seg.cli import evaluate

    benchmark = BENCHMARKS[name]
    data = ['--dataset', name, '--data-dir', str(folder)]
    network = ['--model', 'segnet', '--pretrained-model', str(weights), '--no-optimize']
    saved = tmp_path / 'saved'
    assert evaluate.main([*data, *network, '--save-predictions', str(saved)]) == 0
    table = capsys.readouterr().out.splitlines()
    assert score.main([*data, '--predictions', str(saved)]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == table[:-2]  # where it was saved, protocol
    for split in benchmark.unlabelled:
        saved = tmp_path / split
        assert (
            evaluate.main([*data, *network, '--split', split, '--save-predictions', str(saved)])
            == 0
        )
        dataset = benchmark.load(folder, split)
        names = [f'{benchmark.key(path)}.png' for path in dataset.img_paths]
        assert sorted(path.name for path in saved.iterdir()) == sorted(names)
        for file, img in zip(names, dataset, strict=True):
            label = benchmark.label_format.decode(np.array(Image.open(saved / file)), name=file)
            assert label.shape == img.shape[1:]
            assert len(np.unique(label)) > 1
