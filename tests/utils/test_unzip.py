import gc

import pytest

from chainercv_seg.utils import unzip


def test_columns_can_be_read_in_any_order():
    numbers, letters = unzip([(0, 'a'), (1, 'b'), (2, 'c')])
    assert [next(letters), next(letters), next(numbers), next(letters)] == ['a', 'b', 0, 'c']
    assert list(numbers) == [1, 2]
    assert list(letters) == []


def test_only_the_first_tuple_is_taken_before_it_is_needed():
    taken = []
    source = ((taken.append(i), i) for i in range(5))
    _, numbers = unzip(source)
    assert len(taken) == 1
    next(numbers), next(numbers)
    assert len(taken) == 2


def test_no_tuples_give_no_columns():
    assert unzip([]) == ()


def test_tuples_of_different_lengths_are_an_error():
    numbers, _ = unzip([(1, 2), (1, 2, 3)])
    with pytest.raises(ValueError, match='zip'):
        list(numbers)


def test_values_of_a_deleted_column_are_not_kept():
    class Value:
        alive = 0

        def __init__(self):
            Value.alive += 1

        def __del__(self):
            Value.alive -= 1

    numbers, values = unzip((i, Value()) for i in range(100))
    del values
    for _ in numbers:
        gc.collect(0)
        assert Value.alive <= 1
