import pytest

from chainercv_seg.evaluations.shares import find_share, share, share_of_rank


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


@pytest.mark.parametrize('n_image', [0, 1, 7, 50])
@pytest.mark.parametrize(('total', 'size'), [(1, 3), (3, 1), (4, 3), (8, 60)])
def test_ranks_of_shares_have_each_image_once(n_image, total, size):
    dealt = [
        i
        for number in range(1, total + 1)
        for rank in range(size)
        for i in share_of_rank(n_image, (number, total), rank, size)
    ]
    assert sorted(dealt) == list(range(n_image))


@pytest.mark.parametrize('part', [(0, 3), (4, 3), (1, 0), (-1, 2)])
def test_shares_that_there_are_not_are_refused(part):
    with pytest.raises(ValueError, match='but is'):
        share_of_rank(9, part, 0, 1)


@pytest.mark.parametrize('total', [2, 3, 5, 8])
def test_a_share_is_found_again_by_its_images(total):
    for number in range(1, total + 1):
        assert find_share(share(40, number - 1, total), 40) == (number, total)


@pytest.mark.parametrize('images', [[], [3], [1, 2], [0, 2, 4], [5, 10, 15]])
def test_what_is_no_share_is_not_found(images):
    assert find_share(images, 40) is None
