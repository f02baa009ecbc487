"""In what results on the same images differ, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainercv_seg.evaluations.bootstrap import DRAWS, Drawing, draw_scores, interval
from chainercv_seg.evaluations.class_sums import CLASS_SCORES, MEANS, ClassSums
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
        score: Its name in :data:`MEANS` or :data:`CLASS_SCORES`.
        title: What it is called: a mean, or the class whose score it is.
        k: The class, or None.
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
        rows: Means, then the IoU of each class, then its accuracy.
        image_miou: ``(n_result, n_image)`` float64; mean IoU of each image, over the classes in it.
    """

    results: tuple[SavedResult, ...]
    drawing: Drawing
    rows: tuple[Row, ...]
    image_miou: np.ndarray

    def of(self, score: str) -> list[Row]:
        """The rows of a score: one of a mean, one a class of others."""
        return [row for row in self.rows if row.score == score]

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
    sums = [result.per_image.sums() for result in results]
    drawn_sums, unit = _drawn(results, sums, groups)
    drawn = [draw_scores(s, draws=draws, seed=seed, absent_class=policy) for s in drawn_sums]
    units = len(drawn_sums[0])
    scores = [s.combine(np.ones((1, len(s)))).scores(policy) for s in sums]
    rows: list[Row] = []
    for score, title in MEANS.items():
        values = tuple(float(found[score][0]) for found in scores)
        changes = _changes(values, [d[score] for d in drawn], units)
        rows.append(Row(score, title, None, values, changes))
    for score in CLASS_SCORES:
        for k, name in enumerate(results[0].per_image.label_names):
            values = tuple(float(found[score][0, k]) for found in scores)
            changes = _changes(values, [d[score][:, k] for d in drawn], units)
            rows.append(Row(score, name, k, values, changes))
    image_miou = np.array([s.scores()['miou'] for s in sums])
    return Comparison(tuple(results), Drawing(draws, seed, unit, units), tuple(rows), image_miou)


def _drawn(
    results: Sequence[SavedResult], sums: Sequence[ClassSums], groups: Sequence[str] | None
) -> tuple[list[ClassSums], str]:
    unit = 'groups'
    if groups is None:
        first = results[0].per_image
        if not all(result.per_image.groups == first.groups for result in results):
            return list(sums), 'images'
        groups, unit = first.groups, first.unit
    if not groups:
        return list(sums), 'images'
    names, members = np.unique(groups, return_inverse=True)
    return [s.add_up(members, len(names)) for s in sums], unit


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
