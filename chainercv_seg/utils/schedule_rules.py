"""The schedules of a learning rate, which need no Chainer."""

import math
from collections.abc import Callable

#: From the share of a training that is done, in [0, 1), to the share of the first rate.
RULES: dict[str, Callable[[float], float]] = {
    'constant': lambda done: 1.0,
    'poly': lambda done: (1 - done) ** 0.9,
    'cosine': lambda done: (1 + math.cos(math.pi * done)) / 2,
}
