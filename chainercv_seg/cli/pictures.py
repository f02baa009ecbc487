"""The pictures that the demo makes of a label map."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from chainercv_seg.utils.errors import DeviceError, UserError
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.visualizations import vis_semantic_segmentation

#: Matplotlib's backends that draw into files alone. It takes the first where there is no screen.
_WITHOUT_WINDOWS = frozenset({'agg', 'cairo', 'pdf', 'pgf', 'ps', 'svg', 'template'})
#: How much of an image its label map covers.
_ALPHA = 0.6


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
    pyplot: Any = require_extra('matplotlib.pyplot', extra='plot', purpose='The demo')
    H, W = label.shape
    # The longer side is about 8 inches, so that the letters grow with the image. A power of two:
    # pixels are inches and back again without rounding.
    dpi = 2 ** max(7, round(math.log2(max(H, W) / 8)))
    figure = pyplot.figure(figsize=(W / dpi, H / dpi), dpi=dpi)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    _, handles = vis_semantic_segmentation(
        img, label, label_names, label_colors, alpha=_ALPHA, ax=axes
    )
    for handle in handles:  # as the label map is seen: on white
        handle.set(alpha=_ALPHA, linewidth=0)
    legend = axes.legend(
        handles=handles, loc='upper left', bbox_to_anchor=(1, 1), borderaxespad=0, frameon=False
    )
    # The figure grows to the right, and downwards if it must, until the legend is in it.
    box = legend.get_window_extent()
    width, height = W + math.ceil(box.width), max(H, math.ceil(box.height))
    figure.set_size_inches(width / dpi, height / dpi)
    axes.set_position((0, 1 - H / height, W / width, H / height))
    with replaced_file(path) as file:
        figure.savefig(file, dpi=dpi, format='png')
    if show:
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
