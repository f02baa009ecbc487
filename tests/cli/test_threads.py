import pytest

from chainercv_seg.cli.threads import threads_of_rank

ALL = frozenset(range(8))


@pytest.mark.parametrize(
    ('cores', 'threads'),
    [
        ([ALL], [8]),
        ([ALL, ALL], [4, 4]),
        ([ALL] * 3, [2, 2, 2]),
        ([ALL] * 20, [1] * 20),
        ([frozenset({0}), frozenset({1})], [1, 1]),  # bound to a core each
        ([frozenset({0, 1, 2, 3}), frozenset({4, 5, 6, 7})], [4, 4]),  # to a socket each
        ([frozenset({0, 1}), frozenset({0, 1}), frozenset({2, 3})], [1, 1, 2]),
    ],
)
def test_cores_are_divided_among_the_ranks_that_may_use_them(cores, threads):
    assert [threads_of_rank(cores, rank) for rank in range(len(cores))] == threads
