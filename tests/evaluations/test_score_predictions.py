import threading

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.datasets import CamVidDataset, camvid_label_format, camvid_label_names
from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.prediction_files import find_predictions
from chainercv_seg.evaluations.score_predictions import score_predictions
from chainercv_seg.utils import DatasetError
from tests.fake_data import write_camvid


@pytest.fixture
def dataset(tmp_path):
    sizes = [(24 - i % 5, 32 - i % 3) for i in range(9)]
    return CamVidDataset(write_camvid(tmp_path / 'camvid', sizes=sizes), 'val')


@pytest.fixture
def preds(dataset):
    rng = np.random.RandomState(1)
    return [rng.randint(-1, 11, label.shape) for label in dataset.slice[:, 'label']]


@pytest.fixture
def paths(dataset, preds, tmp_path):
    (tmp_path / 'predictions').mkdir()
    for i, pred in enumerate(preds):
        camvid_label_format.write(pred, tmp_path / 'predictions' / f'val_{i}.png')
    names = [dataset.sample_name(i) for i in range(len(dataset))]
    return find_predictions(tmp_path / 'predictions', names)


def score(dataset, paths, **arguments):
    return score_predictions(
        dataset,
        paths,
        label_names=camvid_label_names,
        label_format=camvid_label_format,
        **arguments,
    )


@pytest.mark.parametrize('threads', [1, 2, 16])
def test_files_give_the_counts_of_the_predictions(dataset, preds, paths, threads):
    expected, seen = ConfusionMatrix(11), []
    expected.update(preds, dataset.slice[:, 'label'])
    result = score(
        dataset,
        paths,
        threads=threads,
        protocol={'data': 'CamVid val'},
        on_done=seen.append,
    )
    np.testing.assert_array_equal(result.counts, expected.counts)
    np.testing.assert_array_equal(result.void_predictions, expected.void_predictions)
    assert result.protocol == {'data': 'CamVid val', 'images': 9, 'absent_class': 'skip'}
    assert [entry.image for entry in seen] == list(range(9))
    total = ConfusionMatrix(11)
    for entry in seen:
        total.merge(entry.counts)
    assert total == expected


@pytest.mark.parametrize('threads', [1, 4])
def test_another_size_names_the_file_and_both_sizes(dataset, paths, threads):
    Image.new('L', (5, 4)).save(paths[6])
    with pytest.raises(DatasetError, match=r'val_6\.png has 4 x 5 pixels.* 23 x 32 \(height'):
        score(dataset, paths, threads=threads)


def test_a_value_outside_the_classes_names_the_file(dataset, preds, paths):
    Image.fromarray(np.full(preds[2].shape, 12, np.uint8)).save(paths[2])
    with pytest.raises(DatasetError, match=r'val_2\.png holds 12'):
        score(dataset, paths, threads=4)


def test_images_are_not_read(dataset, paths, monkeypatch):
    monkeypatch.setattr(dataset, '_get_image', None)
    for image in dataset.img_paths:
        open(image, 'wb').close()
    assert score(dataset, paths).counts.sum() > 0


def test_no_thread_is_left_over(dataset, paths):
    before = threading.active_count()
    score(dataset, paths, threads=8)
    assert threading.active_count() == before
