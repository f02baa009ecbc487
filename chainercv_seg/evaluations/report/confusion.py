"""The section of a report that shows the confusion matrix."""

import numpy as np

from chainercv_seg.evaluations.evaluation_result import EvaluationResult, percent
from chainercv_seg.evaluations.report.pictures import confusion_picture
from chainercv_seg.evaluations.report.text import html_text
from chainercv_seg.utils.printable import printable

#: Up to so many classes a cell has room for its percentage.
_MANY = 30


def row_shares(result: EvaluationResult) -> tuple[np.ndarray, tuple[str, ...]]:
    """Tell for each true class how its pixels were predicted.

    Returns:
        ``(n_class, n)`` float64: shares of the row in [0, 1], zero for a class without truth; and a name
        for each column: the classes and, if there are any, void predictions.
    """
    table, columns = result.counts, result.label_names
    if result.void_predictions.any():
        table = np.column_stack([table, result.void_predictions])
        columns = (*columns, 'void')
    return table / np.maximum(1, table.sum(axis=1, keepdims=True)), columns


def matrix_svg(result: EvaluationResult) -> str:
    """Draw the matrix with the names of the classes, and percentages where there is room."""
    shares, columns = row_shares(result)
    rows = result.label_names
    cell, slant = (32, -50) if len(rows) <= _MANY else (12, -90)
    left, top = (
        8 + 6.5 * max((len(printable(name)) for name in names), default=0)
        for names in (rows, columns)
    )
    width, height = cell * len(columns), cell * len(rows)
    # Slanted names of the columns reach beyond the last one.
    right, bottom = round(left + width + top), round(top + height + 4)
    box = f'{right}" height="{bottom}" viewBox="0 0 {right} {bottom}'
    parts = [
        f'<svg class="matrix" role="img" aria-label="confusion matrix" width="{box}">',
        f'<image x="{left}" y="{top}" width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="{confusion_picture(shares)}"/>',
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}"/>',
    ]
    for i, name in enumerate(rows):
        y = top + cell * (i + 0.5) + 4
        parts.append(f'<text x="{left - 5}" y="{y}" text-anchor="end">{html_text(name)}</text>')
    for j, name in enumerate(columns):
        at = f'translate({left + cell * (j + 0.5) + 3},{top - 5}) rotate({slant})'
        parts.append(f'<text transform="{at}">{html_text(name)}</text>')
    if len(rows) <= _MANY:
        for i, j in np.argwhere(shares >= 0.005):
            x, y = left + cell * (j + 0.5), top + cell * (i + 0.5) + 4
            strong = ' class="strong"' if i == j and shares[i, j] > 0.4 else ''
            parts.append(
                f'<text x="{x}" y="{y}" text-anchor="middle"{strong}>{100 * shares[i, j]:.0f}</text>'
            )
    return '\n'.join([*parts, '</svg>'])


def most_confused(result: EvaluationResult, *, n: int = 8) -> str:
    """Tabulate the pairs of classes with the most pixels of the one taken for the other."""
    shares, columns = row_shares(result)
    mistakes = np.column_stack([result.counts, result.void_predictions])
    np.fill_diagonal(mistakes, 0)
    pairs = np.dstack(
        np.unravel_index(np.argsort(-mistakes, axis=None, kind='stable'), mistakes.shape)
    )
    body = '\n'.join(
        f'<tr><td>{html_text(result.label_names[i])}</td><td>{html_text(columns[j])}</td>'
        f'<td class="number">{mistakes[i, j]:,}</td><td class="number">{percent(shares[i, j])}</td></tr>'
        for i, j in pairs[0][:n]
        if mistakes[i, j]
    )
    if not body:
        return '<p class="quiet">No pixel was taken for another class.</p>'
    return (
        '<div class="wide"><table><thead><tr><th>true class</th><th>taken for</th>'
        '<th class="number">pixels</th>'
        f'<th class="number">% of it</th></tr></thead><tbody>{body}</tbody></table></div>'
    )
