import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.worst_images import WorstImages


def samples(n, n_class=3, size=(20, 30)):
    rng = np.random.RandomState(0)
    for i in range(n):
        label = rng.randint(-1, n_class, size)
        wrong = rng.rand(*size) < rng.rand()
        pred = np.where(wrong, rng.randint(-1, n_class, size), label)
        yield i, rng.randint(0, 256, (3, *size)).astype(np.float32), label, pred


def add(worst, i, img, label, pred):
    counts = ConfusionMatrix(len(worst.ranking))
    counts.update(pred, label)
    worst.rank(i, counts)
    worst.show(i, img, label, pred)


def wrong_pixels(label, pred, k):
    return int(((label >= 0) & ((label == k) != (pred == k))).sum())


def test_the_images_with_the_most_wrong_pixels_of_a_class_come_first():
    worst = WorstImages(3, per_class=4)
    for sample in samples(30):
        add(worst, *sample)
    for k in range(3):
        wrong = {i: wrong_pixels(label, pred, k) for i, _, label, pred in samples(30)}
        expected = sorted(wrong, key=lambda i: (-wrong[i], i))[:4]
        assert [entry.index for entry in worst.ranking[k]] == expected
        assert [entry.wrong for entry in worst.ranking[k]] == [wrong[i] for i in expected]
        _, _, label, pred = list(samples(30))[expected[0]]
        valid = label >= 0
        union = (valid & ((label == k) | (pred == k))).sum()
        iou = (valid & (label == k) & (pred == k)).sum() / union
        assert worst.ranking[k][0].iou == pytest.approx(iou)


def test_pictures_are_kept_of_the_ranked_images_alone():
    worst = WorstImages(3, per_class=2)
    sizes = []
    for sample in samples(40):
        add(worst, *sample)
        sizes.append(len(worst.pictures))
    assert max(sizes) <= 2 * 3
    assert set(worst.pictures) == {e.index for entries in worst.ranking for e in entries}
    assert worst.missing() == []


def test_what_is_kept_has_a_bound_for_many_classes():
    assert WorstImages(19).per_class == 3
    assert WorstImages(150).per_class == 1
    assert WorstImages(1000).per_class == 1


@pytest.mark.parametrize('n_rank', [2, 3, 7])
def test_order_and_ranks_do_not_matter(n_rank):
    alone = WorstImages(3, per_class=2)
    for sample in samples(25):
        add(alone, *sample)
    ranks = [WorstImages(3, per_class=2) for _ in range(n_rank)]
    for sample in reversed(list(samples(25))):
        add(ranks[sample[0] % n_rank], *sample)
    for rank in ranks:  # the first with itself too, as after a gathering
        ranks[0].merge(rank)
    assert ranks[0].ranking == alone.ranking
    assert ranks[0].pictures == alone.pictures


def test_images_that_were_only_counted_are_missing_until_they_are_shown():
    worst, (sample, *_) = WorstImages(3), samples(1)
    i, img, label, pred = sample
    worst.show(i, img, label, pred)
    assert worst.pictures == {}
    counts = ConfusionMatrix(3)
    counts.update(pred, label)
    worst.rank(i, counts)
    assert worst.missing() == [0]
    worst.show(i, img, label, pred)
    assert worst.missing() == []


def test_images_without_a_mistake_are_not_among_the_worst():
    worst, label = WorstImages(3), np.array([[0, 1, -1]])
    add(worst, 0, np.zeros((3, 1, 3)), label, np.array([[0, 1, 2]]))
    assert not any(worst.ranking)


@pytest.mark.parametrize('size', [(2048, 1024), (1, 5000), (3, 2)])
def test_pictures_are_small_and_keep_labels_as_they_are(size):
    worst = WorstImages(300, per_class=1)
    label = np.zeros(size, int)
    pred = np.full(size, 299)
    pred[:, : size[1] // 2] = -1
    add(worst, 0, np.full((3, *size), 200.0), label, pred)
    truth, predicted = worst.pictures[0].label_and_pred()
    assert max(truth.shape) <= 480
    assert (truth == 0).all()
    assert set(np.unique(predicted)) == {-1, 299}
    assert len(worst.pictures[0].jpeg) < 20_000
