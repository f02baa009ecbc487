"""The page of a comparison: one HTML file that needs nothing else."""

import os
from pathlib import Path

from chainercv_seg.evaluations.class_sums import MEANS
from chainercv_seg.evaluations.comparison import Comparison
from chainercv_seg.evaluations.comparison_files import verdict
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.report.changes import changes_table
from chainercv_seg.evaluations.report.fill_page import fill_page
from chainercv_seg.evaluations.report.moved import MovedImages
from chainercv_seg.evaluations.report.pictures import Colors
from chainercv_seg.evaluations.report.scatter import scatter
from chainercv_seg.evaluations.report.table import table
from chainercv_seg.evaluations.report.text import capitalized, html_text
from chainercv_seg.utils.output_files import replaced_file


def write_comparison_page(
    comparison: Comparison,
    path: str | os.PathLike[str],
    *,
    images: Path | None = None,
    command: str | None = None,
) -> None:
    """Write a page that opens from disk: verdicts, differences with intervals, images that moved.

    Args:
        comparison: What was found.
        path: The HTML file. It is complete or not there at all.
        images: A folder with the images in it or in folders below, to be shown beside predictions.
        command: The command line that led to it.

    Raises:
        UserError: An image or a prediction that is to be shown is damaged.
    """
    names = [result.name for result in comparison.results]
    n_class = len(comparison.of('iou'))
    moved = MovedImages(comparison, images)
    page = fill_page(
        'compare.html',
        title=html_text(f'{", ".join(names[1:])} against {names[0]}'),
        subtitle=html_text(
            f'{len(comparison.image_miou[0])} images, {n_class} classes, policy for absent classes: '
            f'{comparison.results[0].absent_class}. Scores are in percent, changes in points.'
        ),
        pairs='\n'.join(_pair(comparison, number, moved) for number in range(1, len(names))),
        intervals=html_text(f'Intervals: {comparison.drawing}. {_explanation(comparison)}'),
        how=_how(comparison, command),
    )
    with replaced_file(path) as file:
        file.write(page.encode())


def _pair(comparison: Comparison, number: int, moved: MovedImages) -> str:
    names = (comparison.results[0].name, comparison.results[number].name)
    predictions = comparison.results[0].predictions
    colors = None if predictions is None else predictions.label_colors
    means = [row for row in comparison.rows if row.score in MEANS]
    level = 'h3' if len(comparison.results) > 2 else 'h2'
    heading = f'{html_text(names[1])} against {html_text(names[0])}'
    return '\n'.join(
        [
            f'<h2>{heading}</h2>' if len(comparison.results) > 2 else '',
            f'<p class="verdict">{html_text(verdict(comparison, number))}.</p>',
            changes_table(means, number, names=names, head='score', label_colors=None),
            f'<{level}>IoU of classes</{level}>',
            changes_table(
                comparison.of('iou'), number, names=names, head='class', label_colors=colors
            ),
            *(
                _measure(comparison, measure, number, names, level, colors)
                for measure in comparison.measures
            ),
            f'<{level}>Images</{level}>',
            '<p class="quiet">A dot is an image: its mean IoU, over the classes that occur in it, in '
            f'{html_text(names[0])} (to the right) and in {html_text(names[1])} (up). Above the line it has '
            'gained.</p>',
            scatter(comparison, number),
            '<p>Those that moved most:</p>',
            moved.section(number),
        ]
    )


def _measure(
    comparison: Comparison,
    measure: Measure,
    number: int,
    names: tuple[str, str],
    level: str,
    label_colors: Colors,
) -> str:
    of_classes = measure.parts(comparison.label_names) == comparison.label_names
    changes = changes_table(
        [*comparison.of(measure.key), *comparison.means_of(measure)],
        number,
        names=names,
        head='class' if of_classes else '',
        label_colors=label_colors if of_classes else None,
    )
    return (
        f'<{level}>{html_text(capitalized(measure.title))}</{level}>\n{changes}\n'
        f'<p class="quiet">{html_text(measure.definition)}.</p>'
    )


def _explanation(comparison: Comparison) -> str:
    drawn = (
        'Images are drawn as if they were independent; where they are not, as those of one drive, give '
        '--groups.'
        if comparison.drawing.unit == 'images'
        else ''
    )
    return (
        'The same are drawn for all results, and scores are subtracted draw by draw. An interval that '
        'holds 0 shows no difference. Each stands for itself: of 20 that should hold 0, one will not. '
        + drawn
    )


def _how(comparison: Comparison, command: str | None) -> str:
    facts = [result.facts() for result in comparison.results]
    keys = list(dict.fromkeys(key for known in facts for key in known))
    columns = {'': keys}
    for result, known in zip(comparison.results, facts, strict=True):
        columns[result.name] = [known.get(key, '-') for key in keys]
    line = '' if command is None else f'<caption><code>{html_text(command)}</code></caption>'
    return line + table(columns, head='')
