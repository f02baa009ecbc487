"""Two tiles of noise that repeat without a seam, from which all textures are made."""

from functools import cache

import numpy as np

SIZE = 512


@cache
def grains() -> np.ndarray:
    """White noise: ``(SIZE, SIZE)`` int32 in [-128, 127], read only."""
    return _tile(0, (1,))


@cache
def clouds() -> np.ndarray:
    """Noise with coarse and fine parts: ``(SIZE, SIZE)`` int32 in [-128, 127], read only."""
    return _tile(1, (128, 64, 32, 16, 8, 4, 2))


def sample(tile: np.ndarray, v: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Look up a tile at integer coordinates of any size, which broadcast."""
    place = (v & (SIZE - 1)) * SIZE + (u & (SIZE - 1))
    return tile.reshape(-1).take(place)  # four times as fast as two indices


def _tile(seed: int, steps: tuple[int, ...]) -> np.ndarray:
    state = np.random.RandomState(seed)
    total = np.zeros((SIZE, SIZE), np.int32)
    for step in steps:
        lattice = state.randint(-128, 128, (SIZE // step, SIZE // step), dtype=np.int32)
        total += step * _stretch(_stretch(lattice, step).T, step).T
    # Sums of several parts crowd around zero: spread them.
    spread = 1 if len(steps) == 1 else 2
    tile = np.clip(spread * total // sum(steps), -128, 127)
    tile.setflags(write=False)
    return tile


def _stretch(lattice: np.ndarray, step: int) -> np.ndarray:
    """Interpolate between the rows, and between the last and the first one."""
    after = np.roll(lattice, -1, axis=0)
    place = np.arange(step, dtype=np.int32)[:, None]
    rows = lattice[:, None] * (step - place) + after[:, None] * place
    return rows.reshape(-1, lattice.shape[1]) // step
