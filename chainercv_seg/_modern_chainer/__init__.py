"""All that Chainer 7.8.1 misses on today's Python, NumPy, CuPy and mpi4py."""


def install() -> None:
    """Make a later ``import chainer`` work."""
