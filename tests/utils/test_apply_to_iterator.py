import threading
import warnings

import pytest

from chainercv_seg.utils import apply_to_iterator
from tests.communicators import run_ranks

SIZES = [None, 1, 2, 3]


def apply(size, func, batches, **arguments):
    """The three tuples as lists, from one process or the first of several ranks."""

    def run(comm):
        values = apply_to_iterator(
            func, iter(batches) if comm is None or comm.rank == 0 else None, comm=comm, **arguments
        )
        if comm is not None and comm.rank > 0:
            assert values is None
            return None
        return tuple([list(column) for column in part] for part in values)

    if size is None:
        return run(None)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)
        results = run_ranks(size, run)
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        assert len(errors) == size  # all ranks end
        raise errors[0]
    return results[0]


@pytest.mark.parametrize('size', SIZES)
def test_samples_that_are_no_tuples_are_inputs(size):
    batches = [[1, 2, 3], [4, 5], [6]]
    ins, outs, rests = apply(size, lambda xs: [10 * x for x in xs], batches)
    assert ins == [[1, 2, 3, 4, 5, 6]]
    assert outs == [[10, 20, 30, 40, 50, 60]]
    assert rests == []


@pytest.mark.parametrize('size', SIZES)
def test_tuples_are_split_and_several_outputs_kept_apart(size):
    batches = [[(1, 2, 'a', 'A'), (3, 4, 'b', 'B')], [(5, 6, 'c', 'C')]]

    def func(xs, ys):
        sums = [x + y for x, y in zip(xs, ys, strict=True)]
        return sums, [str(x) for x in xs]

    ins, outs, rests = apply(size, func, batches, n_input=2)
    assert ins == [[1, 3, 5], [2, 4, 6]]
    assert outs == [[3, 7, 11], ['1', '3', '5']]
    assert rests == [['a', 'b', 'c'], ['A', 'B', 'C']]


@pytest.mark.parametrize('size', SIZES)
def test_a_sample_that_is_a_list_is_one_input(size):
    ins, outs, rests = apply(size, lambda xs: [sum(x) for x in xs], [[[1, 2], [3, 4]]])
    assert (ins, outs, rests) == ([[[1, 2], [3, 4]]], [[3, 7]], [])


@pytest.mark.parametrize('size', SIZES)
def test_the_hook_sees_the_values_of_each_batch(size):
    seen = []
    apply(
        size,
        lambda xs: [-x for x in xs],
        [[(1, 'a'), (2, 'b')], [(3, 'c')]],
        hook=lambda *values: seen.append(values),
    )
    assert seen == [(([1, 2],), ([-1, -2],), (['a', 'b'],)), (([3],), ([-3],), (['c'],))]


def test_batches_are_computed_as_they_are_asked_for_the_first_at_once():
    computed = []

    def func(xs):
        computed.append(xs)
        return xs

    _, (outs,), _ = apply_to_iterator(func, iter([[1, 2], [3], [4]]))
    assert computed == [[1, 2]]
    assert [next(outs), next(outs)] == [1, 2]
    assert computed == [[1, 2]]
    assert next(outs) == 3
    assert computed == [[1, 2], [3]]


def test_each_rank_computes_an_even_part_of_each_batch():
    def run(comm):
        parts = []

        def func(xs):
            parts.append(len(xs))
            return xs

        batches = iter([range(6), range(4), range(1)]) if comm.rank == 0 else None
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', RuntimeWarning)
            values = apply_to_iterator(func, batches, comm=comm)
        if comm.rank == 0:
            assert list(values[1][0]) == [*range(6), *range(4), 0]
        return parts

    parts = run_ranks(3, run)
    assert [part[0] for part in parts] == [2, 2, 2]
    assert sum(map(sum, parts)) == 11
    assert max(map(sum, parts)) - min(map(sum, parts)) <= 2


def test_a_batch_size_that_leaves_ranks_idle_is_warned_of_once():
    def run(comm):
        if comm.rank > 0:
            return apply_to_iterator(list, None, comm=comm)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            _, (outs,), _ = apply_to_iterator(list, iter([[1, 2, 3], [4]]), comm=comm)
            list(outs)
        return [str(warning.message) for warning in caught]

    (message,), _ = run_ranks(2, run)
    assert 'batches of 3 samples are dealt out to 2 ranks' in message


@pytest.mark.parametrize('size', SIZES)
def test_no_batch_is_an_error(size):
    with pytest.raises(ValueError, match='the iterator gives no batch'):
        apply(size, list, [])


class Broken(Exception):
    pass


@pytest.mark.parametrize('where', ['func of 0', 'func of 1', 'func of 2', 'iterator', 'hook'])
@pytest.mark.parametrize('batch', [0, 2])
def test_whatever_fails_no_rank_waits_for_the_one_that_failed(where, batch):
    def run(comm):
        calls = []

        def func(xs):
            calls.append(xs)
            if where == f'func of {comm.rank}' and len(calls) == batch + 1:
                raise Broken('glass')
            return xs

        def batches():
            for i in range(4):
                if where == 'iterator' and i == batch:
                    raise Broken('glass')
                yield [1, 2, 3]

        def hook(*values):
            if where == 'hook' and len(calls) == batch + 1:
                raise Broken('glass')

        values = apply_to_iterator(
            func, batches() if comm.rank == 0 else None, hook=hook, comm=comm
        )
        if comm.rank == 0:
            list(values[1][0])

    guilty = int(where[-1]) if where.startswith('func') else 0
    errors = run_ranks(3, run)
    assert isinstance(errors[guilty], Broken)
    for rank in {0, 1, 2} - {guilty}:
        assert isinstance(errors[rank], RuntimeError)
        assert 'Broken: glass' in str(errors[rank])
        assert guilty == 0 or f'rank {guilty}' in str(errors[rank])


@pytest.mark.parametrize('guilty', [0, 1, 2])
def test_no_rank_waits_for_one_whose_output_cannot_be_pickled(guilty):
    def run(comm):
        def func(xs):
            return [threading.Lock() for _ in xs] if comm.rank == guilty else xs

        return apply_to_iterator(func, iter([[1, 2, 3]]) if comm.rank == 0 else None, comm=comm)

    errors = run_ranks(3, run)
    assert all(isinstance(error, Exception) for error in errors)
    assert all('pickle' in str(error) for error in errors)


def test_ranks_end_where_the_first_loses_interest():
    def run(comm):
        values = apply_to_iterator(list, iter([[1, 2]] * 9) if comm.rank == 0 else None, comm=comm)
        if comm.rank == 0:
            next(values[1][0])
        del values
        return 'ended'

    assert run_ranks(2, run) == ['ended', 'ended']
