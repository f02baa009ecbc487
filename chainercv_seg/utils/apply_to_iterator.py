"""A function applied to batches of an iterator, by one process or by several ranks."""

import pickle
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from chainercv_seg.utils.failures import describe
from chainercv_seg.utils.unzip import unzip

Values = tuple[Sequence[Any], ...]
Applied = tuple[Values, Values, Values]
Iterators = tuple[tuple[Iterator[Any], ...], tuple[Iterator[Any], ...], tuple[Iterator[Any], ...]]


def apply_to_iterator(
    func: Callable[..., Any],
    iterator: Iterable[Any] | None,
    n_input: int = 1,
    hook: Callable[[Values, Values, Values], Any] | None = None,
    comm: Any = None,
) -> Iterators | None:
    """Apply a function to the batches of an iterator, one at a time as values are asked for.

    The first batch is computed before this returns. With a communicator the first rank reads the batches
    and deals the samples of each out to all ranks, and their outputs come back to it. If anything goes
    wrong in one rank, it raises in all of them.

    Args:
        func: Called with ``n_input`` lists, an element a sample. Returns a list of outputs, an element a
            sample, or a tuple of such lists.
        iterator: Gives batches: lists of samples. A sample that is a tuple is split into ``n_input`` inputs
            and the rest; any other is an input. Only the first rank's is used.
        n_input: Number of inputs.
        hook: Called after each batch, in the first rank, with the values of this batch: the three that are
            returned, with lists in the place of iterators.
        comm: A ChainerMN communicator, or None for one process.

    Returns:
        Three tuples of iterators over samples: of the inputs, the outputs, and the rest of the samples. What
        is not taken is kept: delete the iterators that are not needed. None in ranks other than the first,
        when all batches are done.

    Raises:
        ValueError: The iterator gives no batch.
        RuntimeError: Something was raised in another rank.
    """
    if comm is not None and comm.rank != 0:
        _follow(func, comm)
        return None
    columns = unzip(_lead(func, iterator, n_input, hook, comm))
    ins, outs, rests = (tuple(map(chain.from_iterable, unzip(column))) for column in columns)
    return ins, outs, rests


def _lead(
    func: Callable[..., Any],
    iterator: Iterable[Any] | None,
    n_input: int,
    hook: Callable[[Values, Values, Values], Any] | None,
    comm: Any,
) -> Generator[Applied, None, None]:
    """Yield inputs, outputs and rests of each batch."""
    failure: str | None = None
    number = -1
    try:
        for number, batch in enumerate(iterator or ()):
            samples = [sample if isinstance(sample, tuple) else (sample,) for sample in batch]
            inputs = [sample[:n_input] for sample in samples]
            if comm is None:
                out_values = _outputs(func, inputs)
            else:
                if number == 0:
                    _warn_of_idle_ranks(len(batch), comm.size)
                out_values = _together(func, inputs, comm)
            in_values = _transposed(inputs)
            rest_values = _transposed([sample[n_input:] for sample in samples])
            if hook is not None:
                hook(in_values, out_values, rest_values)
            yield in_values, out_values, rest_values
        if number < 0:
            raise ValueError(
                'the iterator gives no batch: it is at its end, or its data set is empty'
            )
    except GeneratorExit:  # nobody wants the rest
        raise
    except BaseException as error:
        failure = describe(error)
        raise
    finally:
        if comm is not None:
            comm.mpi_comm.scatter([(None, failure)] * comm.size)


def _follow(func: Callable[..., Any], comm: Any) -> None:
    """Compute what the first rank deals out, until it says that this was all."""
    while True:
        part, failure = comm.mpi_comm.scatter(None)
        if part is None:
            if failure is not None:
                raise RuntimeError(f'rank 0 has stopped: {failure}')
            return
        outcome = _pickled_outcome(func, part)
        comm.gather_obj(_sendable(outcome, comm.rank))
        if isinstance(outcome, BaseException):
            comm.mpi_comm.scatter(None)  # the first rank tells all ranks to stop
            raise outcome


def _together(func: Callable[..., Any], inputs: list[tuple[Any, ...]], comm: Any) -> Values:
    """The outputs of a batch, of which each rank computes a part."""
    ends = [len(inputs) * (rank + 1) // comm.size for rank in range(comm.size)]
    starts = [0, *ends[:-1]]
    parts = [inputs[start:end] for start, end in zip(starts, ends, strict=True)]
    comm.mpi_comm.scatter([(part, None) for part in parts])
    outcome = _pickled_outcome(func, parts[0])
    # Whatever happened here: the others are waiting to hand over theirs.
    outcomes = comm.gather_obj(_sendable(outcome, 0))
    if isinstance(outcome, BaseException):
        raise outcome
    failures = [failure for _, failure in outcomes if failure is not None]
    if failures:
        raise RuntimeError('; '.join(failures))
    values = [pickle.loads(pickled) for pickled, _ in outcomes if pickled is not None]
    return tuple(list(chain.from_iterable(column)) for column in zip(*values, strict=True))


def _pickled_outcome(
    func: Callable[..., Any], part: list[tuple[Any, ...]]
) -> bytes | BaseException | None:
    """The outputs of a part, what was raised instead, or None for an empty part.

    Pickled here, where it may fail: while they are gathered the others would wait for ever.
    """
    try:
        return pickle.dumps(_outputs(func, part), pickle.HIGHEST_PROTOCOL) if part else None
    except BaseException as error:
        return error


def _sendable(outcome: bytes | BaseException | None, rank: int) -> tuple[bytes | None, str | None]:
    """Outputs and failure, one of which is None."""
    if isinstance(outcome, BaseException):
        return None, f'rank {rank}: {describe(outcome)}'
    return outcome, None


def _outputs(func: Callable[..., Any], inputs: list[tuple[Any, ...]]) -> Values:
    values = func(*_transposed(inputs))
    return values if isinstance(values, tuple) else (values,)


def _transposed(samples: list[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*samples, strict=True)))


def _warn_of_idle_ranks(batchsize: int, n_rank: int) -> None:
    if batchsize % n_rank:
        warnings.warn(
            f'batches of {batchsize} samples are dealt out to {n_rank} ranks: some of them wait for the '
            'others. Make the batch size of the iterator a multiple of the number of ranks',
            RuntimeWarning,
            stacklevel=2,
        )
