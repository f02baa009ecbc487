"""How sure scores are: images, or groups of images, drawn again and again.

A draw takes as many images as there are, each any number of times, and adds up their counts. The scores of
all draws spread about as the scores of other data sets of the same kind would (Efron 1979). Where images
are not independent, as those of one drive, whole groups of them are drawn instead.

Bounds are percentiles of the draws, a little further out than 2.5 and 97.5 where what is drawn are few: draws
of n spread less than samples of n do (by the root of (n - 1) / n), and with tails shorter than Student's.
Hesterberg 2015, "What Teachers Should Know About the Bootstrap", calls these expanded percentiles.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import Any, Protocol

import numpy as np

from chainercv_seg.evaluations.metrics import AbsentClass
from chainercv_seg.utils.arguments import positive_int

#: The share of data sets of the same kind whose intervals hold the true score.
LEVEL = 0.95
#: How intervals are made, for the record.
METHOD = 'bootstrap, expanded percentiles'
#: How many draws there are where nobody says otherwise.
DRAWS = 10_000
#: Numbers of a block of draws: with 8 bytes each they bound the memory.
_BLOCK = 1 << 21


@dataclass(frozen=True)
class Drawing:
    """What is drawn, how often, and how it is drawn again.

    Attributes:
        draws: Number of draws.
        seed: Of the random numbers: the same seed gives the same draws.
        unit: What is drawn: ``'images'`` or a word for groups of them, such as ``'cities'``.
        units: How many there are.
    """

    draws: int = DRAWS
    seed: int = 0
    unit: str = 'images'
    units: int = 0

    def __str__(self) -> str:
        return (
            f'{100 * LEVEL:g} %, bootstrap: {self.draws} draws of {self.units} {self.unit}, '
            f'seed {self.seed}'
        )


@dataclass(frozen=True)
class Intervals:
    """Intervals of scores.

    Attributes:
        drawing: How they came about.
        bounds: For each name in :data:`MEANS` ``(2,)``, for each in :data:`CLASS_SCORES` ``(2, n_class)``
            float64: the lower and the upper bound, NaN where there is no score. Likewise of measures.
    """

    drawing: Drawing
    bounds: Mapping[str, np.ndarray] = field(default_factory=dict)

    def record(self, parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """All of it as values that JSON has; NaN is None.

        Args:
            parts: By the names of scores that are several what has one each: the names of the classes.
        """
        record: dict[str, Any] = {
            'level': LEVEL,
            'method': METHOD,
            **vars(self.drawing),
        }
        for name, bounds in self.bounds.items():
            pairs = [plain_numbers(pair) for pair in bounds.reshape(2, -1).T]
            record[name] = (
                pairs[0] if bounds.ndim == 1 else dict(zip(parts[name], pairs, strict=True))
            )
        return record


class Drawn(Protocol):
    """What is drawn: images or groups, as ``ClassSums`` or ``DrawnImages``."""

    @property
    def width(self) -> int:
        """How many numbers of a draw are in memory at once."""

    def __len__(self) -> int: ...

    def draw(self, weights: np.ndarray, absent_class: AbsentClass) -> dict[str, np.ndarray]:
        """Scores by name, a row for each row of ``weights``: how often each is in a draw."""


def draw_scores(
    drawn: Drawn, *, draws: int = DRAWS, seed: int = 0, absent_class: AbsentClass = 'skip'
) -> dict[str, np.ndarray]:
    """Compute the scores of each draw.

    Args:
        drawn: The images or groups.
        draws: Number of draws.
        seed: Of the random numbers. What has the same number of rows is drawn alike.
        absent_class: The policy for classes that are in neither truth nor prediction of a draw.

    Returns:
        As :meth:`Drawn.draw`, a row for each draw.

    Raises:
        ValueError: There are fewer than two images or groups, or no draws.
    """
    positive_int(draws, name='draws')
    if len(drawn) < 2:
        raise ValueError(f'intervals need two images or groups or more, but there are {len(drawn)}')
    size = max(1, _BLOCK // drawn.width)
    blocks = [
        drawn.draw(weights, absent_class) for weights in _weights(len(drawn), draws, seed, size)
    ]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def interval(drawn: np.ndarray, units: int) -> np.ndarray:
    """Tell between which bounds the true score lies in 95 % of the cases.

    Args:
        drawn: ``(draws,)`` or ``(draws, n)`` float64. Draws without a score, NaN, are left out.
        units: How many images or groups were drawn from, two or more.

    Returns:
        ``(2,)`` or ``(2, n)`` float64; NaN where no draw has a score.
    """
    tail = tail_share(units)
    ends = [tail, 1 - tail]
    columns = [column[~np.isnan(column)] for column in drawn.reshape(len(drawn), -1).T]
    bounds = np.array(
        [np.quantile(column, ends) if column.size else [np.nan, np.nan] for column in columns]
    ).reshape(-1, 2)
    return bounds.T.reshape(2, *drawn.shape[1:])


def tail_share(units: int) -> float:
    """The share of draws below the lower bound, and above the upper: 2.5 %, or less where units are few."""
    normal, m = NormalDist(), units - 1
    z = normal.inv_cdf((1 + LEVEL) / 2)
    # Student's quantile for m degrees of freedom (Cornish and Fisher): within 0.1 % from 5 on, 4 % from 2 on.
    t = z + (z**3 + z) / (4 * m) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * m**2)
    t += (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * m**3)
    return normal.cdf(-t * sqrt(units / m))


def bootstrap(
    drawn: Drawn,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    unit: str = 'images',
    absent_class: AbsentClass = 'skip',
) -> Intervals:
    """Compute the intervals of all scores; see :func:`draw_scores` for arguments and errors.

    Args:
        drawn: See :func:`draw_scores`.
        draws: See :func:`draw_scores`.
        seed: See :func:`draw_scores`.
        unit: What is drawn, in the plural.
        absent_class: See :func:`draw_scores`.
    """
    found = draw_scores(drawn, draws=draws, seed=seed, absent_class=absent_class)
    return Intervals(
        Drawing(draws, seed, unit, len(drawn)),
        {name: interval(scores, len(drawn)) for name, scores in found.items()},
    )


def plain_numbers(values: Iterable[float]) -> list[float | None]:
    """Numbers as JSON has them: None for NaN."""
    return [None if np.isnan(value) else float(value) for value in values]


def _weights(n: int, draws: int, seed: int, size: int) -> Iterator[np.ndarray]:
    """Yield for ``size`` draws at a time how often each has each of ``n`` rows, ``(size, n)`` float64."""
    rng = np.random.default_rng(seed)
    for start in range(0, draws, size):
        block = min(size, draws - start)
        drawn = rng.integers(0, n, size=(block, n))
        drawn += n * np.arange(block)[:, np.newaxis]
        yield np.bincount(drawn.ravel(), minlength=block * n).reshape(block, n).astype(np.float64)
