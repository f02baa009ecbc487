"""The section of a report that shows how images, and groups of them, differ."""

import numpy as np

from chainercv_seg.evaluations.drawn_images import DrawnImages
from chainercv_seg.evaluations.evaluation_result import percent
from chainercv_seg.evaluations.per_image import PerImageCounts
from chainercv_seg.evaluations.report.table import table
from chainercv_seg.evaluations.report.text import html_text

#: Bars of the histogram.
_BINS = 25
#: Groups that are shown.
_GROUPS = 60


def images_section(per_image: PerImageCounts) -> str:
    """Show the distribution of the images' mean IoU, and the scores of groups if there are any.

    Args:
        per_image: The counts of each image.

    Returns:
        HTML; empty where no image has a score.
    """
    miou = per_image.sums().scores()['miou']
    known = miou[~np.isnan(miou)]
    if not known.size:
        return ''
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    worst = int(np.nanargmin(miou))
    return (
        '<h2>Images</h2>\n'
        '<p class="quiet">How many images have which mean IoU, over the classes that occur in each; the mark '
        f'is their mean. per_image.csv holds them all.</p>\n{_histogram(known)}\n'
        f'<p>An image has {percent(float(known.mean()))} on average; half of them lie from {percent(low)} to '
        f'{percent(high)}, in the middle {percent(middle)}. The lowest is '
        f'<code>{html_text(per_image.names[worst])}</code> with {percent(miou[worst])}.</p>\n'
        f'{_groups(per_image)}'
    )


def _histogram(scores: np.ndarray) -> str:
    heights, _ = np.histogram(scores, bins=_BINS, range=(0, 1))
    width, height, floor = 600, 120, 18
    step = width / _BINS
    bars = [
        f'<rect x="{step * i + 1:.1f}" y="{height - size:.1f}" width="{step - 2:.1f}" '
        f'height="{size:.1f}"><title>{number} images from {100 * i / _BINS:g} to '
        f'{100 * (i + 1) / _BINS:g} %</title></rect>'
        for i, number in enumerate(heights)
        if number
        for size in [max(1.5, (height - 16) * number / heights.max())]
    ]
    ticks = [
        f'<text x="{min(max(width * tick / 100, 4), width - 16)}" y="{height + floor - 4}" '
        f'text-anchor="middle">{tick}</text>'
        for tick in range(0, 101, 20)
    ]
    mean = width * float(scores.mean())
    return '\n'.join(
        [
            f'<svg class="plot" role="img" aria-label="images by mean IoU" '
            f'viewBox="0 0 {width} {height + floor}">',
            f'<line x1="0" x2="{width}" y1="{height}" y2="{height}"/>',
            *bars,
            f'<line class="mark" x1="{mean:.1f}" x2="{mean:.1f}" y1="4" y2="{height}"/>',
            *ticks,
            '</svg>',
        ]
    )


def _groups(per_image: PerImageCounts) -> str:
    if not per_image.groups:
        return ''
    drawn = DrawnImages(per_image)
    unit = drawn.unit
    names, sizes = np.unique(per_image.groups, return_counts=True)
    scores = drawn.sums.scores()
    order = np.argsort(scores['miou'], kind='stable')  # NaN last
    columns = {
        unit: [str(names[i]) for i in order],
        'images': [str(sizes[i]) for i in order],
        'mean IoU': [percent(scores['miou'][i]) for i in order],
        'pixel accuracy': [percent(scores['pixel_accuracy'][i]) for i in order],
    }
    shown = {title: texts[:_GROUPS] for title, texts in columns.items()}
    rest = len(names) - _GROUPS
    more = f'<p class="quiet">And {rest} more with higher scores.</p>' if rest > 0 else ''
    return (
        f'<div class="wide"><table class="scores">{table(shown, head=unit)}</table></div>\n'
        '<p class="quiet">By their own mean IoU, over the classes that occur in each, the lowest first.</p>'
        f'{more}'
    )
