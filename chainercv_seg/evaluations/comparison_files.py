"""A comparison of results as text and as files: a table, compare.json, compare.csv."""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chainercv_seg.evaluations.bootstrap import LEVEL, METHOD, plain_numbers
from chainercv_seg.evaluations.class_sums import MEANS
from chainercv_seg.evaluations.comparison import Change, Comparison, Moved, Row
from chainercv_seg.evaluations.evaluation_result import percent
from chainercv_seg.evaluations.result_files import text_cell
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.utils.printable import printable

#: What is written, beside a page.
COMPARISON_FILES = ('compare.json', 'compare.csv')
#: Images that moved most, in the record and in the table.
MOVED, _SHOWN = 20, 5


def write_comparison(
    comparison: Comparison, folder: str | os.PathLike[str], *, command: str | None = None
) -> None:
    """Write ``compare.json`` and ``compare.csv``, each complete or not at all.

    Args:
        comparison: What was found.
        folder: An existing folder. Older files in it are replaced.
        command: The command line that led to it.
    """
    record = json.dumps(comparison_record(comparison, command=command), indent=1, allow_nan=False)
    texts = (record + '\n', comparison_csv(comparison))
    for name, text in zip(COMPARISON_FILES, texts, strict=True):
        with replaced_file(Path(folder) / name) as file:
            file.write(text.encode())


def comparison_record(comparison: Comparison, *, command: str | None = None) -> dict[str, Any]:
    """All of a comparison as values that JSON has; NaN is None."""
    names = [printable(result.name) for result in comparison.results]
    others = names[1:]
    return {
        'results': {
            name: {key: printable(value) for key, value in result.facts().items()}
            for name, result in zip(names, comparison.results, strict=True)
        },
        'compared_with': names[0],
        'measures': {m.key: printable(m.definition) for m in comparison.measures},
        'intervals': {'level': LEVEL, 'method': METHOD, **vars(comparison.drawing)},
        'scores': [
            {
                'score': row.score,
                'class': None if row.k is None else row.title,
                'values': dict(zip(names, _plain(*row.values), strict=True)),
                'changes': dict(zip(others, map(_change_record, row.changes), strict=True)),
            }
            for row in comparison.rows
        ],
        'moved': {
            name: [_moved_record(moved) for moved in comparison.moved(number, MOVED)]
            for number, name in enumerate(others, 1)
        },
        'command': command and printable(command),
    }


def comparison_csv(comparison: Comparison) -> str:
    """A row a score and result: scores in [0, 1] and their differences, empty where there are none.

    In the place of a class may stand what else a measure scores: a group of classes, a distance.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    columns = ('score', 'class', 'result', 'value', 'compared_with', 'other_value')
    writer.writerow((*columns, *vars(comparison.rows[0].changes[0])))
    first = text_cell(comparison.results[0].name)
    for row in comparison.rows:
        for result, value, change in zip(
            comparison.results[1:], row.values[1:], row.changes, strict=True
        ):
            name = '' if row.k is None else text_cell(row.title)
            cells = (*_plain(value), first, *_plain(row.values[0], *vars(change).values()))
            writer.writerow((row.score, name, text_cell(result.name), *cells))
    return file.getvalue()


def comparison_text(comparison: Comparison) -> str:
    """The comparison for a terminal: for each result but the first a table, in percent, and a verdict."""
    return '\n\n'.join(
        '\n'.join(_lines(comparison, number)) for number in range(1, len(comparison.results))
    )


def verdict(comparison: Comparison, number: int) -> str:
    """Say in a sentence whether a result is better than the first one, by its mean IoU."""
    first, other = (printable(comparison.results[i].name) for i in (0, number))
    change = comparison.of('miou')[0].changes[number - 1]
    bounds = (
        f'{points(change.difference)} points (95 %: {points(change.low)} to {points(change.high)})'
    )
    if change.verdict == 'not told apart':
        return f'{other} and {first} are not told apart: mean IoU {bounds}'
    share = change.better if change.verdict == 'better' else change.worse
    return (
        f'{other} is {change.verdict} than {first}: mean IoU {bounds}, {change.verdict} in '
        f'{share_text(share)} of the draws'
    )


def points(difference: float) -> str:
    """Write a difference of scores in [0, 1] in points of percent, with its sign; a dash for NaN."""
    text = percent(difference)
    return text if text == '-' or difference <= 0 else f'+{text}'


def share_text(share: float) -> str:
    """Write a share of draws in percent: what is not all is not 100."""
    text = f'{100 * share:.1f} %'
    if text == '100.0 %':
        return '100 %' if share == 1 else '> 99.9 %'
    if text == '0.0 %':
        return '0 %' if share == 0 else '< 0.1 %'
    return '-' if text == 'nan %' else text


def _lines(comparison: Comparison, number: int) -> list[str]:
    means = [row for row in comparison.rows if row.score in MEANS]
    lines = _table('IoU', [*comparison.of('iou'), *means], comparison, number)
    for measure in comparison.measures:
        rows = [*comparison.of(measure.key), *comparison.means_of(measure)]
        lines += ['', *_table(measure.title, rows, comparison, number)]
    if comparison.measures:
        lines.append('')
    lines.append(f'{verdict(comparison, number)}.')
    moved = comparison.moved(number, _SHOWN)
    if moved:
        lines.append('images that moved most, by their mean IoU:')
        names = max(len(printable(image.name)) for image in moved)
        lines += [
            f'  {printable(image.name):<{names}} {percent(image.before):>6} to {percent(image.after):>6}'
            for image in moved
        ]
    return lines


def _table(title: str, rows: Sequence[Row], comparison: Comparison, number: int) -> list[str]:
    first, other = (printable(comparison.results[i].name) for i in (0, number))
    width = max(len(printable(row.title)) for row in comparison.rows)
    one, two = (max(7, len(name)) for name in (first, other))
    lines = [
        f'{title:<{width}} {first:>{one}} {other:>{two}} {"change":>7} {"interval":>16} {"better in":>9}'
    ]
    for row in rows:
        change = row.changes[number - 1]
        bounds = f'{points(change.low)} to {points(change.high)}'
        lines.append(
            f'{printable(row.title):<{width}} {percent(row.values[0]):>{one}} '
            f'{percent(row.values[number]):>{two}} {points(change.difference):>7} {bounds:>16} '
            f'{share_text(change.better):>9}'
        )
    return lines


def _change_record(change: Change) -> dict[str, float | None]:
    return dict(zip(vars(change), _plain(*vars(change).values()), strict=True))


def _moved_record(moved: Moved) -> dict[str, Any]:
    before, after = _plain(moved.before, moved.after)
    return {'image': printable(moved.name), 'miou': [before, after]}


def _plain(*values: float) -> list[float | None]:
    return plain_numbers(values)
