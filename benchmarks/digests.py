"""Says which labels and scores optimized networks give, as digests: python benchmarks/digests.py.

A change that shall not move a label is tried by running this file before and after, with one number of
threads: the lines must be the same. It uses nothing but what users call. SegNet has the `synthetic`
weights and drawn streets, the others have random weights: tiles, canvases, flips, scales, odd sizes.
"""

import argparse
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from chainercv_seg import links
from chainercv_seg.datasets import SyntheticStreetDataset
from chainercv_seg.inference import optimize

# isort: split
import chainer

#: Class, arguments and attributes of each case, and the sizes of its images.
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], list[tuple[int, int]]]] = {
    'segnet odd sizes': (
        'SegNetBasic',
        {'pretrained_model': 'synthetic'},
        {'batchsize': 2},
        [(45, 58), (45, 58), (33, 90), (31, 47), (17, 17), (97, 131)],
    ),
    'pspnet tiles': (
        'PSPNetResNet50',
        {'n_class': 5, 'input_size': (75, 60)},
        {'batchsize': 3},
        [(75, 60), (97, 131), (30, 41), (60, 64), (1, 50)],
    ),
    'pspnet scales': (
        'PSPNetResNet50',
        {'n_class': 7, 'input_size': 48},
        {'scales': (0.75, 1.0, 1.3), 'stride_rate': 0.5},
        [(48, 64), (49, 65), (30, 41)],
    ),
    'pspnet without mean and flip': (
        'PSPNetResNet50',
        {'n_class': 5, 'input_size': (97, 113)},
        {'mean': None, 'flip': False},
        [(97, 113), (120, 200)],
    ),
    'deeplab canvases': (
        'DeepLabV3plusXception65',
        {'n_class': 5, 'min_input_size': (41, 57)},
        {'batchsize': 2},
        [(41, 57), (20, 19), (75, 62), (75, 62), (9, 120)],
    ),
    'deeplab scales and flips': (
        'DeepLabV3plusXception65',
        {'n_class': 5, 'min_input_size': 65},
        {'scales': (0.5, 1.0, 1.7), 'flip': True},
        [(66, 71), (40, 90)],
    ),
}


def fill(link: chainer.Link) -> None:
    """Give each weight values that depend only on its name and shape."""
    for name, array in chainer.serializers.npz.serialize(link).items():
        kind = name.rsplit('/', 1)[1]
        rng = np.random.RandomState(zlib.crc32(name.encode()))
        uniform = rng.random_sample(array.shape) if array.ndim else None
        if kind == 'W':
            array[...] = (uniform - 0.5) * np.sqrt(24.0 / np.prod(array.shape[1:]))
        elif kind == 'gamma':
            small = name.endswith(('conv3/bn/gamma', 'separable3/pw_bn/gamma'))
            array[...] = (0.5 + 0.5 * uniform) * (0.2 if small else 1)
        elif kind == 'avg_var':
            array[...] = 0.8 + 0.8 * uniform
        elif kind in ('b', 'beta', 'avg_mean'):
            array[...] = 0.2 * uniform - 0.1


def images(sizes: list[tuple[int, int]]) -> Iterator[np.ndarray]:
    """Draw patches of colours with noise, ``(3, H, W)`` float32."""
    rng = np.random.RandomState(0)
    for height, width in sizes:
        patches = rng.randint(0, 256, (3, height // 6 + 1, width // 6 + 1))
        image = np.kron(patches, np.ones((1, 6, 6)))[:, :height, :width]
        yield (image + rng.randint(-20, 21, image.shape)).clip(0, 255).astype(np.float32)


def digest(labels: Iterable[np.ndarray]) -> str:
    """Digest label maps and their sizes; say how many classes are in them."""
    found, classes = hashlib.sha256(), set()
    for label in labels:
        found.update(repr(label.shape).encode() + label.astype(np.int32).tobytes())
        classes.update(np.unique(label).tolist())
    return f'{found.hexdigest()[:24]} ({len(classes)} classes)'


def scores(link: Any, x: np.ndarray) -> np.ndarray:
    """Compute the scores of network inputs ``(N, 3, H, W)``, as they are before any resizing."""
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        return link.score(x) if hasattr(link, 'score') else link(x).array


def main() -> None:
    """Print two digests a case."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n\n')[0])
    parser.add_argument('--scenes', type=int, default=20, help='drawn streets for SegNet')
    options = parser.parse_args()
    link = optimize(links.SegNetBasic(pretrained_model='synthetic'))
    streets = SyntheticStreetDataset('val')
    scenes = (streets[i][0] for i in range(options.scenes))
    print(f'segnet scenes: {digest(link.predict(scenes))}')
    for name, (class_name, arguments, attributes, sizes) in CASES.items():
        link = getattr(links, class_name)(**arguments)
        if 'pretrained_model' not in arguments:
            fill(link)
        link = optimize(link)
        for attribute, value in attributes.items():
            setattr(link, attribute, value)
        x = np.stack(list(images([(97, 113)] * 2))) / 127.5 - 1
        bits = hashlib.sha256(np.ascontiguousarray(scores(link, x.astype(np.float32))))
        print(f'{name}: {digest(link.predict(images(sizes)))}, scores {bits.hexdigest()[:24]}')


if __name__ == '__main__':
    main()
