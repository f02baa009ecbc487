"""How far colour alone, and colour and place, go on the synthetic scenes: a random forest a pixel.

Needs scikit-learn. Trained on some pixels of 100 scenes of train, scored on all of every fifth pixel,
each way, of 50 scenes of val, 180x240: python benchmarks/synthetic_street.py

Also prints how much of the pixels each class has, and how long a scene takes to draw.
"""

import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from chainercv_seg.datasets import SyntheticStreetDataset, camvid_label_names
from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.metrics import iou

SIZE = (180, 240)
PIXELS_A_CLASS = 60


def features(img, *, place):
    """Colour of each pixel, and where it is: (H, W, 3 or 5)."""
    columns = [img.transpose(1, 2, 0)]
    if place:
        columns.append(np.stack(np.indices(SIZE), axis=2))
    return np.concatenate(columns, axis=2)


def training_pixels(dataset, *, place, rng):
    """Pixels of all scenes, up to as many of each class, so that rare ones count too."""
    inputs, targets = [], []
    for img, label in dataset:
        values = features(img, place=place)
        for c in range(len(camvid_label_names)):
            rows, cols = np.nonzero(label == c)
            chosen = rng.permutation(len(rows))[:PIXELS_A_CLASS]
            inputs.append(values[rows[chosen], cols[chosen]])
            targets.append(np.full(len(chosen), c))
    return np.concatenate(inputs), np.concatenate(targets)


def frequencies(dataset):
    """How the pixels of a data set are shared among the classes; void ones do not count."""
    counts = sum(np.bincount(label[label >= 0], minlength=11) for _, label in dataset)
    return counts / counts.sum()


def by_class(values):
    """Percent of each class, with its name."""
    return ' '.join(f'{n} {100 * v:.1f}' for n, v in zip(camvid_label_names, values, strict=True))


def score(train, val, *, place, share):
    """IoU of each class; with shares the forest expects each class as often as it comes."""
    inputs, targets = training_pixels(train, place=place, rng=np.random.RandomState(0))
    weights = None if share is None else share[targets] / np.bincount(targets)[targets]
    forest = RandomForestClassifier(100, min_samples_leaf=3, random_state=0, n_jobs=2)
    forest.fit(inputs, targets, sample_weight=weights)
    matrix = ConfusionMatrix(len(camvid_label_names))
    for img, label in val:
        values, truth = features(img, place=place)[::5, ::5], label[::5, ::5]
        pred = forest.predict(values.reshape(truth.size, -1)).reshape(truth.shape)
        matrix.update([pred.astype(np.int32)], [truth])
    return iou(matrix.counts)


def main():
    train = SyntheticStreetDataset('train', size=SIZE, length=100)
    val = SyntheticStreetDataset('val', size=SIZE, length=50)
    shares = frequencies(train)
    print(f'share of the pixels: {by_class(shares)}')
    for share in (None, shares):
        for place in (False, True):
            scores = score(train, val, place=place, share=share)
            print(
                f'{"colour and place" if place else "colour alone"}, '
                f'{"every class as likely" if share is None else "classes as likely as they are"}: '
                f'mIoU {100 * np.mean(scores):.1f} %: {by_class(scores)}'
            )
    for size in (SIZE, (360, 480)):
        scenes = SyntheticStreetDataset('train', size=size, length=30)
        start = time.process_time()
        for _ in scenes:
            pass
        print(f'{size}: {1e3 * (time.process_time() - start) / len(scenes):.0f} ms CPU a scene')


if __name__ == '__main__':
    main()
