"""IoU of groups of classes: what is mistaken for a class of the same group is right."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainercv_seg.evaluations.measures.class_rows import class_row, row_iou
from chainercv_seg.evaluations.measures.measure import Measure
from chainercv_seg.evaluations.metrics import AbsentClass, means


class GroupIoU(Measure):
    """IoU of groups of classes, as the category scores of Cityscapes (Cordts et al., CVPR 2016).

    Args:
        groups: The group of each class, by its name, in the order of the classes.
    """

    name = 'groups'
    key = 'group_iou'
    title = 'IoU of groups'
    means = ('mean_group_iou',)

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._groups = dict(groups)
        self._names = tuple(dict.fromkeys(groups.values()))
        self._member = np.array(
            [[group == name for group in groups.values()] for name in self._names], np.int64
        ).reshape(len(self._names), len(groups))

    @property
    def definition(self) -> str:
        """Which classes are in which group."""
        classes = {
            name: [k for k, group in self._groups.items() if group == name] for name in self._names
        }
        return '; '.join(f'{name}: {", ".join(members)}' for name, members in classes.items())

    @property
    def details(self) -> Mapping[str, Any]:
        """The groups, for those who compare results."""
        return {'class_groups': self._groups}

    def parts(self, label_names: Sequence[str]) -> tuple[str, ...]:
        """The groups."""
        return self._names

    def row(self, counts: np.ndarray, void: np.ndarray, tally: np.ndarray) -> np.ndarray:
        """``(3 * n_group,)`` pixels of each group: right, true, predicted."""
        return class_row(self._member @ counts @ self._member.T, self._member @ void)

    def draw(
        self, rows: np.ndarray, weights: np.ndarray, absent_class: AbsentClass
    ) -> dict[str, np.ndarray]:
        """IoU of each group, and its mean, by the policy for absent classes."""
        iou = row_iou(weights @ rows, absent_class)
        return {self.key: iou, 'mean_group_iou': means(iou)}
