"""Contenders from outside: their processes, and the weights that they share."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

import numpy as np
from contenders import build_link

#: By instruction set, what holds ours and those peers to it that can be held, on a processor that has more.
ISAS = {
    'avx2': {
        'NUMBA_CPU_NAME': 'haswell',
        'NUMBA_CPU_FEATURES': '+64bit,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+movbe,+popcnt,+sse,+sse2,'
        '+sse3,+sse4.1,+sse4.2,+ssse3,+xsave,-avx512f',
        'OPENBLAS_CORETYPE': 'Haswell',
        'ONEDNN_MAX_CPU_ISA': 'AVX2',
        'ATEN_CPU_CAPABILITY': 'avx2',
    }
}


class Process:
    """A contender in a process of its own, with its own Python. See ``contenders.py``."""

    def __init__(
        self,
        contender: str,
        model: str,
        *,
        weights: Path,
        size: tuple[int, int],
        threads: int,
        environment: Mapping[str, str] = MappingProxyType({}),
        python: str = sys.executable,
    ) -> None:
        self.contender = contender
        self.size = size
        names = ('OMP', 'OPENBLAS', 'MKL', 'NUMBA')
        self.process = subprocess.Popen(
            [
                *(python, Path(__file__).with_name('contenders.py'), contender, model),
                *map(str, (weights, *size, threads)),
            ],
            env={
                **os.environ,
                **{f'{name}_NUM_THREADS': str(threads) for name in names},
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, size: tuple[int, int] | None = None, batch: int = 1) -> dict[str, Any]:
        """Predict once: seconds ``cpu`` and ``wall``, bytes ``peak`` and ``building``, ``labels``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        height, width = size or self.size
        try:
            self.process.stdin.write(f'{height} {width} {batch}\n')
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its answer, which does not come, says so
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(
                f'{self.contender} ended with exit code {self.process.wait()}; what it said is above'
            )
        return json.loads(answer)

    def __enter__(self) -> 'Process':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()


def write_weights(model: str, size: tuple[int, int], folder: Path) -> Path:
    """Write random weights under which maps neither vanish nor explode and many classes occur."""
    np.random.seed(0)
    link = build_link(model, size)
    # isort: split
    import chainer

    for name, parameter in link.namedparams():
        if name.endswith('/W'):
            fan_in = np.prod(parameter.shape[1:])
            scale = np.sqrt(2 / fan_in)
            parameter.array[...] = np.random.normal(0, scale, parameter.shape)
        elif name.endswith(('/beta', '/b')):
            parameter.array[...] = np.random.uniform(-1, 1, parameter.shape)
    path = folder / 'weights.npz'
    chainer.serializers.save_npz(str(path), link, compression=False)
    return path
