"""Writes label_maps.npz. Needs ChainerCV 0.13.1 (Python 3.8, NumPy 1.19, without OpenCV).

Run in the folder above, with Chainer 7.8.1 and nothing of this project installed:
``PYTHONPATH=. python data/make_label_maps.py``
"""

import os
from types import SimpleNamespace

import numpy as np
from chainercv.experimental.links import PSPNetResNet50
from chainercv.links import SegNetBasic
from chainercv.links.model.deeplab import DeepLabV3plus
from prediction import CASES, build, images

HERE = os.path.dirname(os.path.abspath(__file__))
LINKS = SimpleNamespace(
    DeepLabV3plus=DeepLabV3plus, PSPNetResNet50=PSPNetResNet50, SegNetBasic=SegNetBasic
)


def main():
    maps = {}
    for name in CASES:
        labels = build(LINKS, name).predict(images(name))
        for i, label in enumerate(labels):
            maps[f'{name}/{i}'] = label.astype(np.uint8)
        print(name, [len(np.unique(label)) for label in labels])
    np.savez_compressed(os.path.join(HERE, 'label_maps.npz'), **maps)


if __name__ == '__main__':
    main()
