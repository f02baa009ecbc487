"""In what results on the same images differ, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainercv_seg.evaluations.bootstrap import DRAWS, Drawing, draw_scores, interval
from chainercv_seg.evaluations.class_sums import CLASS_SCORES, MEANS
from chainercv_seg.evaluations.drawn_images import DrawnImages
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.measures.measure import mean_title
from chainercv_seg.evaluations.saved_results import SavedResult, check_comparable


@dataclass(frozen=True)
class Change:
    """How a score of a result differs from that of the first one.

    Attributes:
        difference: The one score minus the other, NaN where there is not both.
        low: The lower bound of its interval.
        high: The upper bound.
        better: Share of the draws in which the score is higher than that of the first result.
        worse: Share of the draws in which it is lower.
    """

    difference: float
    low: float
    high: float
    better: float
    worse: float

    @property
    def verdict(self) -> str:
        """``'better'`` or ``'worse'`` where the interval is on one side of 0, else ``'not told apart'``."""
        if self.low > 0:
            return 'better'
        return 'worse' if self.high < 0 else 'not told apart'


@dataclass(frozen=True)
class Row:
    """A score in all results.

    Attributes:
        score: Its name in :data:`MEANS` or :data:`CLASS_SCORES`, or of a measure.
        title: What it is called: a mean, or the class whose score it is, or the group or distance.
        k: Number of the class, group or distance, or None.
        values: The score of each result, in [0, 1], NaN where there is none.
        changes: For each result but the first how it differs from that.
    """

    score: str
    title: str
    k: int | None
    values: tuple[float, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Moved:
    """An image whose score moved.

    Attributes:
        index: Its number.
        name: What it is called.
        before: Its mean IoU, over the classes that occur in it, in the first result.
        after: Likewise in the other.
    """

    index: int
    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Comparison:
    """Results on the same images, compared with the first of them.

    Attributes:
        results: The results.
        drawing: What was drawn for the intervals: the same images for all results.
        rows: Means, then the IoU of each class, then its accuracy, then what measures say.
        image_miou: ``(n_result, n_image)`` float64; mean IoU of each image, over the classes in it.
        measures: What was measured besides.
    """

    results: tuple[SavedResult, ...]
    drawing: Drawing
    rows: tuple[Row, ...]
    image_miou: np.ndarray
    measures: tuple[Measure, ...] = ()

    def of(self, score: str) -> list[Row]:
        """The rows of a score: one of a mean, one a class of others."""
        return [row for row in self.rows if row.score == score]

    @property
    def label_names(self) -> tuple[str, ...]:
        """What the classes are called."""
        return self.results[0].per_image.label_names

    def means_of(self, measure: Measure) -> list[Row]:
        """The rows of the means of a measure."""
        names = measure.means
        return [row for row in self.rows if row.score in names]

    def moved(self, other: int, n: int) -> list[Moved]:
        """The images that moved most.

        Args:
            other: Number of the result that is compared with the first, from 1 on.
            n: How many images at most, gains and losses together.

        Returns:
            Images whose score is another, those that moved most first.
        """
        before, after = self.image_miou[0], self.image_miou[other]
        move = np.nan_to_num(np.abs(after - before))
        names = self.results[0].per_image.names
        order = np.argsort(-move, kind='stable')[:n]
        return [
            Moved(int(i), names[i], float(before[i]), float(after[i])) for i in order if move[i] > 0
        ]


def compare(
    results: Sequence[SavedResult],
    *,
    groups: Sequence[str] | None = None,
    measures: Sequence[Measure] = (),
    draws: int = DRAWS,
    seed: int = 0,
) -> Comparison:
    """Compare results with the first of them.

    The same images are drawn for all results, and the differences of their scores are taken draw by draw:
    what makes an image hard for all of them does not blur the difference.

    Args:
        results: Two or more, of the same images, classes and policy.
        groups: The group of each image, to draw groups. None: those with which all results were made, or
            images where there are none.
        measures: What to compare besides; all results have what these counted.
        draws: Number of draws.
        seed: Of the random numbers.

    Returns:
        The comparison.

    Raises:
        ResultError: The results are not of the same images, classes and policy.
        ValueError: There are fewer than two results, images or groups.
    """
    if len(results) < 2:
        raise ValueError(f'a comparison needs two results or more, but got {len(results)}')
    check_comparable(results)
    policy = results[0].absent_class
    images = _drawn_images(results, groups, measures)
    drawn = [draw_scores(one, draws=draws, seed=seed, absent_class=policy) for one in images]
    scores = [one.whole(policy) for one in images]
    units, label_names = len(images[0]), results[0].per_image.label_names
    titles = {
        **dict.fromkeys(CLASS_SCORES, label_names),
        **{m.key: m.parts(label_names) for m in measures},
    }
    rows: list[Row] = []
    for score in scores[0]:
        for k, title in (
            enumerate(titles[score]) if score in titles else [(None, _mean_title(score))]
        ):
            column = ... if k is None else (slice(None), k)
            values = tuple(float(found[score][column][0]) for found in scores)
            changes = _changes(values, [d[score][column] for d in drawn], units)
            rows.append(Row(score, title, k, values, changes))
    image_miou = np.array([result.per_image.sums().scores()['miou'] for result in results])
    drawing = Drawing(draws, seed, images[0].unit, units)
    return Comparison(tuple(results), drawing, tuple(rows), image_miou, tuple(measures))


def _mean_title(score: str) -> str:
    return MEANS.get(score) or mean_title(score)


def _drawn_images(
    results: Sequence[SavedResult], groups: Sequence[str] | None, measures: Sequence[Measure]
) -> list[DrawnImages]:
    unit = 'groups'
    if groups is None:
        first = results[0].per_image
        same = all(result.per_image.groups == first.groups for result in results)
        groups, unit = (first.groups, first.unit) if same else ((), unit)
    return [DrawnImages(result.per_image, measures, groups=groups, unit=unit) for result in results]


def _changes(
    values: Sequence[float], drawn: Sequence[np.ndarray], units: int
) -> tuple[Change, ...]:
    return tuple(
        _change(value - values[0], scores - drawn[0], units)
        for value, scores in zip(values[1:], drawn[1:], strict=True)
    )


def _change(difference: float, drawn: np.ndarray, units: int) -> Change:
    known = drawn[~np.isnan(drawn)]
    if not known.size:
        return Change(difference, *(4 * [float('nan')]))
    low, high = map(float, interval(known, units))
    return Change(difference, low, high, float((known > 0).mean()), float((known < 0).mean()))
