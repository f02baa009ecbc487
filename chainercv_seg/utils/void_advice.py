"""What to do about the values that stand for void in files, where classes are expected."""

#: The largest values of 8 and of 16 bits.
_USUAL = (255, 65535)


def void_advice(largest: int) -> str:
    """Tell how void pixels become -1.

    Args:
        largest: The largest label that was found.

    Returns:
        The end of a message; nothing where this does not usually stand for void.
    """
    if largest not in _USUAL:
        return ''
    # Not label[label == 255] = -1, which unsigned integers cannot hold.
    return (
        f'. {largest} usually stands for void pixels in files: turn it into -1, with '
        f'np.where(label == {largest}, -1, label.astype(np.int32))'
    )
