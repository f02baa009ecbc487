"""Building PSPNetResNet101 with weights, beside reading the same file with NumPy.

The goal is a ratio of at most 1.5: python benchmarks/construction.py
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from chainercv_seg.links import PSPNetResNet101

# isort: split
import chainer  # importable since chainercv_seg is imported

RUNS = 9


def read(path: Path) -> None:
    """Read every array of the file: what any loading has to do."""
    with np.load(path) as npz:
        kept = [npz[name] for name in npz.files]
    del kept


def build(path: Path) -> None:
    """Construct the network with the file."""
    PSPNetResNet101(n_class=19, pretrained_model=path)


def seconds(function: Callable[[Path], None], path: Path) -> tuple[float, float]:
    """Measure one call: seconds of this process, and seconds passed."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    function(path)
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Measure both in turn and print the ratio of the medians."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'weights.npz'
        network = PSPNetResNet101(n_class=19)
        chainer.serializers.save_npz(str(path), network, compression=False)
        print(f'{path.stat().st_size / 2**20:.0f} MiB, median of {RUNS} interleaved runs')
        runs = [(seconds(read, path), seconds(build, path)) for _ in range(RUNS + 1)][1:]
    for i, clock in enumerate(('CPU', 'wall')):
        reading = statistics.median(run[0][i] for run in runs)
        building = statistics.median(run[1][i] for run in runs)
        print(
            f'{clock:4s} np.load {reading:.3f} s  PSPNetResNet101 {building:.3f} s  '
            f'ratio {building / reading:.2f}'
        )


if __name__ == '__main__':
    main()
