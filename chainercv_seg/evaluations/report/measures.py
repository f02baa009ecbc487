"""The section of a report that shows what other measures say."""

from collections.abc import Sequence

from chainercv_seg.evaluations.evaluation_result import EvaluationResult, percent
from chainercv_seg.evaluations.measures import MeasureScores
from chainercv_seg.evaluations.measures.measure import mean_title
from chainercv_seg.evaluations.report.bars import interval_cell, interval_title, score_bar
from chainercv_seg.evaluations.report.pictures import Colors, swatch
from chainercv_seg.evaluations.report.text import capitalized, html_text


def measures_section(result: EvaluationResult, label_colors: Colors) -> str:
    """Show means, the scores of classes beside their IoU, and a table for what is of no class; HTML."""
    if not result.measures:
        return ''
    of_classes = [m for m in result.measures if tuple(m.scores) == result.label_names]
    others = [m for m in result.measures if m not in of_classes]
    parts = ['<h2>Other measures</h2>']
    means = [name for measure in result.measures for name in measure.means]
    if means:
        parts.append(_means_table(result, means))
    if of_classes:
        parts += ['<h3>Of classes</h3>', _class_table(result, of_classes, label_colors)]
        parts += [_definition(measure) for measure in of_classes]
    for measure in others:
        heading = f'<h3>{html_text(capitalized(measure.title))}</h3>'
        parts += [heading, _own_table(result, measure), _definition(measure)]
    return '\n'.join(parts)


def _definition(measure: MeasureScores) -> str:
    line = html_text(f'{capitalized(measure.title)}: {measure.definition}')
    return f'<p class="quiet">{line}.</p>'


def _class_table(
    result: EvaluationResult, measures: Sequence[MeasureScores], label_colors: Colors
) -> str:
    rows = [
        f'<tr><th>{swatch(k, label_colors)}{html_text(name)}</th>'
        f'<td class="number">{percent(result.iou[k])}</td>'
        + ''.join(_cells(result, m.key, m.scores[name], k) for m in measures)
        + '</tr>'
        for k, name in enumerate(result.label_names)
    ]
    titles = '<th>class</th><th class="number">IoU</th>' + ''.join(
        _titles(result, measure.title) for measure in measures
    )
    return _table(titles, rows)


def _means_table(result: EvaluationResult, names: Sequence[str]) -> str:
    found = {name: score for measure in result.measures for name, score in measure.means.items()}
    rows = [
        f'<tr><th>{html_text(mean_title(name))}</th>{_cells(result, name, found[name])}</tr>'
        for name in names
    ]
    return _table(f'<th>mean</th>{_titles(result, "score")}', rows, kind='scores plain')


def _own_table(result: EvaluationResult, measure: MeasureScores) -> str:
    rows = [
        f'<tr><th>{html_text(name)}</th>{_cells(result, measure.key, score, k)}'
        f'{score_bar(result, score, measure.key, k)}</tr>'
        for k, (name, score) in enumerate(measure.scores.items())
    ]
    titles = f'<th></th>{_titles(result, "score")}<th></th>'
    return _table(titles, rows)


def _table(titles: str, rows: Sequence[str], *, kind: str = 'classes') -> str:
    body = '\n'.join(rows)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{titles}</tr></thead>\n'
        f'<tbody>{body}</tbody></table></div>'
    )


def _titles(result: EvaluationResult, title: str) -> str:
    return f'<th class="number">{html_text(title)}</th>{interval_title(result)}'


def _cells(result: EvaluationResult, key: str, score: float, k: int | None = None) -> str:
    return f'<td class="number">{percent(score)}</td>{interval_cell(result, key, k)}'
