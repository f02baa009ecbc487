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
    for head in more:
        waiting.append(head)
        while waiting:
            head = waiting[0]
            if head.scores is None:
                batch = [w for w in waiting if w.scores is None and w.x.shape == head.x.shape]
                while len(batch) < batchsize and waiting[-1].image - head.image < batchsize:
                    if (read := next(more, None)) is None:
                        break
                    waiting.append(read)
                    if read.x.shape == head.x.shape:
                        batch.append(read)
                batch = batch[:batchsize]
                for member, scores in zip(
                    batch, score(xp.stack([w.x for w in batch])), strict=True
                ):
                    member.scores, member.x = scores, None
            yield waiting.popleft().scores
