"""IoU of groups of classes: what is mistaken for a class of the same group is right."""

from collections.abc import Mapping

import numpy as np

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.measures.measure import Measure, MeasureScores, Totals


class GroupIoU(Measure):
    """IoU of groups of classes, as the category scores of Cityscapes (Cordts et al., CVPR 2016).

    Args:
        groups: The group of each class, by its name, in the order of the classes.
    """

    name = 'groups'

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._groups = dict(groups)

    def scores(self, totals: Totals) -> MeasureScores:
        """IoU of each group, and its mean, by the policy for absent classes."""
        names = list(dict.fromkeys(self._groups[name] for name in totals.label_names))
        member = np.array(
            [[self._groups[k] == group for k in totals.label_names] for group in names], np.int64
        ).reshape(len(names), len(totals.label_names))
        iou = metrics.iou(
            member @ totals.counts @ member.T,
            member @ totals.void_predictions,
            absent_class=totals.absent_class,
        )
        groups = {
            name: [k for k in totals.label_names if self._groups[k] == name] for name in names
        }
        return MeasureScores(
            'group_iou',
            'IoU of groups',
            '; '.join(f'{name}: {", ".join(classes)}' for name, classes in groups.items()),
            dict(zip(names, iou.tolist(), strict=True)),
            {'mean_group_iou': metrics.mean(iou)},
        )
