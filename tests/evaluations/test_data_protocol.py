import json

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.datasets import FolderSemanticSegmentationDataset, SyntheticStreetDataset
from chainercv_seg.evaluations import evaluate
from chainercv_seg.evaluations.data_protocol import data_protocol


class Background:
    """Predicts the first class everywhere."""

    def predict(self, imgs):
        return [np.zeros(img.shape[1:], np.int32) for img in imgs]


@pytest.fixture
def dataset(tmp_path):
    for folder in ('images', 'labels'):
        (tmp_path / folder).mkdir()
    for i, number in enumerate((1, 3, 6, 8)):
        exif = Image.Exif()
        exif[0x112] = number
        Image.new('RGB', (5, 4)).save(tmp_path / 'images' / f'{i}.jpg', exif=exif)
        size = (4, 5) if number > 4 else (5, 4)
        Image.new('L', size, i % 2).save(tmp_path / 'labels' / f'{i}.png')
    return FolderSemanticSegmentationDataset(tmp_path / 'images', tmp_path / 'labels', ('a', 'b'))


def test_the_protocol_says_how_many_images_were_turned(dataset):
    result = evaluate(Background(), dataset, label_names=('a', 'b'))
    assert result.protocol['EXIF orientation'] == 'turned 3 of 4 images'
    assert 'EXIF orientation turned 3 of 4 images' in result.protocol_line()
    assert json.loads(json.dumps(result.protocol))['images'] == 4


def test_it_is_of_the_images_that_are_evaluated(dataset):
    assert data_protocol(dataset.slice[:2]) == {'EXIF orientation': 'turned 1 of 2 images'}
    assert data_protocol(dataset.slice[[0]]) == {}


def test_without_turned_images_or_files_it_says_nothing(dataset):
    assert data_protocol(SyntheticStreetDataset('val', length=2)) == {}
    assert data_protocol([(np.zeros((3, 2, 2)), np.zeros((2, 2)))]) == {}
