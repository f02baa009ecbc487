"""From the scores of a network to a label map.

A *plan* says which network inputs an image is cut into and how their scores become its label map;
:func:`predict` carries plans out, batch by batch. Nothing here knows a network: a score function
``(B, 3, h, w) -> (B, n_class, h', w')`` on arrays is all that it takes.
"""

from typing import Any

from chainercv_seg.utils.extras import require_extra

require_extra('chainer', extra='chainer', purpose='chainercv_seg.inference')

from chainercv_seg.inference.canvas import CanvasViews, prepare_canvas  # noqa: E402
from chainercv_seg.inference.convolution_crop import convolution_crop  # noqa: E402
from chainercv_seg.inference.predict import Plan, predict  # noqa: E402
from chainercv_seg.inference.tiled import TiledViews  # noqa: E402
from chainercv_seg.inference.whole import WholeViews  # noqa: E402

__all__ = [
    'CanvasViews',
    'Plan',
    'TiledViews',
    'WholeViews',
    'convolution_crop',
    'optimize',
    'predict',
    'prepare_canvas',
]


def __getattr__(name: str) -> Any:
    """Find `optimize`, which is of a room above: it is imported when it is asked for."""
    if name == 'optimize':
        from chainercv_seg.prepared import optimize

        return optimize
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
