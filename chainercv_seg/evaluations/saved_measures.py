"""The measures with which saved results were made, and those that they can be compared by."""

from collections.abc import Mapping, Sequence

from chainercv_seg.evaluations.measures import MEASURES, Measure, make_measures
from chainercv_seg.evaluations.measures.class_groups import GroupIoU
from chainercv_seg.evaluations.saved_results import SavedResult
from chainercv_seg.utils.errors import ResultError


def common_measures(results: Sequence[SavedResult]) -> tuple[Measure, ...]:
    """Make the measures with which all results were made, groups of classes if they are the same.

    Args:
        results: Of the same classes.
    """
    label_names = results[0].per_image.label_names
    known = common_class_groups(results)
    names = [name for name in MEASURES if name != GroupIoU.name or known is not None]
    measures = make_measures(names, label_names=label_names, groups=known)
    return tuple(
        measure
        for measure in measures
        if all(_was_chosen(result, measure) and _counted(result, measure) for result in results)
    )


def common_class_groups(results: Sequence[SavedResult]) -> dict[str, str] | None:
    """The group of each class with which all results were made; None where they were not."""
    first, *others = (_class_groups(result) for result in results)
    return first if all(other == first for other in others) else None


def require_measures(results: Sequence[SavedResult], measures: Sequence[Measure]) -> None:
    """Check that results have what measures count.

    Raises:
        ResultError: One has not.
    """
    for measure in measures:
        for result in results:
            if not _counted(result, measure):
                raise ResultError(
                    f'{result.folder} was counted without {measure.name}: evaluate or score again with '
                    f'--per-image --measures {measure.name}'
                )


def _was_chosen(result: SavedResult, measure: Measure) -> bool:
    chosen = result.record.get('measures')
    return isinstance(chosen, Mapping) and measure.key in chosen


def _counted(result: SavedResult, measure: Measure) -> bool:
    """Whether the counts of images are there, and those of as many classes as the measure has."""
    if not measure.tally_size:
        return True
    tallies = result.per_image.tallies.get(measure.name)
    return tallies is not None and tallies.shape[1] == measure.tally_size


def _class_groups(result: SavedResult) -> dict[str, str] | None:
    groups = result.record.get('class_groups')
    names = result.per_image.label_names
    if not isinstance(groups, Mapping) or set(groups) != set(names):
        return None
    return {name: str(groups[name]) for name in names}
