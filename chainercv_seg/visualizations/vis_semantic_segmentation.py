"""A label map on a plot, over its image."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chainercv_seg.utils.arguments import check_array
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.printable import printable
from chainercv_seg.visualizations.colormap import voc_colormap
from chainercv_seg.visualizations.label_to_image import count_classes, label_to_image
from chainercv_seg.visualizations.vis_image import vis_image


def vis_semantic_segmentation(
    img: np.ndarray | None,
    label: np.ndarray,
    label_names: Iterable[str] | None = None,
    label_colors: Iterable[Sequence[int]] | None = None,
    ignore_label_color: Sequence[int] = (0, 0, 0),
    alpha: float = 1,
    all_label_names_in_legend: bool = False,
    ax: Any = None,
) -> tuple[Any, list[Any]]:
    """Show a label map, and make the patches of its legend.

    ``ax.legend(handles=legend_handles)`` shows the legend.

    Args:
        img: ``(3, H, W)`` RGB in [0, 255], shown below the label map; None shows nothing there.
        label: ``(H, W)`` int32, a class or -1 for ignored.
        label_names: A name for each class; None numbers them.
        label_colors: An RGB colour in [0, 255] for each class; None is PASCAL VOC's palette.
        ignore_label_color: The RGB colour of ignored pixels.
        alpha: How much the label map covers, from 0 (nothing) to 1.
        all_label_names_in_legend: Whether the legend also has the classes that are not in ``label``.
            (In ChainerCV, by mistake, it is the other way round.)
        ax: The Matplotlib axes to show it on; None makes new ones, in a new figure.

    Returns:
        The axes, and the patches of the legend, in the order of the classes.

    Raises:
        MissingExtraError: Matplotlib is not installed.
        ValueError: ``label`` is not a label map, names and colours are not of the same number, or
            ``label`` holds a class that has none.
    """
    require_extra('matplotlib.patches', extra='plot', purpose='vis_semantic_segmentation')
    check_array(label, '(H, W)', name='label')
    names = None if label_names is None else list(label_names)
    colors = None if label_colors is None else list(label_colors)
    if names is None:
        n_class = count_classes(label) if colors is None else len(colors)
        names = [str(label_id) for label_id in range(n_class)]
    if colors is None:
        colors = list(voc_colormap(range(len(names))))
    if len(colors) != len(names):
        raise ValueError(
            f'label_names has {len(names)} classes, but label_colors has {len(colors)}'
        )

    painted = label_to_image(label, colors, ignore_label_color=ignore_label_color)
    ax = vis_image(img, ax=ax)
    ax.imshow(painted.transpose(1, 2, 0), alpha=alpha, interpolation='nearest')

    shown = range(len(names)) if all_label_names_in_legend else np.unique(label[label >= 0])
    return ax, legend_patches(shown, names, colors)


def legend_patches(
    shown: Iterable[int], label_names: Sequence[str], label_colors: Sequence[Sequence[float]]
) -> list[Any]:
    """Make Matplotlib's patches of a legend.

    Args:
        shown: The classes that are in it.
        label_names: A name for each class.
        label_colors: An RGB colour in [0, 255] for each class.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    patches = require_extra('matplotlib.patches', extra='plot', purpose='vis_semantic_segmentation')
    return [
        patches.Patch(
            color=np.asarray(label_colors[label_id]) / 255,
            label=_legend_text(label_names[label_id]),
        )
        for label_id in shown
    ]


def _legend_text(name: str) -> str:
    """Write a name so that Matplotlib shows it: it takes dollars for formulas, and leaves out _names."""
    text = printable(name).replace('$', r'\$')
    return f' {text}' if text.startswith('_') else text
