"""Writes small data sets of the real layouts: python tests/fake_data.py FOLDER."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from chainercv_seg.datasets import voc_label_format


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


def write_cityscapes(
    folder, size=(32, 64), frames=4, ids=range(34), splits=('val',), truth='gtFine'
):
    """Cityscapes with label maps of random label ids, void ones among them; images alone for test."""
    rng = np.random.RandomState(0)
    for split in splits:
        for i in range(frames):
            city, frame = ('lindau', 'munster')[i % 2], f'{i:06}_000019'
            label = np.kron(rng.choice(ids, (8, 16)), np.ones((4, 4), int))[: size[0], : size[1]]
            files = [('leftImg8bit', 'leftImg8bit', rng.randint(0, 256, (*size, 3)))]
            if split != 'test':
                files.append((truth, f'{truth}_labelIds', label))
            for kind, suffix, array in files:
                subfolder = folder / kind / split / city
                subfolder.mkdir(parents=True, exist_ok=True)
                path = subfolder / f'{city}_{frame}_{suffix}.png'
                Image.fromarray(array.astype(np.uint8)).save(path)
    return folder


def write_ade20k(folder, sizes=((24, 32), (19, 27), (32, 20)), splits=('train', 'val', 'test')):
    """ADE20K with one image of each size in each split, 150 classes from 1 on and void (0)."""
    rng = np.random.RandomState(0)
    root = folder / 'ADEChallengeData2016'
    for split in splits:
        kind = {'train': 'training', 'val': 'validation', 'test': 'testing'}[split]
        images = folder / 'release_test' / kind if split == 'test' else root / 'images' / kind
        images.mkdir(parents=True, exist_ok=True)
        for i, size in enumerate(sizes, 1):
            name = f'ADE_{split}_{i:08}'
            Image.fromarray(rng.randint(0, 256, (*size, 3), np.uint8)).save(images / f'{name}.jpg')
            if split != 'test':
                labels = root / 'annotations' / kind
                labels.mkdir(parents=True, exist_ok=True)
                label = rng.randint(0, 151, size, np.uint8)
                Image.fromarray(label).save(labels / f'{name}.png')
    return folder


def write_voc(folder, sizes=((24, 32), (19, 27), (32, 20)), splits=('train', 'val'), aug=False):
    """VOC2012, ``folder`` itself, with one image of each size in each split, and void (-1 as 255).

    With ``aug`` also trainaug: train, and one more image, with grey label maps.
    """
    rng = np.random.RandomState(0)
    for name in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    ids = {
        split: [f'200{number}_{i:06}' for i in range(len(sizes))]
        for number, split in enumerate(splits, 7)
    }
    labels = {}
    for id_, size in zip((id_ for some in ids.values() for id_ in some), sizes * 9, strict=False):
        img = rng.randint(0, 256, (*size, 3), np.uint8)
        labels[id_] = rng.randint(-1, 21, size)
        Image.fromarray(img).save(folder / 'JPEGImages' / f'{id_}.jpg')
        voc_label_format.write(labels[id_], folder / 'SegmentationClass' / f'{id_}.png')
    ids['trainval'] = sorted(id_ for some in ids.values() for id_ in some)
    if aug:
        ids['trainaug'] = [*ids[splits[0]], ids[splits[-1]][-1]]
        (folder / 'SegmentationClassAug').mkdir()
        for id_ in ids['trainaug']:
            label = labels[id_].astype(np.uint8)  # -1 becomes 255
            Image.fromarray(label).save(folder / 'SegmentationClassAug' / f'{id_}.png')
    for split, some in ids.items():
        text = ''.join(f'{id_}\n' for id_ in some)
        (folder / 'ImageSets' / 'Segmentation' / f'{split}.txt').write_text(text)
    return folder


def main(folder):
    """Write them all, each in a folder of its own."""
    write_camvid(folder / 'camvid')
    write_cityscapes(folder / 'cityscapes', splits=('train', 'val', 'test'))
    splits = ('train', 'val', 'train_extra')
    write_cityscapes(folder / 'cityscapes', splits=splits, truth='gtCoarse')
    write_ade20k(folder / 'ade20k')
    write_voc(folder / 'voc' / 'VOCdevkit' / 'VOC2012', aug=True)


if __name__ == '__main__':
    main(Path(sys.argv[1]))
