"""The report of an evaluation: one HTML file that needs nothing else."""

import os
from collections.abc import Callable, Sequence

from chainercv_seg.evaluations.class_sums import MEANS
from chainercv_seg.evaluations.evaluation_result import EvaluationResult, percent
from chainercv_seg.evaluations.per_image import PerImageCounts
from chainercv_seg.evaluations.report.bars import interval_cell, interval_title, score_bar
from chainercv_seg.evaluations.report.confusion import matrix_svg, most_confused
from chainercv_seg.evaluations.report.fill_page import fill_page
from chainercv_seg.evaluations.report.images import images_section
from chainercv_seg.evaluations.report.measures import measures_section
from chainercv_seg.evaluations.report.pictures import Colors, swatch
from chainercv_seg.evaluations.report.table import table
from chainercv_seg.evaluations.report.text import html_text
from chainercv_seg.evaluations.report.worst import worst_section
from chainercv_seg.evaluations.result_files import versions
from chainercv_seg.evaluations.worst_images import WorstImages
from chainercv_seg.utils.output_files import replaced_file

_INTERVAL = '95 % interval'


def write_report(
    result: EvaluationResult,
    path: str | os.PathLike[str],
    *,
    title: str,
    published: Sequence[tuple[float, str]] = (),
    worst: WorstImages | None = None,
    pictured: bool = True,
    per_image: PerImageCounts | None = None,
    image_name: Callable[[int], str] = str,
    label_colors: Colors = None,
    command: str | None = None,
) -> None:
    """Write a report that opens from disk: scores, bars, confusion matrix, worst images.

    It holds its pictures and styles, and no scripts.

    Args:
        result: What was found.
        path: The HTML file. It is complete or not there at all.
        title: What was evaluated on what.
        published: Published mean IoUs in [0, 1] to show beside the one found, and what each is.
        worst: The worst images of each class.
        pictured: Whether they are shown; else they are named alone.
        per_image: The counts of each image, to show how these differ.
        image_name: What an image is called, by its number.
        label_colors: An RGB colour in [0, 255] for each class, None for PASCAL VOC's palette.
        command: The command line that led to the result.
    """
    images = result.protocol.get('images')
    page = fill_page(
        'report.html',
        title=html_text(title),
        subtitle=html_text(
            f'{result.protocol_line()}; {len(result.label_names)} classes, '
            f'{int(result.counts.sum() + result.void_predictions.sum()):,} pixels'
            + (
                f', {result.seconds / images:.2f} s an image'
                if images and not result.resumed
                else ''
            )
        ),
        notes=_notes(result),
        scores=_scores(result, published),
        intervals=_intervals_note(result),
        interval=interval_title(result),
        published=_published_notes(published),
        classes=_classes(result, label_colors),
        measures=measures_section(result, label_colors),
        images='' if per_image is None else images_section(per_image),
        matrix=matrix_svg(result),
        confusions=most_confused(result),
        worst=worst_section(result, worst, image_name, label_colors, pictured=pictured),
        how=_how(result, command),
    )
    with replaced_file(path) as file:
        file.write(page.encode())


def _notes(result: EvaluationResult) -> str:
    return '\n'.join(f'<p class="note">Note: {html_text(note)}.</p>' for note in result.notes)


def _scores(result: EvaluationResult, published: Sequence[tuple[float, str]]) -> str:
    columns = {
        'score': list(MEANS.values()),
        'here': [percent(getattr(result, score)) for score in MEANS],
    }
    if result.intervals is not None:
        columns[_INTERVAL] = [result.interval_text(score) for score in MEANS]
    if published:
        beside = ' / '.join(percent(miou) for miou, _ in published)
        columns['published'] = [beside, *(len(MEANS) - 1) * ['-']]
    return table(columns, head='score')


def _intervals_note(result: EvaluationResult) -> str:
    if result.intervals is None:
        return ''
    unit = result.intervals.drawing.unit
    independent = (
        'Images are drawn as if they were independent; where they are not, as those of one drive, --groups '
        'draws groups of them.'
        if unit == 'images'
        else f'What is drawn are whole {html_text(unit)}.'
    )
    line = html_text(result.intervals_line().capitalize())
    return f'<p class="quiet">{line}. {independent}</p>'


def _published_notes(published: Sequence[tuple[float, str]]) -> str:
    if not published:
        return 'No published figure to compare with is known.'
    notes = '; '.join(f'{percent(miou)}: {what}' for miou, what in published)
    return f'Published: {html_text(notes)}.'


def _classes(result: EvaluationResult, label_colors: Colors) -> str:
    truth = result.counts.sum(axis=1) + result.void_predictions
    columns = (
        result.label_names,
        result.iou,
        result.class_accuracy,
        result.precision,
        truth / max(1, truth.sum()),
    )
    return '\n'.join(
        f'<tr><th>{swatch(k, label_colors)}{html_text(name)}</th>'
        f'<td class="number">{percent(iou)}</td>'
        f'{score_bar(result, iou, "iou", k)}{interval_cell(result, "iou", k)}'
        + ''.join(f'<td class="number">{percent(score)}</td>' for score in scores)
        + '</tr>'
        for k, (name, iou, *scores) in enumerate(zip(*columns, strict=True))
    )


def _how(result: EvaluationResult, command: str | None) -> str:
    rows = [(key, str(value)) for key, value in result.protocol.items()]
    if result.weights is not None:
        rows.append(('weights', f'{result.weights}, SHA-256 {result.weights_sha256}'))
    rows.append(('versions', ', '.join(f'{key} {value}' for key, value in versions().items())))
    earlier = f', without that of {result.resumed} images in earlier runs' if result.resumed else ''
    rows.append(('time', f'{result.seconds:.1f} s{earlier}'))
    if command is not None:
        rows.append(('command', command))
    return '\n'.join(
        f'<tr><th>{html_text(key)}</th><td><code>{html_text(value)}</code></td></tr>'
        for key, value in rows
    )
