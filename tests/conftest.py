"""Set-up of all tests."""

import chainercv_seg  # noqa: F401  Before Chainer: a test may import Chainer first thing.
