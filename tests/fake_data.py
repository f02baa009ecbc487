"""Writes small data sets of the real layouts: python tests/fake_data.py FOLDER."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def write_camvid(folder, sizes=((24, 32), (24, 32), (19, 27)), splits=('train', 'val', 'test')):
    """CamVid with one image of each size in each split, eleven classes and void (11)."""
    rng = np.random.RandomState(0)
    for split in splits:
        lines = []
        for subfolder in (split, f'{split}annot'):
            (folder / subfolder).mkdir(parents=True, exist_ok=True)
        for i, size in enumerate(sizes):
            name = f'{split}_{i}.png'
            label = np.kron(rng.randint(0, 12, (4, 4)), np.ones((8, 8), int))[: size[0], : size[1]]
            label = label.astype(np.uint8)
            img = np.stack([label * 20, 255 - label * 20, rng.randint(0, 256, label.shape)], axis=2)
            Image.fromarray(img.astype(np.uint8)).save(folder / split / name)
            Image.fromarray(label).save(folder / f'{split}annot' / name)
            lines.append(f'/SegNet/CamVid/{split}/{name} /SegNet/CamVid/{split}annot/{name}\n')
        (folder / f'{split}.txt').write_text(''.join(lines))
    return folder


def write_cityscapes(folder, size=(32, 64), frames=4, ids=range(34)):
    """Cityscapes' val split with label maps of random label ids, void ones among them."""
    rng = np.random.RandomState(0)
    for i in range(frames):
        city, frame = ('lindau', 'munster')[i % 2], f'{i:06}_000019'
        label = np.kron(rng.choice(ids, (8, 16)), np.ones((4, 4), int))[: size[0], : size[1]]
        img = rng.randint(0, 256, (*size, 3))
        for kind, suffix, array in (
            ('leftImg8bit', 'leftImg8bit', img),
            ('gtFine', 'gtFine_labelIds', label),
        ):
            subfolder = folder / kind / 'val' / city
            subfolder.mkdir(parents=True, exist_ok=True)
            path = subfolder / f'{city}_{frame}_{suffix}.png'
            Image.fromarray(array.astype(np.uint8)).save(path)
    return folder


if __name__ == '__main__':
    write_camvid(Path(sys.argv[1]))
