"""The scores of other measures as text, below the table of IoUs."""

from chainercv_seg.evaluations.evaluation_result import EvaluationResult, percent
from chainercv_seg.evaluations.measures.measure import mean_title
from chainercv_seg.utils.printable import printable


def measures_table(result: EvaluationResult) -> str:
    """Write the scores of all measures, in percent: a column for each that scores classes, then the others.

    These have their intervals beside them, where there are any; those of classes are in ``result.json``.

    Args:
        result: With measures.
    """
    columns = [m for m in result.measures if tuple(m.scores) == result.label_names]
    rows: list[tuple[str, float, str]] = []
    for measure in result.measures:
        if measure not in columns:
            rows += [
                (f'{measure.title} {name}', score, result.interval_text(measure.key, k))
                for k, (name, score) in enumerate(measure.scores.items())
            ]
        rows += [
            (mean_title(name), score, result.interval_text(name))
            for name, score in measure.means.items()
        ]
    names = [printable(name) for name in result.label_names]
    titles = [printable(title) for title, *_ in rows]
    width = max(map(len, [*(names if columns else []), *titles, 'class']))
    lines = []
    if columns:
        lines.append(' '.join([f'{"class":<{width}}', *(f'{m.title:>12}' for m in columns)]))
        for label, name in zip(result.label_names, names, strict=True):
            scores = (f'{percent(m.scores[label]):>12}' for m in columns)
            lines.append(' '.join([f'{name:<{width}}', *scores]))
    for title, (_, score, interval) in zip(titles, rows, strict=True):
        lines.append(f'{title:<{width}} {percent(score):>12} {interval:>16}'.rstrip())
    return '\n'.join(lines)
