import numpy as np
import pytest

from chainercv_seg.utils import (
    assert_is_semantic_segmentation_dataset,
    assert_is_semantic_segmentation_link,
)

IMG = np.zeros((3, 4, 5), np.float32)
LABEL = np.zeros((4, 5), np.int32)


class Link:
    def __init__(self, change=lambda label: label):
        self.change = change

    def predict(self, imgs):
        return [self.change(np.zeros(img.shape[1:], np.int32)) for img in imgs]


def test_what_is_right_passes():
    assert_is_semantic_segmentation_dataset([(IMG, LABEL), (IMG, LABEL - 1, 'more')], 1)
    assert_is_semantic_segmentation_dataset([(IMG, LABEL)], 1, n_example=3)
    assert_is_semantic_segmentation_link(Link(), 1)


@pytest.mark.parametrize(
    'dataset',
    [
        [],
        [IMG],
        [(IMG,)],
        [(IMG - 1, LABEL)],
        [(IMG + 256, LABEL)],
        [(IMG[0], LABEL)],
        [(IMG[:2], LABEL)],
        [(IMG.tolist(), LABEL)],
        [(IMG, LABEL.astype(np.int64))],
        [(IMG, LABEL + 2)],
        [(IMG, LABEL - 2)],
        [(IMG, LABEL.T)],
        [(IMG[:, :0], LABEL[:0])],
        [(IMG, LABEL), (IMG, LABEL + 2)],
    ],
)
def test_a_wrong_data_set_fails(dataset):
    with pytest.raises(AssertionError):
        assert_is_semantic_segmentation_dataset(dataset, 2)


@pytest.mark.parametrize(
    'change',
    [
        lambda label: label + 2,
        lambda label: label - 1,
        lambda label: label[1:],
        lambda label: label.astype(np.uint8),
        lambda label: label.tolist(),
    ],
)
def test_a_wrong_link_fails(change):
    with pytest.raises(AssertionError):
        assert_is_semantic_segmentation_link(Link(change), 2, sizes=((4, 5),))


def test_a_link_that_forgets_an_image_fails():
    link = Link()
    link.predict = lambda imgs: []
    with pytest.raises(AssertionError, match='0 label maps of 2 images'):
        assert_is_semantic_segmentation_link(link, 2)
