"""Times our networks on a GPU beside PyTorch and ONNX Runtime: python benchmarks/gpu.py --out FOLDER.

In one run and in turn: ours (plain, and optimized in each precision), PyTorch (eagerly, in a CUDA graph,
compiled; float32 without TF32, TF32, float16; both layouts) and, where it is installed, ONNX Runtime. What is
measured: ``predict`` of one image and of eight, from host array to host labels; an iteration of training;
memory; labels unlike plain. A table, and ``gpu.json``, written after every step: a run that is cut short has
what it had.

Each side has a process of its own (`gpu_side.py`). Every step has a time limit: a process that exceeds it is
ended and started anew without what it was at. What there is no time left for is left out, which is said; what
takes long to build comes last. It runs from a source tree, which has to be on the path, as have chainer,
pooch, platformdirs and the frontend: ``PYTHONPATH=.:PACKAGES python benchmarks/gpu.py``.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gpu_table import table
from gpu_worker import Worker
from processes import write_weights

from chainercv_seg.utils.devices import check_gpu
from chainercv_seg.utils.errors import DeviceError

SIDES = ('ours', 'torch', 'onnx')
#: For each network the size of an image, and number, height and width of the crops of its training.
NETWORKS = {
    'segnet': ((360, 480), (4, 360, 480)),
    'pspnet': ((473, 473), (2, 473, 473)),
    'deeplab': ((513, 513), (2, 513, 513)),
}
QUICK = ((64, 64), (2, 64, 64))
#: Seconds that a step may take.
LIMITS = {'variants': 60.0, 'build': 40.0, 'slow': 90.0, 'predict': 20.0, 'train': 40.0}
#: Numbers of images; for each how often variants take turns, and how often each predicts at a turn.
BATCHES = {1: (3, 7), 8: (2, 3)}
#: Iterations of training that count.
ITERATIONS = 7

Results = dict[str, Any]


class Run:
    """The measurements of a network.

    Args:
        workers: By the name of their side.
        results: Where they are written: by side and variant.
        save: Writes all to the disk.
        end: When the time is up, on `time.monotonic`'s clock.
    """

    def __init__(
        self, workers: dict[str, Worker], results: Results, save: Any, folder: Path, end: float
    ) -> None:
        self.workers, self.results, self.save, self.folder = workers, results, save, folder
        self.end = end
        self.variants: dict[str, dict[str, list[str]]] = {}

    def ask(self, side: str, limit: str, **request: Any) -> Results:
        """Ask a side, within the time that is left."""
        left = self.end - time.monotonic()
        seconds = min(LIMITS[limit], left)
        if seconds < 1:
            return {'error': 'left out: no time left'}
        starting = min(LIMITS['variants'], left - seconds)
        return self.workers[side].ask(request, seconds, starting=starting)

    def everything(self) -> None:
        """Measure all, what matters most first."""
        for side in self.workers:
            answer = self.ask(side, 'variants', do='variants')
            if 'error' in answer:
                self.results[side] = answer
                self.save()
            else:
                self.variants[side] = answer
                self.results[side] = {'variants': {}}
        self.build('predict')
        self.predict()
        self.train()
        if self.build('slow'):
            self.predict()

    def record(self, side: str, variant: str) -> Results:
        """Where what is found of a variant is written."""
        return self.results[side]['variants'].setdefault(variant, {})

    def build(self, kind: str) -> bool:
        """Build variants; tell whether there are any."""
        built = False
        for side, variant in self.turns(kind):
            labels = self.folder / f'{side} {variant}.npy'
            limit = 'slow' if kind == 'slow' else 'build'
            answer = self.ask(side, limit, do='build', variant=variant, labels=str(labels))
            self.record(side, variant)['build'] = answer
            built |= 'error' not in answer
            self.say(side, variant, 'build', answer)
        return built

    def predict(self) -> None:
        """Let all that is built predict in turn."""
        for batch, (rounds, repeats) in BATCHES.items():
            for _ in range(rounds):
                for side, variant in [*self.turns('predict'), *self.turns('slow')]:
                    record = self.record(side, variant)
                    found = record.setdefault(f'predict {batch}', {'ms': []})
                    if 'error' in record.get('build', {'error': ''}) or 'error' in found:
                        continue
                    answer = self.ask(
                        side, 'predict', do='predict', variant=variant, batch=batch, repeats=repeats
                    )
                    found['ms'] += answer.pop('ms', [])
                    found.update(answer)
                    self.save()
                    if 'error' in answer:
                        self.say(side, variant, f'predict {batch}', answer)

    def train(self) -> None:
        """Let all that trains do so in turn."""
        for side, variant in self.turns('train'):
            answer = self.ask(side, 'train', do='train', variant=variant, repeats=ITERATIONS)
            self.record(side, f'train {variant}')['train'] = answer
            self.say(side, variant, 'train', answer)

    def turns(self, kind: str) -> list[tuple[str, str]]:
        """Sides and variants in turn: one of each side, then the next of each."""
        names = {side: found[kind] for side, found in self.variants.items()}
        most = max(map(len, names.values()), default=0)
        return [(side, own[i]) for i in range(most) for side, own in names.items() if i < len(own)]

    def say(self, side: str, variant: str, step: str, answer: Results) -> None:
        """Write to the disk, and to the screen in short."""
        self.save()
        print(f'  {side} {variant}, {step}: {json.dumps(answer)[:160]}', flush=True)


def describe(gpu: int) -> Results:
    """The GPU and the versions, as far as they can be told."""
    versions: Results = {'python': sys.version.split()[0]}
    for name in ('cupy', 'cudnn', 'torch', 'onnxruntime'):
        try:
            versions[name] = __import__(name).__version__
        except Exception:
            versions[name] = 'missing'
    if gpu >= 0:
        import cupy

        name = cupy.cuda.runtime.getDeviceProperties(gpu)['name']
        versions['gpu'] = name.decode() if isinstance(name, bytes) else name
        versions['driver'] = cupy.cuda.runtime.driverGetVersion()
    return versions


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description='Time the networks on a GPU beside others.')
    parser.add_argument(
        '--gpu', type=int, default=0, help='number of the GPU (default: 0); -1: the CPU'
    )
    parser.add_argument('--networks', nargs='+', choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument('--sides', nargs='+', choices=SIDES, default=list(SIDES))
    parser.add_argument('--seconds', type=float, default=340, help='for all of it (default: 340)')
    parser.add_argument('--out', type=Path, default=Path('gpu_results'), metavar='FOLDER')
    parser.add_argument('--quick', action='store_true', help='tiny images, to see that it works')
    options = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        if options.gpu >= 0:
            check_gpu(options.gpu)
    except DeviceError as error:
        print(f'skipped: {error}')
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    results: Results = {'with': describe(options.gpu), 'networks': {}}

    def save() -> None:
        path = options.out / 'gpu.json'
        path.with_suffix('.new').write_text(json.dumps(results, indent=1))
        path.with_suffix('.new').replace(path)

    print(json.dumps(results['with']), flush=True)
    for number, name in enumerate(options.networks):
        size, crops = QUICK if options.quick else NETWORKS[name]
        left = options.seconds - (time.monotonic() - start)
        end = time.monotonic() + left / (len(options.networks) - number)
        print(f'{name}, {size[0]}x{size[1]}: {left:.0f} s left for all', flush=True)
        with tempfile.TemporaryDirectory() as folder:
            weights = write_weights(name, size, Path(folder))
            workers = {
                side: Worker(side, name, weights, size, options.gpu, crops)
                for side in options.sides
            }
            found = results['networks'].setdefault(name, {})
            try:
                Run(workers, found, save, Path(folder), end).everything()
            finally:
                for worker in workers.values():
                    worker.close()
            text = f'\n{name}, {size[0]}x{size[1]}\n\n{table(found, Path(folder))}\n'
        print(text, flush=True)
        with (options.out / 'gpu.md').open('w' if number == 0 else 'a') as file:
            file.write(text)
        save()
    return 0


if __name__ == '__main__':
    sys.exit(main())
