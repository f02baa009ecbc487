"""The images whose score moved most, in the page of a comparison."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from chainercv_seg.datasets.file_names import name_form
from chainercv_seg.datasets.image_key import IMAGE_SUFFIXES
from chainercv_seg.evaluations.comparison import Comparison, Moved
from chainercv_seg.evaluations.comparison_files import points
from chainercv_seg.evaluations.evaluation_result import percent
from chainercv_seg.evaluations.report.pictures import CLAIMED, data_uri, label_png, png
from chainercv_seg.evaluations.report.table import table
from chainercv_seg.evaluations.report.text import html_text
from chainercv_seg.evaluations.saved_predictions import SavedPredictions, files_by_name
from chainercv_seg.evaluations.worst_images import small_jpeg, small_label
from chainercv_seg.utils.image_files import read_image

#: Images that are listed, and those of them with pictures.
_LISTED, _PICTURED = 20, 6


class MovedImages:
    """Shows images, with their pictures where there are files of them.

    Args:
        comparison: What was found.
        images: A folder with images in it or in folders below, or None.
    """

    def __init__(self, comparison: Comparison, images: Path | None) -> None:
        self._comparison = comparison
        files = {} if images is None else files_by_name(images)
        self._images = {
            name: path for name, path in files.items() if path.suffix.lower() in IMAGE_SUFFIXES
        }
        self._predictions = [result.predictions for result in comparison.results]
        self._files = [saved.find() if saved else {} for saved in self._predictions]

    def section(self, number: int) -> str:
        """Show those whose score in a result is another than in the first one; HTML.

        Raises:
            UserError: A file is damaged.
        """
        moved = self._comparison.moved(number, _LISTED)
        if not moved:
            return '<p class="quiet">No image has another mean IoU.</p>'
        names = [self._comparison.results[i].name for i in (0, number)]
        columns = {
            'image': [image.name for image in moved],
            names[0]: [percent(image.before) for image in moved],
            names[1]: [percent(image.after) for image in moved],
            'change': [points(image.after - image.before) for image in moved],
        }
        return (
            f'<div class="wide"><table class="scores plain">{table(columns, head="image")}</table></div>\n'
            + ''.join(self._pictures(image, number) for image in moved[:_PICTURED])
        )

    def _pictures(self, image: Moved, number: int) -> str:
        before, after = (self._label(i, image.name) for i in (0, number))
        if before is None or after is None or before.shape != after.shape:
            return ''
        path = self._images.get(name_form(image.name))
        jpeg = None if path is None else small_jpeg(read_image(path), before.shape)
        saved = self._predictions[0]
        colors = None if saved is None else saved.label_colors
        figures = {
            **({} if jpeg is None else {'image': data_uri(jpeg, 'image/jpeg')}),
            self._comparison.results[0].name: label_png(before, colors),
            self._comparison.results[number].name: label_png(after, colors),
            'where they differ': png(_difference_map(jpeg, before, after)),
        }
        name = html_text(image.name)
        return (
            f'<div class="images"><p><code>{name}</code> <span class="quiet">mean IoU '
            f'{percent(image.before)} to {percent(image.after)}</span></p>'
            + ''.join(
                f'<figure><img src="{uri}" alt="{html_text(what)} of {name}" loading="lazy">'
                f'<figcaption>{html_text(what)}</figcaption></figure>'
                for what, uri in figures.items()
            )
            + '</div>'
        )

    def _label(self, result: int, name: str) -> np.ndarray | None:
        saved: SavedPredictions | None = self._predictions[result]
        path = self._files[result].get(name_form(name))
        return None if saved is None or path is None else small_label(saved.read(path))


def _difference_map(jpeg: bytes | None, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Paint where two label maps differ over a pale image, or over grey where there is none."""
    grey = np.full(before.shape, 200)
    if jpeg is not None:
        with Image.open(io.BytesIO(jpeg)) as img:
            grey = np.array(img.convert('L')) // 16 * 8 + 120
    pixels = np.repeat(grey[..., np.newaxis].astype(np.uint8), 3, axis=2)
    pixels[before != after] = CLAIMED
    return pixels
