"""Compares the labels of a trained SegNet, optimized and plain: python benchmarks/labels.py.

Prints in how many pixels they differ, and how far apart the scores of the two classes are there, as a
share of the image's largest score: by default on synthetic scenes with the weights in the package.
"""

import argparse
from pathlib import Path

import numpy as np

from chainercv_seg.datasets import CamVidDataset, SyntheticStreetDataset
from chainercv_seg.inference import optimize
from chainercv_seg.inference.score_map import resize_as_image
from chainercv_seg.links import SegNetBasic

# isort: split
import chainer


def compare(link, images):
    """Return numbers of pixels and of those that differ, and the differences of scores in these."""
    fast = optimize(link)
    n_pixel, margins = 0, [np.zeros(0, np.float32)]
    for img in images:
        with chainer.using_config('train', False), chainer.no_backprop_mode():
            scores = resize_as_image(link(img[None]).array[0], img.shape[1:])
        plain, optimized = scores.argmax(axis=0), fast.predict([img])[0]
        y, x = np.nonzero(plain != optimized)
        apart = scores[plain[y, x], y, x] - scores[optimized[y, x], y, x]
        margins.append(apart / np.abs(scores).max())
        n_pixel += plain.size
    return n_pixel, np.concatenate(margins)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition(':')[0])
    parser.add_argument('--camvid', type=Path, metavar='FOLDER', help="CamVid's val images")
    parser.add_argument('--limit', type=int, default=30, help='images (default: 30)')
    options = parser.parse_args(arguments)
    if options.camvid is None:
        link, dataset = SegNetBasic(pretrained_model='synthetic'), SyntheticStreetDataset('test')
    else:
        link = SegNetBasic(pretrained_model='camvid_scratch')
        dataset = CamVidDataset(options.camvid, 'val')
    n_pixel, margins = compare(link, dataset.slice[: options.limit, 'img'])
    print(
        f'{len(margins)} of {n_pixel} pixels differ ({len(margins) / n_pixel:.1e}), '
        f'{np.count_nonzero(margins < 1e-4)} of them between classes whose scores are less than 1e-4 '
        f'apart, all less than {margins.max(initial=0):.1e}'
    )


if __name__ == '__main__':
    main()
