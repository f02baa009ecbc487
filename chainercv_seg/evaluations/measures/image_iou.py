"""IoU of each image, averaged over images and over classes, and the averages of the worst fifth."""

import numpy as np

from chainercv_seg.evaluations.measures.measure import Measure
from chainercv_seg.evaluations.metrics import AbsentClass, iou, means, ratio

#: The worst images: one of so many.
_ONE_OF = 5


class ImageIoU(Measure):
    """Fine-grained mIoUs (Wang et al. 2023, "Revisiting Evaluation Metrics for Semantic Segmentation").

    In each image the classes count that are in its truth. ``image_iou`` is the mean of a class over the
    images that have it, ``miou_over_classes`` the mean of these (the paper's mIoU^C), and
    ``miou_over_images`` the mean over images of the mean over the classes of each (mIoU^I). Of the worst
    fifth: the same of the fifth of the images that is the worst, rounded down, at least one image; for each
    class a fifth of its own. Two classes are no exception here, where the authors' code leaves the first one
    out.
    """

    name = 'image-iou'
    key = 'image_iou'
    title = 'IoU by image'
    means = (
        'miou_over_images',
        'miou_over_classes',
        'worst_fifth_over_images',
        'worst_fifth_over_classes',
    )
    definition = 'Wang et al. 2023, means over images of the IoU of the classes in their truth'
    needs_images = True

    def row(self, counts: np.ndarray, void: np.ndarray, tally: np.ndarray) -> np.ndarray:
        """``(n_class,)`` the IoU of each class of an image, NaN where it is not in the truth."""
        return iou(counts, void, absent_class='ground-truth')

    def draw(
        self, rows: np.ndarray, weights: np.ndarray, absent_class: AbsentClass
    ) -> dict[str, np.ndarray]:
        """The averages."""
        of_images = means(rows)
        over_images = _average(rows, weights)
        return {
            self.key: over_images,
            'miou_over_images': _average(of_images[:, np.newaxis], weights)[:, 0],
            'miou_over_classes': means(over_images),
            'worst_fifth_over_images': _worst_average(of_images, weights),
            'worst_fifth_over_classes': means(
                np.stack([_worst_average(column, weights) for column in rows.T], axis=-1)
            ),
        }


def _average(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """``(m, n)`` means of each column of ``(n_image, n)`` in each draw, over those that are known."""
    return ratio(weights @ np.nan_to_num(scores), weights @ ~np.isnan(scores))


def _worst_average(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """``(m,)`` means of the worst fifth of ``(n_image,)`` scores in each draw."""
    order = np.argsort(scores)[: np.count_nonzero(~np.isnan(scores))]  # NaN last
    drawn = weights[:, order]
    last = np.cumsum(drawn, axis=1)
    total = drawn.sum(axis=1)
    worst = np.where(total > 0, np.maximum(1, total // _ONE_OF), 0)
    used = np.clip(worst[:, np.newaxis] - (last - drawn), 0, drawn)
    return ratio(used @ scores[order], worst)
