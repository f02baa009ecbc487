"""Times our networks beside other programs, in one run: python benchmarks/peers.py --model segnet.

Ours plain and optimized, ChainerCV (with ``--chainercv PYTHON``), PyTorch, OpenVINO and ONNX Runtime
(where they are installed: ``pip install torch openvino onnx onnxruntime``) predict the label map of one
image with the same weights. Each runs in a process of its own; the repeats are interleaved, so that
whatever else the machine does hits all alike.
"""

import argparse
import os
import platform
import shlex
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from contenders import CONTENDERS, MATMUL_SIZE, MODELS, PEERS, in_precision, missing
from processes import ISAS, Process, write_weights

#: Seconds between runs: threads of the one before may still ask for work, on cores that the next one needs.
REST = 0.5
DEFAULT = 'OpenVINO by default'
MODULES = {'PyTorch': 'torch', 'OpenVINO': 'openvino', 'ONNX Runtime': 'onnxruntime'}


def measure(
    model: str,
    contenders: list[str],
    *,
    size: tuple[int, int],
    threads: int,
    repeats: int,
    chainercv: str | None = None,
    isa: str | None = None,
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, np.ndarray]]:
    """Run all contenders in turn.

    Returns:
        For each contender, and ``'matmul'``, the measurements in the order of the repeats; and for each
        contender its label map.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        weights = write_weights(model, size, Path(folder))
        # Compiled for another processor, kernels are kept where no other run finds them.
        held = {**ISAS[isa], 'NUMBA_CACHE_DIR': folder} if isa else {}
        processes = [
            stack.enter_context(
                Process(
                    name,
                    model,
                    weights=weights,
                    size=size,
                    threads=threads,
                    environment=held,
                    python=(name == 'ChainerCV' and chainercv) or sys.executable,
                )
            )
            for name in [*contenders, 'matmul']
        ]
        for process in processes:  # compiles, fills caches
            process.run()
        runs: dict[str, list[dict[str, Any]]] = {process.contender: [] for process in processes}
        for _ in range(repeats):
            for process in processes:
                time.sleep(REST)
                runs[process.contender].append(process.run())
        labels = {name: np.load(runs[name][-1]['labels']) for name in contenders}
    return runs, labels


def table(
    runs: dict[str, list[dict[str, Any]]], labels: dict[str, np.ndarray], *, clock: str, gmac: float
) -> str:
    """Write the measurements as a Markdown table. Ratios are medians of the ratios of each repeat."""

    def ratio(other: str, name: str) -> float:
        pairs = zip(runs[other], runs[name], strict=True)
        return statistics.median(theirs[clock] / own[clock] for theirs, own in pairs)

    def median(name: str, key: str) -> float:
        return statistics.median(run[key] for run in runs[name])

    peers = [name for name in PEERS if name in labels]
    best = min(peers, key=lambda name: median(name, clock), default=None)
    matmul_gmac = MATMUL_SIZE**3 / 1e9
    default = [DEFAULT] if DEFAULT in labels else []
    rows = [
        f'| | CPU s | wall s | plain / this | {best or "peer"} / this '
        f'{"".join(f"| {name} / this " for name in default)}| direct speed / matmul '
        '| peak GB building | peak GB predicting | labels unlike plain |',
        '|---|' + '---:|' * (8 + len(default)),
    ]
    for name in labels:
        unlike = np.mean(labels[name] != labels['plain'])
        rows.append(
            f'| {name} | {median(name, "cpu"):.3f} | {median(name, "wall"):.3f} '
            f'| {ratio("plain", name):.2f} | {f"{ratio(best, name):.2f}" if best else "-"} '
            f'{"".join(f"| {ratio(other, name):.2f} " for other in default)}'
            f'| {ratio("matmul", name) * gmac / matmul_gmac:.2f} '
            f'| {runs[name][-1]["building"] / 1e9:.2f} | {runs[name][-1]["peak"] / 1e9:.2f} '
            f'| {unlike:.1e} |'
        )
    gflops = 2 * matmul_gmac / median('matmul', clock)
    classes = len(np.unique(labels['plain']))
    return '\n'.join(
        [*rows, '', f'matmul: {gflops:.0f} GFLOP/s; the label map of plain holds {classes} classes']
    )


def machine() -> str:
    """Describe the machine and how busy it is."""
    model = platform.processor() or platform.machine()
    if Path('/proc/cpuinfo').exists():
        lines = Path('/proc/cpuinfo').read_text().splitlines()
        model = next((x.split(':')[1].strip() for x in lines if x.startswith('model name')), model)
    load = ', '.join(f'{x:.1f}' for x in os.getloadavg())
    return (
        f'{model}, {os.cpu_count()} cores, load average before {load}; Python '
        f'{platform.python_version()}, NumPy {np.__version__}'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(':')[0])
    parser.add_argument('--model', choices=MODELS, default='segnet')
    parser.add_argument('--contenders', nargs='+', choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--repeats', type=int, default=7)
    parser.add_argument(
        '--chainercv', metavar='PYTHON', help='interpreter of an environment that has ChainerCV'
    )
    parser.add_argument(
        '--precision',
        nargs='+',
        default=['float32'],
        metavar='NAME',
        help='precisions of ours, optimized; a row each',
    )
    parser.add_argument(
        '--isa', choices=ISAS, help='hold all to these instructions; ONNX Runtime cannot be'
    )
    parser.add_argument('--quick', action='store_true', help='tiny images, to see that it works')
    options = parser.parse_args()
    case = MODELS[options.model]
    size = (64, 64) if options.quick else case.size
    contenders = []
    rows = {'optimized': map(in_precision, options.precision)}
    named = chain.from_iterable(rows.get(name, [name]) for name in options.contenders)
    for name in dict.fromkeys(['plain', *named]):
        reason = missing(name, options.model)
        if name == 'ONNX Runtime' and options.isa:
            reason = 'nothing holds it to some instructions: --isa'
        if name == 'ChainerCV' and options.chainercv is None:
            reason = 'it needs a Python of its time: --chainercv'
        if reason is None:
            contenders.append(name)
        else:
            print(f'left out: {name} ({reason})')
    clock = 'cpu' if options.threads == 1 else 'wall'
    print('python', shlex.join(sys.argv))
    print(f'{case.link}, {size[0]}x{size[1]}, {case.arguments["n_class"]} classes')
    if options.isa:
        print(f'held to {options.isa}: simulated on a processor that has more')
    print(f'{options.threads} threads, {options.repeats} interleaved repeats, medians')
    print(f'ratios of {"CPU" if clock == "cpu" else "wall"} seconds')
    print(machine(), *(f'{x} {version(MODULES[x])}' for x in contenders if x in PEERS), sep=', ')
    runs, labels = measure(
        options.model,
        contenders,
        size=size,
        threads=options.threads,
        repeats=options.repeats,
        chainercv=options.chainercv,
        isa=options.isa,
    )
    gmac = case.gmac * np.prod(size) / np.prod(case.size)
    print(f'\n{table(runs, labels, clock=clock, gmac=gmac)}')


if __name__ == '__main__':
    main()
