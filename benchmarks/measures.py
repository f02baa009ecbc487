"""Processor time of boundary IoU and trimap accuracy for a label map of 1024 x 2048 and 19 classes.

Run: python benchmarks/measures.py
"""

import time

import numpy as np

from chainercv_seg.evaluations.measures import make_measures

REPEATS = 10


def main() -> None:
    label = np.random.RandomState(0).randint(-1, 19, (32, 64)).repeat(32, 0).repeat(32, 1)
    label = label.astype(np.int32)
    pred = np.roll(label, 5, axis=1)
    names = tuple(map(str, range(19)))
    for measure in make_measures(['boundary-iou', 'trimap'], label_names=names):
        times = []
        for _ in range(REPEATS):
            start = time.process_time()
            measure.tally(pred, label)
            times.append(time.process_time() - start)
        print(
            f'{measure.name}: {1000 * np.median(times):.0f} ms, at best {1000 * min(times):.0f} ms'
        )


if __name__ == '__main__':
    main()
