"""Times counting a label map beside ChainerCV's way: python benchmarks/confusion.py.

CPU seconds, medians of interleaved runs, on label maps of 1024x2048 pixels and 19 classes.
"""

import statistics
import time

import numpy as np

from chainercv_seg.evaluations import ConfusionMatrix

N_CLASS = 19
SHAPE = (1024, 2048)


def label_maps():
    """Pairs of predicted and true label maps, from smooth to noise, 10 % void."""
    rng = np.random.RandomState(0)
    blocks = rng.randint(0, N_CLASS, (SHAPE[0] // 32, SHAPE[1] // 32))
    gt = np.repeat(np.repeat(blocks, 32, axis=0), 32, axis=1).astype(np.int32)
    shifted = np.roll(gt, (3, 5), axis=(0, 1))
    noisy = np.where(rng.rand(*SHAPE) < 0.1, rng.randint(0, N_CLASS, SHAPE), gt).astype(np.int32)
    noise = rng.randint(0, N_CLASS, SHAPE).astype(np.int32)
    for name, pred, truth in (('smooth', shifted, gt), ('noisy', noisy, gt), ('noise', noise, gt)):
        truth = truth.copy()
        truth[: SHAPE[0] // 10] = -1
        yield name, pred, truth


def ours(pred, gt):
    matrix = ConfusionMatrix(N_CLASS)
    matrix.update(pred, gt)
    return matrix.counts


def chainercvs_function(pred, gt):
    """All that ChainerCV's function does for a pair of label maps."""
    pred, gt = pred.flatten(), gt.flatten()
    assert np.max((pred, gt)) < N_CLASS
    return chainercvs_counting(pred, gt)


def chainercvs_counting(pred, gt):
    """The counting in it alone."""
    mask = gt >= 0
    keys = N_CLASS * gt[mask].astype(int) + pred[mask]
    return np.bincount(keys, minlength=N_CLASS**2).reshape(N_CLASS, N_CLASS)


def main():
    for name, pred, gt in label_maps():
        seconds = {function: [] for function in (ours, chainercvs_function, chainercvs_counting)}
        for function in seconds:
            np.testing.assert_array_equal(function(pred, gt), ours(pred, gt))
        for _ in range(30):
            for function, times in seconds.items():
                start = time.process_time()
                function(pred, gt)
                times.append(time.process_time() - start)
        mine, whole, counting = (1e3 * statistics.median(times) for times in seconds.values())
        print(
            f'{name:8} ours {mine:5.2f} ms, ChainerCV {whole:5.2f} ms, ratio {whole / mine:.2f}; '
            f'its counting alone {counting:5.2f} ms, ratio {counting / mine:.2f}'
        )


if __name__ == '__main__':
    main()
