"""Which images each rank, or each process of its own, evaluates."""

from collections.abc import Sequence


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


def share_of_rank(n_image: int, part: tuple[int, int], rank: int, size: int) -> range:
    """Deal the images of a share out to ranks.

    Args:
        n_image: Number of images in the data set.
        part: Which share, from 1 on, of how many: ``(2, 8)`` is the second of each eight images.
        rank: The rank, from 0 on.
        size: Number of ranks.

    Returns:
        As of :func:`share`.

    Raises:
        ValueError: There is no such share, or no such rank.
    """
    number, total = part
    images = share(n_image, number - 1, total)
    return images[share(len(images), rank, size).start :: size]


def find_share(images: Sequence[int], n_image: int) -> tuple[int, int] | None:
    """Tell which share some images are, if they are one.

    Args:
        images: Increasing numbers of images.
        n_image: Number of images in the data set.

    Returns:
        The share, from 1 on, and of how many; None where they are none, or it cannot be told.
    """
    if len(images) < 2:
        return None
    first, size = images[0], images[1] - images[0]
    if first >= size or list(images) != list(share(n_image, first, size)):
        return None
    return first + 1, size
