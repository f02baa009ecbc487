"""How the cost of a prediction grows with image size, batch and threads: python benchmarks/growth.py.

Writes a plot of three panels, ``docs/images/growth_segnet.svg``, from medians of interleaved repeats.
"""

import argparse
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import matplotlib

matplotlib.use('svg')

from contenders import MODELS, missing
from matplotlib import pyplot
from processes import Process, write_weights

#: A condition: height and width, images at once, threads.
Condition = tuple[tuple[int, int], int, int]

IMAGES = Path(__file__).parents[1] / 'docs' / 'images'
CONTENDERS = ('plain', 'optimized', 'PyTorch')


def measure(
    model: str, contenders: list[str], conditions: list[Condition], *, repeats: int
) -> dict[tuple[str, Condition], tuple[float, float]]:
    """Measure every contender under every condition.

    Returns:
        Medians of CPU seconds and wall seconds of one image.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        size = MODELS[model].size
        weights = write_weights(model, (64, 64), Path(folder))
        processes = {
            (name, threads): stack.enter_context(
                Process(name, model, weights=weights, size=size, threads=threads)
            )
            for name in contenders
            for threads in sorted({condition[2] for condition in conditions})
        }
        runs: dict[tuple[str, Condition], list[tuple[float, float]]] = {}
        for repeat in range(repeats + 1):
            for condition in conditions:
                size, batch, threads = condition
                for name in contenders:
                    time.sleep(0.3)  # threads of the one before may still ask for work
                    run = processes[name, threads].run(size, batch)
                    if repeat:  # the first one compiles and fills caches
                        seconds = run['cpu'] / batch, run['wall'] / batch
                        runs.setdefault((name, condition), []).append(seconds)
    return {
        key: (statistics.median(x[0] for x in values), statistics.median(x[1] for x in values))
        for key, values in runs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(':')[0])
    # PSPNet is left out: its inputs are tiles of one size.
    parser.add_argument('--model', choices=('segnet', 'deeplab'), default='segnet')
    parser.add_argument('--contenders', nargs='+', choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--quick', action='store_true', help='tiny images, to see that it works')
    parser.add_argument('--output', type=Path, default=IMAGES, help='folder of the plot')
    options = parser.parse_args()
    height, width = (64, 64) if options.quick else MODELS[options.model].size
    contenders = [name for name in options.contenders if missing(name, options.model) is None]

    sizes: list[Condition] = [
        ((round(height * scale / 16) * 16, round(width * scale / 16) * 16), 1, 1)
        for scale in (0.5, 0.75, 1, 1.25)
    ]
    half = sizes[0][0]
    batches: list[Condition] = [(half, batch, 1) for batch in (1, 2, 4)]
    counts = [n for n in (1, 2, 4, 8, 16) if n <= (os.cpu_count() or 1)]
    threads: list[Condition] = [((height, width), 1, count) for count in counts]
    conditions = list(dict.fromkeys([*sizes, *batches, *threads]))
    seconds = measure(options.model, contenders, conditions, repeats=options.repeats)

    panels = (
        ('megapixels, one image, one thread', 'CPU seconds an image', sizes, 0),
        (f'images of {half[0]}x{half[1]} at once, one thread', 'CPU seconds an image', batches, 0),
        (f'threads, one image of {height}x{width}', 'wall seconds an image', threads, 1),
    )
    matplotlib.rcParams['svg.hashsalt'] = 'chainercv_seg'  # the same names in each file
    figure, all_axes = pyplot.subplots(1, 3, figsize=(12, 3.6), layout='constrained')
    for i, (axes, (x_label, y_label, panel, clock)) in enumerate(
        zip(all_axes, panels, strict=True)
    ):
        xs = [(c[0][0] * c[0][1] / 1e6, c[1], c[2])[i] for c in panel]
        for name in contenders:
            ys = [seconds[name, condition][clock] for condition in panel]
            axes.plot(xs, ys, marker='o', label=name)
            points = (f'{x:.2g}: {y:.3f} s' for x, y in zip(xs, ys, strict=True))
            print(f'{x_label}: {name}:', ', '.join(points))
        axes.set(xlabel=x_label, ylabel=y_label, ylim=(0, None), xlim=(0, None))
        axes.set_xticks(xs, [f'{x:.2g}' for x in xs])
    all_axes[0].legend(frameon=False)
    figure.suptitle(MODELS[options.model].link)
    options.output.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.output / f'growth_{options.model}.svg', metadata={'Date': None})


if __name__ == '__main__':
    main()
