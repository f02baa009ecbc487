"""IoU of each image, averaged over images and over classes, and the averages of the worst fifth."""

from collections.abc import Iterable

import numpy as np

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.measures.measure import Measure, MeasureScores, Totals

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
    needs_images = True

    def scores(self, totals: Totals) -> MeasureScores:
        """The averages."""
        by_class = [_known(column) for column in totals.image_ious.T]
        by_image = _known(np.array([metrics.mean(row) for row in totals.image_ious]))
        over_images = np.array([metrics.mean(column) for column in by_class])
        return MeasureScores(
            'image_iou',
            'IoU by image',
            'Wang et al. 2023, means over images of the IoU of the classes in their truth',
            dict(zip(totals.label_names, over_images.tolist(), strict=True)),
            {
                'miou_over_images': metrics.mean(by_image),
                'miou_over_classes': metrics.mean(over_images),
                'worst_fifth_over_images': _worst_mean([by_image]),
                'worst_fifth_over_classes': _worst_mean(by_class),
            },
        )


def _known(scores: np.ndarray) -> np.ndarray:
    return scores[~np.isnan(scores)]


def _worst_mean(groups: Iterable[np.ndarray]) -> float:
    """Mean over groups of the mean of the worst of each."""
    worst = [np.sort(scores)[: max(1, len(scores) // _ONE_OF)] for scores in groups]
    return metrics.mean(np.array([metrics.mean(scores) for scores in worst]))
