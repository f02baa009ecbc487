"""Network inputs of several images, scored in batches."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

#: Takes network inputs ``(B, 3, h, w)`` and gives their scores ``(B, n_class, h', w')``, both
#: arrays of NumPy or CuPy.
ScoreFunction = Callable[[Any], Any]


@dataclass(slots=True)
class Waiting:
    """A network input that waits for its batch, or its scores that wait for their turn."""

    image: int
    x: Any
    scores: Any = None


def scores_in_order(
    inputs: Iterable[tuple[int, Any]], score: ScoreFunction, *, batchsize: int, xp: Any
) -> Iterator[Any]:
    """Score network inputs in batches of one shape.

    Inputs are read ahead to fill the batch of the next one due, but from no more than ``batchsize``
    images. The scores come in the order of the inputs, whatever the batches were, so that sums of
    them are rounded in the same way for every ``batchsize``.

    Args:
        inputs: Each network input ``(3, h, w)`` with the number of the image it is from,
            ascending. Read as needed.
        score: The score function.
        batchsize: The most inputs that are scored at once.
        xp: NumPy or CuPy, whichever the inputs are of.

    Yields:
        ``(n_class, h', w')``, the scores of each input.

    Raises:
        ValueError: ``batchsize`` is not a positive integer.
    """
    if not isinstance(batchsize, int) or batchsize < 1:
        raise ValueError(f'batchsize should be a positive integer; found {batchsize!r}')
    waiting: deque[Waiting] = deque()
    more = (Waiting(image, x) for image, x in inputs)
    for first in more:
        waiting.append(first)
        while waiting:
            due = waiting.popleft()
            if due.scores is None:
                batch = [due, *(w for w in waiting if w.scores is None and fits(w, due))]
                while len(batch) < batchsize and (
                    not waiting or waiting[-1].image - due.image < batchsize
                ):
                    if (read := next(more, None)) is None:
                        break
                    waiting.append(read)
                    if fits(read, due):
                        batch.append(read)
                score_batch(batch[:batchsize], score, xp)
            yield due.scores


def fits(one: Waiting, other: Waiting) -> bool:
    """Tell whether two inputs can share a batch."""
    return one.x.shape == other.x.shape


def score_batch(batch: list[Waiting], score: ScoreFunction, xp: Any) -> None:
    """Score inputs of one shape, and let go of them."""
    first = batch[0].x
    alone = len(batch) == 1 and first.flags.c_contiguous  # then nothing need be copied
    scores = score(first[None] if alone else xp.stack([member.x for member in batch]))
    for member, member_scores in zip(batch, scores, strict=True):
        member.scores, member.x = member_scores, None
