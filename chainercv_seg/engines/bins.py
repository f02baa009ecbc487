"""Where bins over an axis begin and end."""


def bin_edges(length: int, bins: int) -> list[tuple[int, int]]:
    """Tell where bins over an axis begin and end: all of it is in one, and neighbours may overlap by one.

    Args:
        length: Of the axis.
        bins: How many there are.
    """
    return [(i * length // bins, -(-(i + 1) * length // bins)) for i in range(bins)]
