"""What an evaluation found, and under which protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.bootstrap import Intervals
from chainercv_seg.evaluations.class_sums import MEANS
from chainercv_seg.evaluations.measures import MeasureScores
from chainercv_seg.utils.printable import printable


@dataclass(frozen=True)
class EvaluationResult:
    """Counts of an evaluation, how they came about, and the scores they give.

    Scores are in [0, 1], NaN where a class has none. The policy for absent classes is the protocol's.

    Attributes:
        counts: ``(n_class, n_class)`` int64, read-only; ``counts[i, j]`` is the number of pixels of true
            class ``i`` that were predicted as class ``j``.
        void_predictions: ``(n_class,)`` int64, read-only; pixels of each true class that were predicted
            void.
        label_names: A name for each class.
        protocol: What a score depends on besides the weights, in the order in which to show it:
            ``absent_class`` and whatever describes data and inference.
        weights: The weight file or the name of published weights, or None where the caller did not say.
        weights_sha256: Hash of the weight file, or None where the caller did not say.
        seconds: Wall time of the run that ended the evaluation.
        resumed: How many of the images earlier runs had done; their time is not in ``seconds``.
        notes: What makes one doubt the score, a sentence each.
        intervals: Between which bounds the scores lie with some certainty, where the counts of each image
            were kept.
        measures: What other measures say.
    """

    counts: np.ndarray
    void_predictions: np.ndarray
    label_names: tuple[str, ...]
    protocol: Mapping[str, Any] = field(default_factory=dict)
    weights: str | None = None
    weights_sha256: str | None = None
    seconds: float = 0.0
    resumed: int = 0
    notes: tuple[str, ...] = ()
    intervals: Intervals | None = None
    measures: tuple[MeasureScores, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.counts, self.void_predictions):
            array.flags.writeable = False

    @property
    def iou(self) -> np.ndarray:
        """``(n_class,)`` intersection over union of each class."""
        policy = self.protocol.get('absent_class', 'skip')
        return metrics.iou(self.counts, self.void_predictions, absent_class=policy)

    @property
    def miou(self) -> float:
        """Mean IoU over the classes that have one."""
        return metrics.mean(self.iou)

    @property
    def class_accuracy(self) -> np.ndarray:
        """``(n_class,)`` share of each true class that was found; the same as recall."""
        return metrics.recall(self.counts, self.void_predictions)

    recall = class_accuracy

    @property
    def mean_class_accuracy(self) -> float:
        """Mean class accuracy over the classes with truth."""
        return metrics.mean(self.class_accuracy)

    @property
    def pixel_accuracy(self) -> float:
        """Share of the pixels with truth that are right."""
        return metrics.pixel_accuracy(self.counts, self.void_predictions)

    @property
    def frequency_weighted_iou(self) -> float:
        """IoU of the classes weighted by their share of the true pixels."""
        return metrics.frequency_weighted_iou(self.counts, self.void_predictions)

    @property
    def precision(self) -> np.ndarray:
        """``(n_class,)`` share of each predicted class that is right."""
        return metrics.precision(self.counts)

    @property
    def f1(self) -> np.ndarray:
        """``(n_class,)`` harmonic mean of precision and recall."""
        return metrics.f1(self.counts, self.void_predictions)

    def table(self) -> str:
        """The scores as text: a row a class, then the means, in percent."""
        names = [printable(name) for name in self.label_names]
        width = max(len(name) for name in (*names, 'frequency-weighted IoU'))
        rows = [f'{"class":<{width}} {"IoU":>7}{self._interval_title()} {"accuracy":>9}']
        for k, (name, iou, accuracy) in enumerate(
            zip(names, self.iou, self.class_accuracy, strict=True)
        ):
            rows.append(
                f'{name:<{width}} {percent(iou):>7}{self._interval("iou", k)} {percent(accuracy):>9}'
            )
        for score, name in MEANS.items():
            value = percent(getattr(self, score))
            rows.append(f'{name:<{width}} {value:>7}{self._interval(score)}'.rstrip())
        return '\n'.join(rows)

    def interval_text(self, score: str, k: int | None = None) -> str:
        """The interval of a score, or of the one of class ``k``, in percent; empty where there is none."""
        if self.intervals is None:
            return ''
        bounds = self.intervals.bounds[score]
        low, high = bounds if k is None else bounds[:, k]
        return '-' if np.isnan(low) else f'{percent(low)} to {percent(high)}'

    def intervals_line(self) -> str:
        """How the intervals came about, as one line; empty where there are none."""
        return '' if self.intervals is None else printable(f'intervals: {self.intervals.drawing}')

    def _interval_title(self) -> str:
        return '' if self.intervals is None else f' {"interval":>16}'

    def _interval(self, score: str, k: int | None = None) -> str:
        return '' if self.intervals is None else f' {self.interval_text(score, k):>16}'

    def protocol_line(self) -> str:
        """The protocol as one line."""
        return printable(
            'protocol: ' + ', '.join(f'{key} {value}' for key, value in self.protocol.items())
        )


def percent(score: float) -> str:
    """Write a score in [0, 1] as people read it: in percent, a dash for NaN."""
    return '-' if np.isnan(score) else f'{100 * score:.2f}'
