"""Compares the labels of a trained SegNet, optimized and plain: python benchmarks/labels.py.

Prints in how many pixels they differ, and how far apart the scores of the two classes are there, as a
share of the image's largest score: by default on synthetic scenes with the weights in the package. With
``--double`` the same for the plain link in double precision, which shows what rounding alone does: where
two numbers under a pooling window are nearly equal, it decides where the larger one is put back.
"""

import argparse
import copy
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from chainercv_seg.datasets import CamVidDataset, SyntheticStreetDataset
from chainercv_seg.inference import optimize
from chainercv_seg.links import SegNetBasic
from chainercv_seg.transforms import resize

# isort: split
import chainer


def in_double_precision(link: SegNetBasic) -> SegNetBasic:
    """Copy a link whose parameters, and so its arithmetic, are float64."""
    link = copy.deepcopy(link)
    for parameter in link.params():
        parameter.array = parameter.array.astype(np.float64)
    for child in link.links():
        for name in child._persistent:
            value = getattr(child, name)
            if isinstance(value, np.ndarray):
                setattr(child, name, value.astype(np.float64))
    return link


def score_map(link: SegNetBasic, img: np.ndarray) -> np.ndarray:
    """Compute the scores ``(C, H, W)`` float32 of an image."""
    dtype = link.conv1.W.dtype
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        scores = link(img[None].astype(dtype)).array[0]
    assert scores.dtype == dtype
    return resize(scores.astype(np.float32), img.shape[1:])


def compare(
    link: SegNetBasic,
    others: list[Callable[[np.ndarray], np.ndarray]],
    images: Iterable[np.ndarray],
) -> tuple[int, list[np.ndarray]]:
    """Find the pixels where other label maps differ from the plain link's.

    Args:
        link: The plain link.
        others: What makes label maps of an image.
        images: RGB images.

    Returns:
        The number of pixels, and for each of the others the differences of the scores of the two classes
        where they differ.
    """
    n_pixel, margins = 0, [np.zeros(0, np.float32) for _ in others]
    for img in images:
        scores = score_map(link, img)
        plain = scores.argmax(axis=0)
        n_pixel += plain.size
        for i, other in enumerate(others):
            labels = other(img)
            y, x = np.nonzero(plain != labels)
            apart = scores[plain[y, x], y, x] - scores[labels[y, x], y, x]
            margins[i] = np.append(margins[i], apart / np.abs(scores).max())
    return n_pixel, margins


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(':')[0])
    parser.add_argument('--camvid', type=Path, metavar='FOLDER', help="CamVid's val images")
    parser.add_argument('--limit', type=int, default=30, help='images (default: 30)')
    parser.add_argument('--double', action='store_true', help='compare double precision, too')
    options = parser.parse_args(arguments)
    if options.camvid is None:
        link, dataset = SegNetBasic(pretrained_model='synthetic'), SyntheticStreetDataset('test')
    else:
        link = SegNetBasic(pretrained_model='camvid_scratch')
        dataset = CamVidDataset(options.camvid, 'val')
    fast = optimize(link)
    others = {'optimized': lambda img: fast.predict([img])[0]}
    if options.double:
        double = in_double_precision(link)
        others['double precision'] = lambda img: score_map(double, img).argmax(axis=0)
    n_pixel, found = compare(link, list(others.values()), dataset.slice[: options.limit, 'img'])
    for name, margins in zip(others, found, strict=True):
        print(
            f'{name}: {len(margins)} of {n_pixel} pixels differ ({len(margins) / n_pixel:.1e}), '
            f'{np.count_nonzero(margins < 1e-4)} of them between classes whose scores are less than '
            f'1e-4 apart, all less than {margins.max(initial=0):.1e}'
        )


if __name__ == '__main__':
    main()
