"""Which images each rank evaluates."""


def share(n_image: int, rank: int, size: int) -> range:
    """Deal images out to ranks, one after the other.

    Neighbours in a data set resemble one another (the frames of a drive, the images of one size), so that
    dealing them out gives ranks work of the same kind. What a rank gets depends on nothing but these
    numbers: ranks need not agree on anything at run time for each image to be evaluated exactly once.

    Args:
        n_image: Number of images in the data set.
        rank: The rank, from 0 on.
        size: Number of ranks.

    Returns:
        Increasing numbers of images; empty where there are more ranks than images.

    Raises:
        ValueError: There is no such rank, or the number of images is negative.
    """
    if n_image < 0:
        raise ValueError(f'n_image must not be negative, but is {n_image}')
    if not 0 <= rank < size:
        raise ValueError(f'rank must lie in [0, size - 1], but is {rank} of {size}')
    return range(rank, n_image, size)
