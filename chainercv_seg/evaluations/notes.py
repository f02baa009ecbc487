"""Notes on a result: where a wrong score would pass for a right one, and what mends it.

They are told by the confusion matrix, so that they cost nothing, and are the same whatever the order,
the ranks, and the number of runs that an evaluation took.
"""

from collections.abc import Callable, Mapping

import numpy as np

from chainercv_seg.datasets.label_format import LabelFormat
from chainercv_seg.evaluations.evaluation_result import EvaluationResult, percent

#: A class of at least this share of the true pixels has to bear a suspicion out.
_COMMON = 0.05
#: It does so where it was predicted as suspected in at least this share of its pixels,
_BORNE_OUT = 0.2
#: and all classes together in at least this share of theirs,
_AGREEMENT = 0.3
#: which is at least so many times more than what is right.
_BETTER = 2
#: Classes that a sentence names; the others are counted.
_NAMED = 5
#: So much void in label maps of one class of many is no border between classes.
_COMMON_VOID = 0.1
#: So much void in predictions is no doubt of a network's.
_MUCH_VOID = 0.5


def notes_on_predictions(
    result: EvaluationResult,
    label_format: LabelFormat,
    *,
    others: Mapping[str, LabelFormat],
    remedy: str,
    score: Callable[[str], float | None] = lambda option: None,
) -> list[str]:
    """Tell what makes one doubt that predictions mean what they were taken for.

    Args:
        result: What was found.
        label_format: The values of files by which the predictions were read.
        others: By the option that would choose them, the values that the files may hold instead.
        remedy: What to look at if nothing better is known.
        score: Gives the mean IoU with one of these options; None where that is not known.

    Returns:
        A sentence for each doubt; none where the score is no worse than the predictions.
    """
    table = np.column_stack([result.void_predictions, result.counts])  # column k + 1 is class k
    if not table.any():
        return []
    for option, other in others.items():
        if _agrees(table, _taken_for(other.values, label_format)):
            better = score(option)
            figures = (
                ''
                if better is None
                else f'. Mean IoU is {percent(result.miou)} %, and would be {percent(better)} %'
            )
            return [
                f'the predictions agree with the label maps far more if they hold other values than '
                f'they were read by: give {option}{figures}'
            ]
    constant = _constant_notes(result, remedy)
    if constant:
        return constant
    # Two classes off by one are no other than two that are mixed up.
    for shift, more in ((1, 'more'), (-1, 'less')) if len(table) > 2 else ():
        taken = np.arange(len(table)) + shift
        taken[taken == len(table)] = _NOTHING
        if _agrees(table, taken):
            return [
                f'the predictions agree with the label maps far more if each is one {more} than the '
                f'class it means: look at {remedy}'
            ]
    return _void_notes(result, others, remedy) or _order_notes(result, table, remedy)


#: What a value was taken for that there is not: it would have been an error.
_NOTHING = -2


def _taken_for(values: tuple[int, ...], label_format: LabelFormat) -> np.ndarray:
    """The class that each value was read as, -1 for void."""
    void = {label_format.void, *label_format.other_void}
    classes = {value: k for k, value in enumerate(label_format.values)}
    return np.array([classes.get(value, -1 if value in void else _NOTHING) for value in values])


def _agrees(table: np.ndarray, taken: np.ndarray) -> bool:
    """Tell whether the classes were predicted as others, all of them, and far more than as themselves.

    Args:
        table: ``(n_class, n_class + 1)`` counts, those of void predictions first.
        taken: ``(n_class,)`` the class that each was predicted as if the suspicion is right, -1 for
            void, or nothing that could have been read.
    """
    truth, rows = table.sum(axis=1), np.arange(len(table))
    found = np.where(taken == _NOTHING, 0, table[rows, np.maximum(taken, -1) + 1])
    common = (truth >= _COMMON * truth.sum()) & (taken != _NOTHING)
    return bool(
        (found[common] >= _BORNE_OUT * truth[common]).all()
        and found.sum() >= _AGREEMENT * truth.sum()
        and found.sum() >= _BETTER * table[rows, rows + 1].sum()
    )


def _constant_notes(result: EvaluationResult, remedy: str) -> list[str]:
    predicted = np.flatnonzero(result.counts.any(axis=0))
    n_true = np.count_nonzero(result.counts.any(axis=1))
    if len(predicted) != 1 or result.void_predictions.any() or n_true < 2:
        return []
    return [
        f'all pixels are predicted {result.label_names[predicted[0]]!r}, though the label maps hold '
        f'{n_true} classes: look at {remedy}'
    ]


