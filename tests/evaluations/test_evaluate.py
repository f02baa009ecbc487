import threading
import tracemalloc

import numpy as np
import pytest

from chainercv_seg.evaluations import evaluate
from chainercv_seg.utils import DatasetError, JournalError

NAMES = ('red', 'green', 'blue')
#: What a journal knows a network and data by.
KNOWN = {'protocol': {'data': 'pictures'}, 'weights_sha256': 'a' * 64}


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


class Killed(BaseException):
    """Ends a run as nothing expects."""


def killed_after(n):
    def on_image(number, img, label, pred):
        seen.append(number)
        if len(seen) > n:
            raise Killed

    seen = []
    return on_image


@pytest.mark.parametrize('batchsize', [1, 3])
def test_a_run_that_was_killed_goes_on_where_it_was_and_ends_with_the_same_counts(
    tmp_path, batchsize
):
    dataset, names = Pictures(7), {'label_names': NAMES, **KNOWN}
    whole = evaluate(Brightest(), dataset, **names)
    for n in range(7):
        journal, link, seen = tmp_path / f'{n}', Brightest(), []
        with pytest.raises(Killed):
            evaluate(Brightest(), dataset, **names, on_image=killed_after(n), resume=journal)
        result = evaluate(
            link,
            dataset,
            **names,
            batchsize=batchsize,
            resume=journal,
            on_image=lambda number, *_, seen=seen: seen.append(number),
        )
        np.testing.assert_array_equal(result.counts, whole.counts)
        np.testing.assert_array_equal(result.void_predictions, whole.void_predictions)
        assert seen == list(range(n, 7))
        assert result.resumed == n
        assert result.protocol == whole.protocol


def test_a_finished_run_is_not_done_again(tmp_path):
    arguments = {'label_names': NAMES, 'resume': tmp_path / 'J', **KNOWN}
    first = evaluate(Brightest(), Pictures(3), **arguments)
    link = Brightest()
    second = evaluate(link, Pictures(3), **arguments)
    assert link.batches == []
    assert second.resumed == 3
    np.testing.assert_array_equal(second.counts, first.counts)


@pytest.mark.parametrize(
    ('name', 'change'),
    [
        ('images', {'dataset': Pictures(4)}),
        ('data', {'protocol': {'data': 'others'}}),
        ('weights', {'weights_sha256': 'b' * 64}),
        ('label_names', {'label_names': ('red', 'green', 'black')}),
        ('absent_class', {'absent_class': 'zero'}),
    ],
)
def test_the_journal_of_another_evaluation_is_refused(tmp_path, name, change):
    arguments = {
        'dataset': Pictures(3),
        'label_names': NAMES,
        **KNOWN,
        'resume': tmp_path / 'J',
    }
    evaluate(Brightest(), **arguments)
    with pytest.raises(JournalError, match=f'another evaluation: .*{name} is'):
        evaluate(Brightest(), **{**arguments, **change})


@pytest.mark.parametrize(
    ('missing', 'message'), [('weights_sha256', 'needs weights_sha256'), ('protocol', "'data' in")]
)
def test_without_what_tells_it_from_others_there_is_no_journal(tmp_path, missing, message):
    known = {key: value for key, value in KNOWN.items() if key != missing}
    with pytest.raises(ValueError, match=message):
        evaluate(Brightest(), Pictures(3), label_names=NAMES, resume=tmp_path / 'J', **known)
    assert list(tmp_path.iterdir()) == []


def test_samples_are_read_while_the_network_predicts():
    second_was_read = threading.Event()

    class Watched(Pictures):
        def __getitem__(self, i):
            if i == 1:
                second_was_read.set()
            return super().__getitem__(i)

    class Waiting(Brightest):
        def predict(self, imgs):
            assert second_was_read.wait(10)
            return super().predict(imgs)

    evaluate(Waiting(), Watched(4), label_names=NAMES)


def peak_memory(n):
    """Bytes at the most that evaluating n images of 240 kB takes."""

    class Many:
        def __len__(self):
            return n

        def __getitem__(self, i):
            return np.zeros((3, 100, 200), np.float32), np.zeros((100, 200), np.int32)

    tracemalloc.start()
    try:
        evaluate(Brightest(), Many(), label_names=NAMES, batchsize=2)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_images():
    peak_memory(1)  # imports
    # How many there are at once, up to a limit, depends on which thread is ahead.
    few, many = ([peak_memory(number) for _ in range(3)] for number in (20, 200))
    assert min(many) < 1.2 * max(few)


@pytest.mark.parametrize('part', ['read', 'predict', 'on_image'])
def test_whatever_goes_wrong_the_image_is_named(part):
    class Named(Pictures):
        def sample_name(self, i):
            return f'folder/{i}.png'

        def __getitem__(self, i):
            if part == 'read' and i == 2:
                raise KeyError('broken')
            return super().__getitem__(i)

    class Broken(Brightest):
        def predict(self, imgs):
            if part == 'predict' and imgs[0].shape[1] == 6:
                raise KeyError('broken')
            return super().predict(imgs)

    def on_image(number, *_):
        if part == 'on_image' and number == 2:
            raise KeyError('broken')

    with pytest.raises(KeyError) as error:
        evaluate(Broken(), Named(4), label_names=NAMES, on_image=on_image)
    assert error.value.__notes__ == ['image: folder/2.png']


def test_an_error_about_many_images_names_the_first_ones():
    class Broken:
        def predict(self, imgs):
            raise KeyError('broken')

    with pytest.raises(KeyError) as error:
        evaluate(Broken(), Pictures(9), label_names=NAMES, batchsize=7)
    (note,) = error.value.__notes__
    assert note.endswith(' and 4 more')
    assert len(note) < 60


def test_a_network_that_forgets_an_image_is_an_error():
    class Forgetful(Brightest):
        def predict(self, imgs):
            return super().predict(imgs)[1:]

    with pytest.raises(ValueError, match='1 label maps of 2 images'):
        evaluate(Forgetful(), Pictures(2), label_names=NAMES, batchsize=2)
