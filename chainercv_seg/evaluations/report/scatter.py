"""The mean IoU of each image in two results, a dot an image."""

import numpy as np

from chainercv_seg.evaluations.comparison import Comparison
from chainercv_seg.evaluations.report.text import html_text

#: Sides of the square, and what is left for the numbers beside it.
_SIDE, _EDGE = 320, 32


def scatter(comparison: Comparison, number: int) -> str:
    """Draw each image at its score in the first result, to the right, and in another one, up; SVG."""
    before, after = comparison.image_miou[0], comparison.image_miou[number]
    low, high = _range(comparison.image_miou)
    scale = 10 * _SIDE / (high - low)

    def right(score: float) -> float:
        return _EDGE + scale * (score - low / 10)

    def up(score: float) -> float:
        return _SIDE - scale * (score - low / 10) + 4

    dots = [
        f'<circle cx="{right(x):.1f}" cy="{up(y):.1f}" r="3"><title>{html_text(name)}</title></circle>'
        for name, x, y in zip(comparison.results[0].per_image.names, before, after, strict=True)
        if not np.isnan(x + y)
    ]
    step = 2 if high - low > 6 else 1
    ticks = [
        f'<text x="{right(tenth / 10):.1f}" y="{_SIDE + 18}" text-anchor="middle">{10 * tenth}</text>'
        f'<text x="{_EDGE - 4}" y="{up(tenth / 10) + 4:.1f}" text-anchor="end">{10 * tenth}</text>'
        for tenth in range(low, high + 1, step)
    ]
    ends = [(high, low), (low, high), (high, high)]
    lines = [
        f'<line x1="{_EDGE}" y1="{_SIDE + 4}" x2="{right(x / 10):.1f}" y2="{up(y / 10):.1f}"/>'
        for x, y in ends
    ]
    return '\n'.join(
        [
            '<svg class="plot square" role="img" aria-label="mean IoU of each image in both results" '
            f'viewBox="0 -6 {_EDGE + _SIDE + 14} {_SIDE + 30}">',
            *lines,
            *ticks,
            *dots,
            '</svg>',
        ]
    )


def _range(scores: np.ndarray) -> tuple[int, int]:
    """Tenths between which all scores lie."""
    known = scores[~np.isnan(scores)]
    if not known.size:
        return 0, 10
    low = min(int(np.floor(10 * known.min())), 9)
    return low, max(int(np.ceil(10 * known.max())), low + 1)
