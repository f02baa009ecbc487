"""Fine-grained mIoUs (Wang et al., NeurIPS 2023) against loops over images and classes, and by hand."""

import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.measures.image_iou import ImageIoU
from chainercv_seg.evaluations.measures.sums import MeasureSums

N = 5
NAMES = tuple('abcde')


def scores(pairs):
    sums, total = MeasureSums([ImageIoU()], NAMES), ConfusionMatrix(N)
    for i, (pred, label) in reversed(list(enumerate(pairs))):  # the order does not matter
        counts = ConfusionMatrix(N)
        counts.update(pred, label)
        total.merge(counts)
        sums.add(i, counts, {})
    return sums.scores(total, 'skip')[0]


def lowest(values, q):
    """As the authors' code rounds: down, but at least one."""
    values = sorted(values)
    return float(np.mean(values[: max(1, int(q / 100 * len(values)))]))


@pytest.mark.parametrize('n_image', [1, 4, 5, 23])
def test_they_are_those_of_loops_over_images_and_classes(n_image):
    rng = np.random.RandomState(n_image)
    pairs = []
    for _ in range(n_image):
        classes = rng.choice(N, 3, replace=False)
        label = np.where(rng.rand(9, 8) < 0.1, -1, rng.choice(classes, (9, 8)))
        pairs.append((np.where(rng.rand(9, 8) < rng.rand(), rng.randint(-1, N), label), label))
    of_image, of_class = [], {k: [] for k in range(N)}
    for pred, label in pairs:
        known, ious = label >= 0, []
        for k in np.unique(label[known]):
            true, predicted = label == k, (pred == k) & known
            ious.append((true & predicted).sum() / (true | predicted).sum())
            of_class[k].append(ious[-1])
        of_image.append(np.mean(ious))
    of_class = {k: values for k, values in of_class.items() if values}
    found = scores(pairs)
    assert found.means == pytest.approx(
        {
            'miou_over_images': np.mean(of_image),
            'miou_over_classes': np.mean([np.mean(values) for values in of_class.values()]),
            'worst_fifth_over_images': lowest(of_image, 20),
            'worst_fifth_over_classes': np.mean([lowest(v, 20) for v in of_class.values()]),
        },
        abs=1e-12,
    )
    for k, values in of_class.items():
        assert found.scores[NAMES[k]] == pytest.approx(np.mean(values), abs=1e-12)


def test_computed_by_hand():
    """Of class a 1 of 2 pixels and 2 of 2, of class b 1 of 2: found (1/2, 2/3 of what is called b), (1)."""
    label, other = np.array([[0, 0, 1, 1]]), np.array([[0, 0]])
    found = scores([(np.array([[0, 1, 1, 1]]), label), (other, other)])
    assert found.scores['a'] == (1 / 2 + 1) / 2
    assert found.scores['b'] == 2 / 3
    assert found.means['miou_over_images'] == pytest.approx(((1 / 2 + 2 / 3) / 2 + 1) / 2)
    assert found.means['miou_over_classes'] == pytest.approx((3 / 4 + 2 / 3) / 2)
    assert found.means['worst_fifth_over_images'] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert found.means['worst_fifth_over_classes'] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_images_without_truth_count_nowhere():
    label, void = np.array([[0, 1]]), np.array([[-1, -1]])
    assert scores([(label, label), (label, void)]).means == scores([(label, label)]).means


def test_no_images_have_no_scores():
    assert np.isnan(list(scores([]).means.values())).all()
