import pytest

from chainercv_seg.evaluations.shares import share


@pytest.mark.parametrize('n_image', [0, 1, 2, 7, 500])
@pytest.mark.parametrize('size', [1, 2, 3, 4, 600])
def test_each_image_is_in_exactly_one_share(n_image, size):
    dealt = [i for rank in range(size) for i in share(n_image, rank, size)]
    assert sorted(dealt) == list(range(n_image))


@pytest.mark.parametrize('size', [1, 2, 3, 4, 600])
def test_shares_differ_by_one_image_at_most_and_keep_the_order(size):
    shares = [share(500, rank, size) for rank in range(size)]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(list(own) == sorted(own) for own in shares)


@pytest.mark.parametrize(
    ('n_image', 'rank', 'size'), [(5, 2, 2), (5, -1, 2), (5, 0, 0), (-1, 0, 1)]
)
def test_impossible_shares_are_refused(n_image, rank, size):
    with pytest.raises(ValueError, match='but is'):
        share(n_image, rank, size)
