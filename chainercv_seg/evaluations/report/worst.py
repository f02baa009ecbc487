"""The section of a report that shows the worst images of each class."""

from collections.abc import Callable, Mapping

import numpy as np

from chainercv_seg.evaluations.evaluation_result import EvaluationResult, percent
from chainercv_seg.evaluations.report.pictures import Colors, swatch, worst_pictures
from chainercv_seg.evaluations.report.text import html_text
from chainercv_seg.evaluations.worst_images import WorstImages

#: What the colours of errors mean.
_LEGEND = (
    '<p class="quiet legend">'
    + ''.join(
        f'<span><i class="swatch" style="background:var(--{color})"></i>{what}</span>'
        for color, what in (
            ('right', 'found'),
            ('missed', 'missed: another class predicted'),
            ('claimed', 'claimed: another class in truth'),
        )
    )
    + '</p>'
)

#: What is said where there are none.
_NO_PICTURES = (
    '<p class="quiet">Pictures of them need the data: evaluate with the journal and --report.</p>'
)


def worst_section(
    result: EvaluationResult,
    worst: WorstImages | None,
    image_name: Callable[[int], str],
    label_colors: Colors,
    *,
    pictured: bool = True,
) -> str:
    """Show the ranking of each class, each image as itself, truth, prediction and errors.

    Args:
        result: What was found.
        worst: The ranking.
        image_name: What an image is called, by its number.
        label_colors: The colours of the classes.
        pictured: Whether the ranking has pictures of all images in it; else they are named alone.

    Returns:
        HTML.
    """
    if worst is None or not any(worst.ranking):
        return '<p class="quiet">There are none to show.</p>'
    parts = [
        '<p class="quiet">For each class, from the lowest IoU on, the images with the most pixels that '
        'are wrong about it.</p>' + (_LEGEND if pictured else _NO_PICTURES)
    ]
    known = [k for k, entries in enumerate(worst.ranking) if entries]
    for number, k in enumerate(
        sorted(known, key=lambda k: (np.isnan(result.iou[k]), result.iou[k]))
    ):
        parts.append(
            f'<details{" open" if number == 0 else ""}><summary>{swatch(k, label_colors)}'
            f'{html_text(result.label_names[k])} <span class="quiet">IoU {percent(result.iou[k])}</span>'
            '</summary>'
        )
        for entry in worst.ranking[k]:
            name = html_text(image_name(entry.index))
            figures = ''
            if pictured:
                figures = _figures(
                    worst_pictures(worst.pictures[entry.index], k, label_colors), name
                )
            parts.append(
                f'<div class="images"><p><code>{name}</code> <span class="quiet">'
                f'{entry.wrong:,} pixels wrong, IoU in this image {percent(entry.iou)}</span></p>'
                f'{figures}</div>'
            )
        parts.append('</details>')
    return '\n'.join(parts)


def _figures(pictures: Mapping[str, str], name: str) -> str:
    return ''.join(
        f'<figure><img src="{uri}" alt="{what} of {name}" loading="lazy">'
        f'<figcaption>{what}</figcaption></figure>'
        for what, uri in pictures.items()
    )
