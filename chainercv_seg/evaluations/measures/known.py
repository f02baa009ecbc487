"""The measures that can be chosen by name."""

from collections.abc import Mapping, Sequence

from chainercv_seg.evaluations.measures.boundary_iou import BoundaryIoU
from chainercv_seg.evaluations.measures.class_groups import GroupIoU
from chainercv_seg.evaluations.measures.dice import Dice
from chainercv_seg.evaluations.measures.image_iou import ImageIoU
from chainercv_seg.evaluations.measures.measure import Measure
from chainercv_seg.evaluations.measures.trimap_accuracy import TrimapAccuracy

#: In the order in which they are shown.
MEASURES = tuple(
    measure.name for measure in (Dice, BoundaryIoU, TrimapAccuracy, ImageIoU, GroupIoU)
)


def make_measures(
    names: Sequence[str],
    *,
    label_names: Sequence[str],
    groups: Mapping[str, str] | None = None,
) -> tuple[Measure, ...]:
    """Make measures.

    Args:
        names: Of ``MEASURES``.
        label_names: A name for each class.
        groups: The group of each class by its name, for the measure ``'groups'``.

    Returns:
        The measures, each once, in the order of ``MEASURES``.

    Raises:
        ValueError: There is no such measure; or ``'groups'`` lacks the group of a class.
    """
    for name in names:
        if name not in MEASURES:
            raise ValueError(
                f'there is no measure {name!r}: expected some of {", ".join(MEASURES)}'
            )
    return tuple(_make(name, label_names, groups) for name in MEASURES if name in names)


def _make(name: str, label_names: Sequence[str], groups: Mapping[str, str] | None) -> Measure:
    if name == BoundaryIoU.name:
        return BoundaryIoU(len(label_names))
    if name == GroupIoU.name:
        if groups is None or set(groups) != set(label_names):
            raise ValueError('groups must name each class once')
        return GroupIoU({label_name: groups[label_name] for label_name in label_names})
    plain: dict[str, type[Measure]] = {
        measure.name: measure for measure in (Dice, TrimapAccuracy, ImageIoU)
    }
    return plain[name]()
