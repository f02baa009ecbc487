"""A score as a bar, with its interval as a mark on it."""

import numpy as np

from chainercv_seg.evaluations.evaluation_result import EvaluationResult


def score_bar(result: EvaluationResult, score: float, key: str, k: int) -> str:
    """Draw a score in [0, 1] as a cell of a table, with the interval of part ``k`` of ``key``."""
    return (
        f'<td class="bar"><div><div style="width:{np.nan_to_num(100 * score):.1f}%"></div>'
        f'{_mark(result, key, k)}</div></td>'
    )


def _mark(result: EvaluationResult, key: str, k: int) -> str:
    if result.intervals is None:
        return ''
    low, high = result.intervals.bounds[key][:, k]
    if np.isnan(low):
        return ''
    return f'<i style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></i>'


def interval_cell(result: EvaluationResult, key: str, k: int | None = None) -> str:
    """Write the interval of a score as a cell of a table; none where there are no intervals."""
    if result.intervals is None:
        return ''
    return f'<td class="number quiet">{result.interval_text(key, k)}</td>'


def interval_title(result: EvaluationResult) -> str:
    """The title of such cells."""
    return '' if result.intervals is None else '<th class="number">95&nbsp;%&nbsp;interval</th>'
