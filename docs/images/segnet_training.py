"""Draw the pictures of examples/segnet/README.md: `python docs/images/segnet_training.py NAME FOLDER...`.

The folders are those of trainings on CamVid, each begun with the weights of the one before; their curves go
into NAME beside that README: `curves.png` of first and second, `more_curves.png` of the others.
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


def draw_curves(name, folders):
    """Loss and mIoU by iteration, one training after the other; of averages with broken lines."""
    figure, (loss, miou) = plt.subplots(1, 2, figsize=(9, 3.2), layout='constrained')
    start = 0
    for folder in map(Path, folders):
        log = json.loads((folder / 'log').read_text())
        at = np.array([entry['iteration'] for entry in log]) + start
        (line,) = loss.plot(at, [entry['main/loss'] for entry in log], label=folder.name)
        for network, style in (('validation', 'o-'), ('average', 's--')):
            key = f'{network}/main/miou'
            scored = [i for i, entry in enumerate(log) if key in entry]
            scores = [100 * log[i][key] for i in scored]
            more = {'label': folder.name} if network == 'validation' else {}
            miou.plot(at[scored], scores, style, color=line.get_color(), **more)
        start = at[-1]
    loss.set(xlabel='iteration', ylabel='loss', ylim=(0, None))
    miou.set(xlabel='iteration', ylabel='mIoU on val, %')
    miou.legend(loc='lower right')
    figure.savefig(FOLDER / name, dpi=110)


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
    draw_curves(sys.argv[1], sys.argv[2:])
    draw_scenes()