def _order_notes(result: EvaluationResult, table: np.ndarray, remedy: str) -> list[str]:
    """Doubt the order of the classes, where each was predicted as one that no other was predicted as."""
    truth, taken = table.sum(axis=1), result.counts.argmax(axis=1)
    common = np.flatnonzero(truth >= _COMMON * truth.sum())
    mixed_up = [k for k in common if taken[k] != k]
    if not mixed_up or len(set(taken[common])) < len(common) or not _agrees(table, taken):
        return []
    k = max(mixed_up, key=lambda k: truth[k])
    true, predicted = (result.label_names[i] for i in (k, taken[k]))
    return [
        'the predictions agree with the label maps far more if their classes are in another order, as if '
        f'{predicted!r} meant {true!r}: look at {remedy}'
    ]


def _void_notes(
    result: EvaluationResult, others: Mapping[str, LabelFormat], remedy: str
) -> list[str]:
    void = result.void_predictions
    truth = result.counts.sum(axis=1) + void
    never = ~result.counts.any(axis=0)
    missed = never & (truth >= _COMMON * truth.sum()) & (void >= _MUCH_VOID * truth)
    one_class = np.count_nonzero(~never) == 1 and np.count_nonzero(truth) > 1 and void.any()
    if not (missed.any() or one_class or void.sum() >= _MUCH_VOID * truth.sum()):
        return []
    k = int(np.argmax(void))
    remedies = ' or '.join([*(f'give {option}' for option in others), f'look at {remedy}'])
    return [
        f'{percent(void.sum() / truth.sum())} % of the pixels are predicted void, of '
        f'{result.label_names[k]!r} {percent(void[k] / truth[k])} %, and count as misses. If classes '
        f'are meant, {remedies}'
    ]


def notes_on_missing_classes(result: EvaluationResult, source: str) -> list[str]:
    """Tell which classes are in no label map of a data set of one's own, whose names may not fit its values.

    Args:
        result: What was found in all label maps.
        source: Where the names are from.

    Returns:
        A sentence, or none where there are all classes, or none at all.
    """
    is_true = result.counts.any(axis=1) | (result.void_predictions > 0)
    missing = [repr(result.label_names[k]) for k in np.flatnonzero(~is_true)]
    if not missing or len(missing) == len(is_true):
        return []
    more = len(missing) - _NAMED
    shown = ', '.join(missing[:_NAMED]) + (f' and {more} more' if more > 0 else '')
    return [
        f'no label map holds a pixel of {shown} of {source}: look at whether names and values fit. What the '
        f'mean says of such classes is --absent-class {result.protocol.get("absent_class", "skip")}'
    ]


def notes_on_truth(
    result: EvaluationResult, void_share: float, label_format: LabelFormat
) -> list[str]:
    """Tell what makes one doubt that the label maps mean what they were taken for.

    Masks of two classes often hold 0 and 255, of which 255 is usually void: then nothing is left that
    could be wrong.

    Args:
        result: What was found.
        void_share: How much of the label maps is void, in [0, 1].
        label_format: The values of the label maps.

    Returns:
        A sentence for each doubt.
    """
    is_true = result.counts.any(axis=1) | (result.void_predictions > 0)
    true, missing = np.flatnonzero(is_true), np.flatnonzero(~is_true)
    n_class = len(is_true)
    if not (len(true) == 1 or len(missing) == 1 < len(true)):
        return []
    if void_share == 0 or (n_class > 2 and void_share < _COMMON_VOID):
        return []
    void, values = label_format.void, label_format.values
    if len(missing) == 1:  # this one is meant
        own = ' '.join(str(value if k in true else void) for k, value in enumerate(values))
        remedy = f'{void} stands for {result.label_names[missing[0]]!r}'
    else:
        own = f'{values[true[0]]} {void}'
        remedy = f'{void} stands for a class'
    found = (
        f'hold but one class, {result.label_names[true[0]]!r}, and'
        if len(true) == 1
        else f'hold no pixel of the class {result.label_names[missing[0]]!r}, but'
    )
    return [
        f'the label maps {found} void (--ignore-label {void}), {percent(void_share)} % of the pixels, which '
        f'counts nowhere. If {remedy}, give the value of each class, and no void: --label-values {own} '
        '--ignore-label -1'
    ]
