"""The pictures that the demo makes of a label map."""

import importlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from chainercv_seg.utils.errors import DeviceError, UserError
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.visualizations import label_to_image
from chainercv_seg.visualizations.vis_semantic_segmentation import legend_patches

#: Matplotlib's backends that draw into files alone. It takes the first where there is no screen.
_WITHOUT_WINDOWS = frozenset({'agg', 'cairo', 'pdf', 'pgf', 'ps', 'svg', 'template'})
#: How much of an image its label map covers.
_ALPHA = 0.6
#: Rows that are painted at once.
_ROWS = 64


def check_window() -> None:
    """Make sure that pictures can be shown in a window.

    Raises:
        UserError: Matplotlib is missing, or what ``MPLBACKEND`` names is missing or finds no screen.
    """
    try:
        pyplot: Any = require_extra('matplotlib.pyplot', extra='plot', purpose='The demo')
        pyplot.close(pyplot.figure())
        backend = str(pyplot.get_backend())
    except UserError:
        raise
    except Exception as error:  # whatever a toolkit for windows raises
        raise DeviceError(
            f'Matplotlib can open no window: {error}. Leave out --show, or set MPLBACKEND'
        ) from error
    if backend.lower() in _WITHOUT_WINDOWS:
        raise DeviceError(
            f'Matplotlib can open no window: it draws with {backend}, for it finds no screen, or '
            'MPLBACKEND says so. Leave out --show, or run the demo where there is a screen (DISPLAY)'
        )


def write_overlay(
    img: np.ndarray,
    label: np.ndarray,
    path: Path,
    label_names: Sequence[str],
    label_colors: Sequence[Sequence[int]],
    *,
    show: bool = False,
) -> None:
    """Write an image with its label map over it, and a legend of the classes in it beside it.

    Args:
        img: ``(3, H, W)`` RGB in [0, 255].
        label: ``(H, W)`` int32.
        path: Where the picture is written. The image in it has as many pixels as ``img``.
        label_names: A name for each class.
        label_colors: An RGB colour in [0, 255] for each class.
        show: Whether to show it in a window as well, and wait until that is closed.
    """
    legend = _legend(label, label_names, label_colors)
    H, W = label.shape
    height, width = max(H, legend.shape[0]), W + legend.shape[1]
    picture = np.full((height, width, 3), 255, dtype=np.uint8)
    picture[: legend.shape[0], W:] = legend
    # Some rows at once: large photographs would take gigabytes in fractions.
    for start in range(0, H, _ROWS):
        rows = slice(start, min(start + _ROWS, H))
        painted = label_to_image(label[rows], label_colors).transpose(1, 2, 0)
        picture[rows, :W] = _covered(img[:, rows].transpose(1, 2, 0), painted)
    with replaced_file(path) as file:
        Image.fromarray(picture).save(file, format='PNG')
    if show:
        _show(picture)


def _covered(below: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """Colours under a label map, ``(..., 3)`` in [0, 255], as uint8."""
    return np.round((1 - _ALPHA) * below + _ALPHA * painted).astype(np.uint8)


def _legend(
    label: np.ndarray, label_names: Sequence[str], label_colors: Sequence[Sequence[int]]
) -> np.ndarray:
    """Draw the classes of a label map, as that is seen on white: ``(height, width, 3)`` uint8."""
    figures: Any = require_extra('matplotlib.figure', extra='plot', purpose='The demo')
    agg: Any = importlib.import_module('matplotlib.backends.backend_agg')
    # The longer side is about 8 inches, so that the letters grow with the image. A power of two:
    # pixels are inches and back again without rounding.
    dpi = 2 ** max(7, round(math.log2(max(label.shape) / 8)))
    figure = figures.Figure(dpi=dpi)
    canvas = agg.FigureCanvasAgg(figure)
    seen = _covered(np.array(255), np.array(label_colors))
    handles = legend_patches(np.unique(label[label >= 0]), label_names, seen.tolist())
    for handle in handles:
        handle.set(linewidth=0)
    place = {'loc': 'upper left', 'bbox_to_anchor': (0, 1), 'borderaxespad': 0}
    box = figure.legend(handles=handles, frameon=False, **place).get_window_extent()
    figure.set_size_inches(*(math.ceil(side) / dpi for side in (box.width, box.height)))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _show(picture: np.ndarray) -> None:
    """Show ``(H, W, 3)`` uint8 in a window, until that is closed."""
    pyplot: Any = require_extra('matplotlib.pyplot', extra='plot', purpose='The demo')
    figure = pyplot.figure()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(picture)
    pyplot.show()
    pyplot.close(figure)


def write_indexed(label: np.ndarray, path: Path, label_colors: Sequence[Sequence[int]]) -> None:
    """Write a label map as a PNG: the values are the classes, the palette their colours.

    With more than 256 classes it is grey, of 16 bits.

    Args:
        label: ``(H, W)`` int32, classes from 0 on.
        path: Where it is written.
        label_colors: An RGB colour in [0, 255] for each class.
    """
    if len(label_colors) > 256:  # than which a palette has no more
        img = Image.fromarray(label.astype(np.uint16))
    else:
        img = Image.fromarray(label.astype(np.uint8))
        img.putpalette(np.array(label_colors, dtype=np.uint8).tobytes())
    with replaced_file(path) as file:
        img.save(file, format='PNG')
