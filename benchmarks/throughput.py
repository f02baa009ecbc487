"""Images a second of the whole command, and of ``predict`` alone, for images of Cityscapes' size.

``python benchmarks/evaluation.py --throughput`` runs it. What the command does besides (reading, decoding,
counting) should cost nothing: the share says how much of the network's own speed is left.
"""

import argparse
import io
import json
import os
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
from contenders import MODELS
from PIL import Image
from processes import write_weights

from chainercv_seg.cli import evaluate as command
from chainercv_seg.cli.networks import build_network
from chainercv_seg.utils import read_image

SHAPE = (1024, 2048)
#: Files that are different; the others are links to them.
DIFFERENT = 4
#: Of the commands' names.
NAMES = {
    'segnet': 'segnet',
    'pspnet': 'pspnet_resnet50',
    'deeplab': 'deeplab_v3plus_xception65',
}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--throughput', action='store_true', help='images a second, and nothing else'
    )
    parser.add_argument('--gpu', type=int, default=-1, help='number of a GPU (default: the CPU)')
    parser.add_argument('--model', choices=NAMES, default='segnet')
    parser.add_argument('--precision', default='float32')
    parser.add_argument('--images', type=int, default=12, help='default: 12; a GPU wants hundreds')
    parser.add_argument(
        '--measures', default=None, help='what else the command counts, as it takes it'
    )


def write_data(folder: Path, n_image: int, n_class: int) -> list[str]:
    """Write images and label maps; return the options that name them."""
    rng = np.random.RandomState(0)
    for name in ('images', 'labels'):
        (folder / name).mkdir()
    for i in range(n_image):
        paths = [folder / name / f'{i:05}.png' for name in ('images', 'labels')]
        if i >= DIFFERENT:
            for path in paths:
                os.link(path.with_name(f'{i % DIFFERENT:05}.png'), path)
            continue
        blocks = rng.randint(0, n_class, (SHAPE[0] // 32, SHAPE[1] // 32))
        truth = np.kron(blocks, np.ones((32, 32), int)).astype(np.uint8)
        img = np.clip(rng.normal(10 * truth[..., None], 4, (*SHAPE, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(img).save(paths[0])
        Image.fromarray(truth).save(paths[1])
    names = folder / 'names.txt'
    names.write_text('\n'.join(f'class {k}' for k in range(n_class)))
    return ['--dataset', 'folder', '--images', str(folder / 'images'), '--labels',
            str(folder / 'labels'), '--label-names', str(names)]  # fmt: skip


def seconds_of_command(arguments: list[str], folder: Path) -> float:
    """Run the command; return the seconds that its evaluation took."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = command.main([*arguments, '--output', str(folder)])
    if code:
        raise SystemExit(said.getvalue())
    return json.loads((folder / 'result.json').read_text())['seconds']


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Measure; return images a second."""
    n_class = MODELS[options.model].arguments['n_class']
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = write_data(folder, options.images, n_class)
        weights = write_weights(options.model, MODELS[options.model].size, folder)
        arguments = [
            *data, '--model', NAMES[options.model], '--pretrained-model', str(weights),
            '--gpu', str(options.gpu), '--precision', options.precision,
        ]  # fmt: skip
        if MODELS[options.model].arguments.get('flip') is False:
            arguments.append('--no-flip')
        counted = ['--measures', *options.measures.split()] if options.measures else []
        few = max(2, options.images // 6)
        short = seconds_of_command([*arguments, *counted, '--limit', str(few)], folder / 'short')
        whole = seconds_of_command([*arguments, *counted], folder / 'whole')
        parsed = command.parse(command.build_parser(), arguments)
        link = build_network(parsed, label_names=range(n_class))
        images = [read_image(folder / 'images' / f'{i:05}.png') for i in range(DIFFERENT)]
        for img in images[:3]:  # compiles, chooses plans, captures graphs
            link.predict([img])
        start = time.perf_counter()
        for i in range(options.images):
            link.predict([images[i % DIFFERENT]])
        alone = time.perf_counter() - start
    return {
        'predict alone': options.images / alone,
        'command, without its start': (options.images - few) / max(whole - short, 1e-9),
        'command, with it': options.images / whole,
    }


def report(options: argparse.Namespace) -> None:
    rates = measure(options)
    where = 'the CPU' if options.gpu < 0 else f'GPU {options.gpu}'
    print(f'{options.model}, {options.precision}, on {where}, {options.images} images of 1024x2048')
    for name, rate in rates.items():
        print(f'{name:28} {rate:8.2f} images/s {rate / rates["predict alone"]:6.2f} of predict')
