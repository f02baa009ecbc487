"""How often 95 % intervals hold the truth, by how they are made, and how long they take.

Data sets are simulated: images of one population, with classes of other sizes and difficulty in each.
"""

import argparse
import time
from statistics import NormalDist

import numpy as np

from chainercv_seg.evaluations.bootstrap import bootstrap, draw_scores, tail_share
from chainercv_seg.evaluations.class_sums import ClassSums

NORMAL = NormalDist()
Z = NORMAL.inv_cdf(0.975)


def images(n, seed, n_class=3):
    """The sums of simulated images."""
    rng = np.random.RandomState(seed)
    truth = rng.gamma(2, 100, (n, n_class)) * (rng.rand(n, n_class) < 0.8)
    skill = np.clip(rng.normal(np.linspace(0.9, 0.5, n_class), 0.15, (n, n_class)), 0, 1)
    right = truth * skill
    return ClassSums(right, truth, right + np.roll(truth - right, 1, axis=1))


def whole(sums, name):
    """A score of all images together."""
    return sums.combine(np.ones((1, len(sums)))).scores()[name][0]


def bca_shares(drawn, sums, name):
    """The shares between which Efron's BCa interval (1987) lies, by the jackknife."""
    total = sums.combine(np.ones((1, len(sums))))
    left = ClassSums(
        *(t - s for t, s in zip(vars(total).values(), vars(sums).values(), strict=True))
    )
    without = left.scores()[name]
    moves = without.mean() - without
    skewness = (moves**3).sum() / (6 * (moves**2).sum() ** 1.5)
    bias = NORMAL.inv_cdf(np.clip((drawn < whole(sums, name)).mean(), 1e-6, 1 - 1e-6))
    ends = (bias + z for z in (-Z, Z))
    return [NORMAL.cdf(bias + end / (1 - skewness * end)) for end in ends]


def coverage(n, data_sets, name='miou'):
    """The share of simulated data sets whose interval holds the truth, by how it is made."""
    truth = whole(images(400_000, 10**6), name)
    held = {'percentiles': 0, 'expanded percentiles': 0, 'BCa': 0}
    for seed in range(data_sets):
        sums = images(n, seed)
        drawn = draw_scores(sums, draws=1000, seed=seed)[name]
        tail = tail_share(n)
        shares = ([0.025, 0.975], [tail, 1 - tail], bca_shares(drawn, sums, name))
        for method, share in zip(held, shares, strict=True):
            low, high = np.quantile(drawn, share)
            held[method] += low <= truth <= high
    return {method: count / data_sets for method, count in held.items()}


def main():
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data-sets', type=int, default=1200, help='simulated (default: 1200)')
    data_sets = parser.parse_args().data_sets
    for n in (10, 30, 100):
        shares = coverage(n, data_sets)
        text = ', '.join(f'{method} {100 * share:.1f} %' for method, share in shares.items())
        print(f'{n} images: the truth is in {text} of {data_sets} intervals')
    sums = images(2000, 0, n_class=150)
    start = time.process_time()
    bootstrap(sums, draws=10_000)
    seconds = time.process_time() - start
    print(f'10000 draws of 2000 images of 150 classes: {seconds:.1f} s of processor time')


if __name__ == '__main__':
    main()
