"""Draw the pictures of examples/segnet/README.md: `python docs/images/segnet_training.py FIRST SECOND`.

FIRST and SECOND are the output folders of the two trainings on CamVid.
"""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from chainercv_seg.datasets import SyntheticStreetDataset, camvid_label_colors
from chainercv_seg.inference import optimize
from chainercv_seg.links import SegNetBasic
from chainercv_seg.visualizations import label_to_image

FOLDER = Path(__file__).resolve().parents[2] / 'examples' / 'segnet'
SCENES = (1, 4, 7, 11)


def draw_curves(folders):
    """Loss and mIoU by iteration, one training after the other."""
    figure, (loss, miou) = plt.subplots(1, 2, figsize=(9, 3.2), layout='constrained')
    start = 0
    for folder, name in zip(folders, ('crops of 224x288', 'whole images'), strict=True):
        log = json.loads((Path(folder) / 'log').read_text())
        at = np.array([entry['iteration'] for entry in log]) + start
        loss.plot(at, [entry['main/loss'] for entry in log], label=name)
        scored = [i for i, entry in enumerate(log) if 'validation/main/miou' in entry]
        scores = [100 * log[i]['validation/main/miou'] for i in scored]
        miou.plot(at[scored], scores, 'o-', label=name)
        start = at[-1]
    loss.set(xlabel='iteration', ylabel='loss', ylim=(0, 2))
    miou.set(xlabel='iteration', ylabel='mIoU on val, %', ylim=(0, 60))
    miou.legend(loc='lower right')
    figure.savefig(FOLDER / 'curves.png', dpi=110)


def draw_scenes():
    """Image, truth and prediction of test scenes, below one another."""
    link = optimize(SegNetBasic(pretrained_model='synthetic'))
    columns = []
    for i in SCENES:
        img, label = SyntheticStreetDataset('test')[i]
        (pred,) = link.predict([img])
        parts = [img, *(label_to_image(each, camvid_label_colors) for each in (label, pred))]
        columns.append(np.concatenate(parts, axis=1))
    picture = np.concatenate(columns, axis=2).transpose(1, 2, 0).astype(np.uint8)
    Image.fromarray(picture).resize((1280, 720)).save(FOLDER / 'synthetic_scenes.jpg', quality=85)


if __name__ == '__main__':
    draw_curves(sys.argv[1:])
    draw_scenes()
