"""Draws synthetic_street.jpg, the README's picture: python docs/images/synthetic_street.py."""

from pathlib import Path

import numpy as np
from PIL import Image

from chainercv_seg.datasets import SyntheticStreetDataset, camvid_label_colors
from chainercv_seg.visualizations import label_to_image

#: Scenes of train that show all classes, in several kinds of light.
SCENES = ((3, 7, 8), (16, 29, 20))


def main() -> None:
    """Write scenes, and below each its label map."""
    dataset = SyntheticStreetDataset('train', size=(180, 240))
    rows = []
    for numbers in SCENES:
        samples = dataset[list(numbers)]
        rows.append(np.concatenate([img for img, _ in samples], axis=2))
        labels = [label_to_image(label, camvid_label_colors) for _, label in samples]
        rows.append(np.concatenate(labels, axis=2))
    picture = Image.fromarray(np.concatenate(rows, axis=1).astype(np.uint8).transpose(1, 2, 0))
    picture.save(Path(__file__).with_suffix('.jpg'), quality=88)


if __name__ == '__main__':
    main()
