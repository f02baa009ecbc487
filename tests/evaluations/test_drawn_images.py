"""Scores of draws against those of the same images, each as often as it was drawn."""

import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.bootstrap import bootstrap, draw_scores
from chainercv_seg.evaluations.drawn_images import DrawnImages
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.measures import MEASURES, make_measures
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES
from chainercv_seg.evaluations.per_image import PerImageCollector

NAMES = ('red', 'green', 'blue', 'never')
GROUPS = {'red': 'warm', 'green': 'cold', 'blue': 'cold', 'never': 'none'}
ALL = make_measures(MEASURES, label_names=NAMES, groups=GROUPS)
N = 6


def entries():
    sums = MeasureSums(ALL, NAMES)
    for i in range(N):
        rng = np.random.RandomState(i)
        label = rng.randint(-1, 3 if i % 2 else 2, (4, 5)).repeat(9, 0).repeat(8, 1)
        pred = np.where(rng.rand(*label.shape) < 0.8, np.roll(label, i), rng.randint(-1, 3))
        counts = ConfusionMatrix(4)
        counts.update(pred, label)
        yield Entry(i, counts, None, sums.tally(pred, label), label.shape)


def collected(**groups):
    collector = PerImageCollector(4)
    for entry in entries():
        collector.take(entry)
    return collector.collected(list('abcdef'), NAMES, **groups)


def scores(images, policy='skip'):
    """What an evaluation of these images says, some of them several times."""
    known, sums, total = list(entries()), MeasureSums(ALL, NAMES), ConfusionMatrix(4)
    for number, i in enumerate(images):
        total.merge(known[i].counts)
        sums.add(number, known[i].counts, known[i].tallies)
    found = {}
    for measure in sums.scores(total, policy):
        found[measure.key] = list(measure.scores.values())
        found.update(measure.means)
    return found


def weights(draws, n=N):
    return np.array([np.bincount(draw, minlength=n) for draw in draws], dtype=float)


DRAWS = [[0, 1, 2, 3, 4, 5], [0, 0, 0, 2, 3, 3], [5] * 6, [1, 1, 2, 2, 4, 5]]


@pytest.mark.parametrize('policy', ABSENT_CLASS_POLICIES)
def test_a_draw_has_the_scores_of_the_images_in_it(policy):
    drawn = DrawnImages(collected(), ALL).draw(weights(DRAWS), policy)
    for number, images in enumerate(DRAWS):
        expected = scores(images, policy)
        assert set(expected) < set(drawn)
        for name, score in expected.items():
            np.testing.assert_allclose(drawn[name][number], score, rtol=1e-12, err_msg=name)


def test_a_group_is_drawn_with_all_of_its_images():
    images = DrawnImages(collected(groups=list('xyxyzz'), unit='drives'), ALL)
    assert (len(images), images.unit) == (3, 'drives')
    drawn = images.draw(weights([[0, 1, 2], [2, 2, 0]], n=3), 'skip')
    for number, members in enumerate([[0, 1, 2, 3, 4, 5], [4, 5, 4, 5, 0, 2]]):
        for name, score in scores(members).items():
            np.testing.assert_allclose(drawn[name][number], score, rtol=1e-12, err_msg=name)


def test_all_together_are_the_result():
    whole = DrawnImages(collected(), ALL).whole('skip')
    for name, score in scores(range(N)).items():
        np.testing.assert_allclose(whole[name][0], score, rtol=1e-12, err_msg=name)


def test_measures_have_intervals_and_draw_what_other_scores_draw():
    images = DrawnImages(collected(), ALL)
    bounds = bootstrap(images, draws=300).bounds
    for name, score in scores(range(N)).items():
        known = ~np.isnan(score)
        assert (bounds[name][0] <= score)[known].all() if np.ndim(score) else known, name
        assert (bounds[name][1] >= score)[known].all() if np.ndim(score) else known, name
    plain = draw_scores(collected().sums(), draws=300)
    measured = draw_scores(images, draws=300)
    for name, score in plain.items():
        np.testing.assert_array_equal(measured[name], score)


def test_measures_name_their_means():
    drawn = DrawnImages(collected(), ALL).whole('skip')
    told = [name for measure in ALL for name in (measure.key, *measure.means)]
    assert [*list(drawn)[-len(told) :]] == told


def test_what_was_not_counted_cannot_be_drawn():
    collector = PerImageCollector(4)
    for entry in entries():
        collector.take(entry._replace(tallies={} if entry.image == 3 else entry.tallies))
    per_image = collector.collected(list('abcdef'), NAMES)
    with pytest.raises(KeyError, match='boundary-iou'):
        DrawnImages(per_image, ALL)
    assert len(DrawnImages(per_image, [ALL[0]])) == N
