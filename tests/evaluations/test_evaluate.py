import numpy as np
import pytest

from chainercv_seg.evaluations import evaluate
from chainercv_seg.utils import DatasetError

NAMES = ('red', 'green', 'blue')


class Brightest:
    """A network that takes the brightest channel for the class."""

    def __init__(self):
        self.protocol = {'model': 'Brightest'}
        self.batches = []

    def predict(self, imgs):
        self.batches.append(len(imgs))
        return [img.argmax(axis=0).astype(np.int32) for img in imgs]


class Pictures:
    def __init__(self, n):
        rng = np.random.RandomState(0)
        self.labels = [rng.randint(-1, 3, (4 + i, 5)) for i in range(n)]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        label = self.labels[i]
        img = np.stack([label == k for k in range(3)]).astype(np.float32)
        img[:, 0, :] = [[1], [0], [0]]  # some mistakes: all of the first row is red
        return img, label


def expected_counts(dataset):
    counts = np.zeros((3, 3), int)
    for i in range(len(dataset)):
        img, label = dataset[i]
        for pred, gt in zip(img.argmax(axis=0).ravel(), label.ravel(), strict=True):
            if gt >= 0:
                counts[gt, pred] += 1
    return counts


@pytest.mark.parametrize('batchsize', [1, 2, 7, 100])
def test_counts_are_the_same_for_every_batch_size(batchsize):
    dataset, link = Pictures(7), Brightest()
    result = evaluate(link, dataset, label_names=NAMES, batchsize=batchsize)
    np.testing.assert_array_equal(result.counts, expected_counts(dataset))
    assert sum(link.batches) == 7
    assert max(link.batches) == min(batchsize, 7)


def test_the_protocol_holds_what_caller_link_and_loop_say():
    result = evaluate(
        Brightest(),
        Pictures(2),
        label_names=NAMES,
        absent_class='zero',
        protocol={'data': 'pictures'},
        weights='none',
    )
    assert result.protocol == {
        'data': 'pictures',
        'images': 2,
        'model': 'Brightest',
        'absent_class': 'zero',
    }
    assert result.weights == 'none'
    assert result.seconds >= 0
    assert 'data pictures, images 2' in result.protocol_line()


def test_the_result_cannot_be_changed():
    result = evaluate(Brightest(), Pictures(1), label_names=NAMES)
    with pytest.raises(AttributeError):
        result.seconds = 0
    with pytest.raises(ValueError, match='read-only'):
        result.counts[0, 0] = 1


def test_no_images_give_no_scores():
    result = evaluate(Brightest(), Pictures(0), label_names=NAMES)
    assert result.counts.sum() == 0
    assert np.isnan(result.miou)
    assert 'mean IoU' in result.table()


def test_the_table_shows_percent_and_a_dash_for_what_is_absent():
    dataset = Pictures(3)
    for label in dataset.labels:
        label[label == 2] = 1
    rows = evaluate(Brightest(), dataset, label_names=NAMES).table().splitlines()
    assert rows[0].split() == ['class', 'IoU', 'accuracy']
    assert rows[3].split() == ['blue', '-', '-']
    assert 0 < float(rows[1].split()[1]) < 100
    assert float(rows[2].split()[1]) == pytest.approx(float(rows[2].split()[2]))


@pytest.mark.parametrize(
    ('label', 'message'),
    [
        (np.zeros((3, 5), int), r'sample 1: the image is \(5, 5\), its label map \(3, 5\)'),
        (np.full((5, 5), 3), 'sample 1: labels run from 3 to 3'),
        (np.full((5, 5), 255), 'sample 1: labels run from 255 to 255'),
    ],
)
def test_a_bad_sample_is_named(label, message):
    class Bad(Pictures):
        def __getitem__(self, i):
            img, good = super().__getitem__(i)
            return img, label if i == 1 else good

    with pytest.raises(DatasetError, match=message):
        evaluate(Brightest(), Bad(3), label_names=NAMES)


def test_a_network_of_more_classes_is_an_error():
    class Wrong(Brightest):
        def predict(self, imgs):
            return [np.full(img.shape[1:], 5) for img in imgs]

    with pytest.raises(ValueError, match='predicted labels must lie'):
        evaluate(Wrong(), Pictures(1), label_names=NAMES)


@pytest.mark.parametrize('arguments', [{'batchsize': 0}, {'absent_class': 'nan'}])
def test_bad_arguments_are_refused_before_the_first_image(arguments):
    link = Brightest()
    with pytest.raises(ValueError, match=next(iter(arguments))):
        evaluate(link, Pictures(1), label_names=NAMES, **arguments)
    assert not link.batches


def test_each_image_is_handed_over_once_with_its_number_and_prediction():
    dataset, seen = Pictures(5), []
    evaluate(
        Brightest(),
        dataset,
        label_names=NAMES,
        batchsize=2,
        on_image=lambda *arguments: seen.append(arguments),
    )
    assert [number for number, *_ in seen] == [0, 1, 2, 3, 4]
    for number, img, label, pred in seen:
        np.testing.assert_array_equal(img, dataset[number][0])
        np.testing.assert_array_equal(label, dataset[number][1])
        np.testing.assert_array_equal(pred, img.argmax(axis=0))


def test_images_without_labels_are_predicted_and_not_counted():
    class Test(Pictures):
        def __getitem__(self, i):
            return super().__getitem__(i)[0]

    seen = []
    result = evaluate(
        Brightest(),
        Test(3),
        label_names=NAMES,
        on_image=lambda number, img, label, pred: seen.append((number, label, pred.shape)),
    )
    assert seen == [(0, None, (4, 5)), (1, None, (5, 5)), (2, None, (6, 5))]
    assert result.counts.sum() == 0
