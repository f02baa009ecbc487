"""Differences of scores with their intervals, in the page of a comparison."""

from collections.abc import Sequence

import numpy as np

from chainercv_seg.evaluations.comparison import Change, Row
from chainercv_seg.evaluations.comparison_files import points, share_text
from chainercv_seg.evaluations.evaluation_result import percent
from chainercv_seg.evaluations.report.pictures import Colors, swatch
from chainercv_seg.evaluations.report.text import html_text


def changes_table(
    rows: Sequence[Row], number: int, *, names: tuple[str, str], head: str, label_colors: Colors
) -> str:
    """Show how scores of a result differ from those of the first one.

    Args:
        rows: The scores, the largest differences drawn as wide as the column.
        number: Number of the result, from 1 on.
        names: What the first and the other result are called.
        head: What a row is.
        label_colors: The colours of the classes; None: no class shows its colour.

    Returns:
        HTML.
    """
    changes = [row.changes[number - 1] for row in rows]
    ends = np.abs([[change.low, change.high, change.difference] for change in changes])
    scale = float(np.nanmax(ends, initial=0)) or 1.0
    body = '\n'.join(
        f'<tr class="{change.verdict.replace(" ", "-")}{_mean(before, row)}"><th>'
        f'{"" if row.k is None or label_colors is None else swatch(row.k, label_colors)}'
        f'{html_text(row.title)}</th>'
        f'<td class="number">{percent(row.values[0])}</td>'
        f'<td class="number">{percent(row.values[number])}</td>'
        f'<td class="number">{points(change.difference)}</td>'
        f'<td class="change wide-only"><div>{_marks(change, scale)}</div></td>'
        f'<td class="number quiet">{_bounds(change)}</td>'
        f'<td class="number">{share_text(change.better)}</td></tr>'
        for before, row, change in zip((None, *rows[:-1]), rows, changes, strict=True)
    )
    first, other = map(html_text, names)
    return (
        f'<div class="wide"><table class="classes"><thead><tr><th>{head}</th><th class="number">{first}</th>'
        f'<th class="number">{other}</th><th class="number">change</th><th class="wide-only"></th>'
        '<th class="number">95&nbsp;%&nbsp;interval</th><th class="number">better&nbsp;in</th></tr></thead>'
        f'<tbody>{body}</tbody></table></div>'
    )


def _mean(before: Row | None, row: Row) -> str:
    """The HTML class of a row that begins what is of all classes below what is of each."""
    return ' mean' if before is not None and before.k is not None and row.k is None else ''


def _bounds(change: Change) -> str:
    return '-' if np.isnan(change.low) else f'{points(change.low)} to {points(change.high)}'


def _marks(change: Change, scale: float) -> str:
    """The interval as a line and the difference as a dot; the middle is 0."""
    if np.isnan(change.low) or np.isnan(change.difference):
        return ''

    def place(value: float) -> float:
        return 50 + 48 * value / scale

    left, right = place(change.low), place(change.high)
    return (
        f'<i style="left:{left:.1f}%;width:{right - left:.1f}%"></i>'
        f'<b style="left:{place(change.difference):.1f}%"></b>'
    )
