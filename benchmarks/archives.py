"""Processor time of an image and its label map out of archives, beside that out of files.

Synthetic streets are written as a data set of CamVid: as files, as a zip (stored and deflated), as a tar.
Each round reads all of them from each in turn, another one first, so that what else the machine does falls on
all alike.

Run: python benchmarks/archives.py
"""

import argparse
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from chainercv_seg.datasets import CamVidDataset, SyntheticStreetDataset

FOLDER = 'files'


def write_files(root: Path, n: int, scale: int) -> None:
    """Write ``n`` images of 360 x 480 pixels, enlarged by ``scale``, as CamVid's test split."""
    for name in ('test', 'testannot'):
        (root / name).mkdir(parents=True)
    lines = []
    for i, (img, label) in enumerate(SyntheticStreetDataset('test').slice[:n]):
        pixels = img.transpose(1, 2, 0).astype(np.uint8).repeat(scale, 0).repeat(scale, 1)
        values = np.where(label < 0, 11, label).astype(np.uint8).repeat(scale, 0).repeat(scale, 1)
        Image.fromarray(pixels).save(root / 'test' / f'{i}.png')
        Image.fromarray(values).save(root / 'testannot' / f'{i}.png')
        lines.append(f'/SegNet/CamVid/test/{i}.png /SegNet/CamVid/testannot/{i}.png\n')
    (root / 'test.txt').write_text(''.join(lines))


def pack(root: Path, folder: Path) -> dict[str, Path]:
    """Write the archives, each into a folder of its own."""
    paths = [path for path in sorted(root.rglob('*')) if path.is_file()]
    packed = {}
    for name, method in (('zip, stored', zipfile.ZIP_STORED), ('zip', zipfile.ZIP_DEFLATED)):
        packed[name] = folder / name / 'CamVid.zip'
        packed[name].parent.mkdir()
        with zipfile.ZipFile(packed[name], 'w', method) as archive:
            for path in paths:
                archive.write(path, f'CamVid/{path.relative_to(root)}')
    packed['tar'] = folder / 'tar' / 'CamVid.tar'
    packed['tar'].parent.mkdir()
    with tarfile.open(packed['tar'], 'w') as file:
        file.add(root, 'CamVid')
    return {FOLDER: root, **packed}


def seconds(read: Callable[[], object]) -> float:
    """Processor time of a call, the system's included."""
    start = time.process_time()
    read()
    return time.process_time() - start


def compare(n: int, scale: int, rounds: int) -> None:
    """Print the medians over rounds."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / 'CamVid'
        write_files(root, n, scale)
        places = pack(root, Path(temporary))
        datasets = {name: CamVidDataset(path, 'test') for name, path in places.items()}
        times: dict[str, list[float]] = {name: [] for name in datasets}
        for number in range(rounds):
            names = list(datasets)
            for name in names[number % 4 :] + names[: number % 4]:
                dataset = datasets[name]
                times[name].append(
                    seconds(lambda dataset=dataset: [dataset[i] for i in range(n)]) / n
                )
    print(f'{360 * scale} x {480 * scale} pixels, {n} images, {rounds} rounds:')
    for name, found in times.items():
        for what, of in (('median', np.median), ('least', np.min)):
            share = of(found) / of(times[FOLDER])
            print(
                f'  {name:<12} {what:<6} {1000 * of(found):6.2f} ms an image, {share:.2f} of files'
            )


def main() -> None:
    """Measure images of two sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--images', type=int, default=50, help='images (default: 50)')
    parser.add_argument('--rounds', type=int, default=15, help='rounds (default: 15)')
    options = parser.parse_args()
    compare(options.images, 1, options.rounds)
    compare(max(2, options.images // 8), 4, max(3, options.rounds // 2))


if __name__ == '__main__':
    main()
