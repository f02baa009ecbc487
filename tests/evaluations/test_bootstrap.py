from statistics import NormalDist

import numpy as np
import pytest

from chainercv_seg.evaluations.bootstrap import bootstrap, draw_scores, interval, tail_share
from chainercv_seg.evaluations.class_sums import CLASS_SCORES, MEANS, ClassSums


def images(n, n_class=3, seed=0):
    """Images of one population: easy and hard ones, with classes of other sizes in each."""
    rng = np.random.RandomState(seed)
    truth = rng.gamma(2, 100, (n, n_class)) * (rng.rand(n, n_class) < 0.8)
    skill = np.clip(rng.normal([0.9, 0.7, 0.5][:n_class], 0.15, (n, n_class)), 0, 1)
    right = truth * skill
    missed = truth - right
    return ClassSums(right, truth, right + np.roll(missed, 1, axis=1))


def test_a_draw_adds_up_whole_images():
    sums = ClassSums(np.array([[1.0], [4]]), np.array([[2.0], [4]]), np.array([[1.0], [4]]))
    drawn = draw_scores(sums, draws=500)['iou'][:, 0]
    # Twice the first image, one of each, twice the second: 1/2, 5/6, 1, as often as 1 : 2 : 1.
    values, times = np.unique(drawn, return_counts=True)
    np.testing.assert_allclose(values, [1 / 2, 5 / 6, 1])
    np.testing.assert_allclose(times / 500, [0.25, 0.5, 0.25], atol=0.06)


def test_the_same_seed_draws_the_same_images_whatever_is_counted():
    one, other = images(30, seed=1), images(30, seed=2)
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    both = ClassSums(*map(np.hstack, pairs))
    first, second = draw_scores(one, draws=50, seed=3), draw_scores(other, draws=50, seed=3)
    together = draw_scores(both, draws=50, seed=3)['iou']
    np.testing.assert_allclose(together, np.hstack([first['iou'], second['iou']]))
    assert not np.array_equal(first['iou'], draw_scores(one, draws=50, seed=4)['iou'])


def test_draws_do_not_depend_on_how_many_are_made_at_once(monkeypatch):
    expected = draw_scores(images(10), draws=40)
    monkeypatch.setattr('chainercv_seg.evaluations.bootstrap._BLOCK', 70)
    found = draw_scores(images(10), draws=40)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name])


def test_the_interval_is_the_middle_of_what_was_drawn():
    np.testing.assert_allclose(interval(np.arange(1001.0), 10**9), [25, 975], atol=1e-3)
    columns = np.stack([np.arange(1001.0), np.full(1001, np.nan)], axis=1)
    columns[::2, 0] = np.nan
    np.testing.assert_allclose(interval(columns, 10**9)[:, 0], [26, 974], atol=1)
    assert np.isnan(interval(columns, 10**9)[:, 1]).all()


def test_bounds_are_further_out_where_what_is_drawn_are_few():
    # Hesterberg 2015, with Student's quantiles as tables have them.
    for units, t in ((6, 2.5706), (10, 2.2622), (20, 2.0930), (40, 2.0227), (100, 1.9842)):
        share = NormalDist().cdf(-t * (units / (units - 1)) ** 0.5)
        assert tail_share(units) == pytest.approx(share, rel=0.02)
    assert tail_share(2) < tail_share(3) < 1e-4
    assert tail_share(10**9) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ('policy', 'expected'), [('skip', 1), ('zero', 0.5), ('one', 1), ('ground-truth', 1)]
)
def test_classes_absent_in_a_draw_follow_the_policy(policy, expected):
    right = np.array([[4.0, 0], [4, 0]])
    drawn = draw_scores(ClassSums(right, right, right), draws=20, absent_class=policy)
    np.testing.assert_array_equal(drawn['miou'], np.full(20, expected))


def test_every_score_has_an_interval_around_it():
    sums = images(60)
    found = bootstrap(sums, draws=1000)
    whole = sums.combine(np.ones((1, 60))).scores()
    for name in (*MEANS, *CLASS_SCORES):
        low, high = found.bounds[name]
        assert (low < whole[name][0]).all()
        assert (whole[name][0] < high).all()
    assert vars(found.drawing) == {'draws': 1000, 'seed': 0, 'unit': 'images', 'units': 60}


def test_the_record_names_classes_and_has_no_nan():
    absent = images(5, n_class=2)
    for array in vars(absent).values():
        array[:, 1] = 0
    record = bootstrap(absent, draws=20).record(dict.fromkeys(CLASS_SCORES, ('a', 'b')))
    assert record['iou']['b'] == [None, None]
    assert len(record['iou']['a']) == len(record['miou']) == 2
    assert (record['draws'], record['seed'], record['level']) == (20, 0, 0.95)


def test_images_in_groups_that_are_alike_make_wider_intervals():
    sums = images(20)
    many = ClassSums(*(np.repeat(array, 10, axis=0) for array in vars(sums).values()))
    alone = bootstrap(many, draws=500).bounds['miou']
    grouped = bootstrap(many.add_up(np.arange(200) // 10, 20), draws=500).bounds['miou']
    assert np.ptp(grouped) == pytest.approx(np.ptp(bootstrap(sums, draws=500).bounds['miou']))
    assert 2 < np.ptp(grouped) / np.ptp(alone) < 5  # the root of 10


@pytest.mark.parametrize('n', [0, 1])
def test_one_image_says_nothing_of_others(n):
    with pytest.raises(ValueError, match='two images'):
        bootstrap(images(n))


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match='draws'):
        bootstrap(images(3), draws=0)


@pytest.mark.slow
@pytest.mark.parametrize('name', ['miou', 'pixel_accuracy'])
def test_95_percent_of_the_intervals_hold_the_truth(name):
    truth = images(400_000, seed=999).combine(np.ones((1, 400_000))).scores()[name][0]
    held = 0
    for seed in range(400):
        low, high = bootstrap(images(100, seed=1000 + seed), draws=1000, seed=seed).bounds[name]
        held += low <= truth <= high
    assert 0.93 <= held / 400 <= 0.97


@pytest.mark.slow
def test_intervals_of_groups_hold_the_truth_where_those_of_images_do_not():
    def data_set(seed, n_group):  # 4 images of each place, all as hard as the place
        places = images(n_group, seed=seed)
        return ClassSums(*(np.repeat(array, 4, axis=0) for array in vars(places).values()))

    truth = images(400_000, seed=999).combine(np.ones((1, 400_000))).scores()['miou'][0]
    held = np.zeros(2)
    for seed in range(400):
        sums = data_set(1000 + seed, 100)
        for i, drawn in enumerate((sums, sums.add_up(np.arange(400) // 4, 100))):
            low, high = bootstrap(drawn, draws=500, seed=seed).bounds['miou']
            held[i] += low <= truth <= high
    assert held[0] / 400 < 0.8
    assert 0.93 <= held[1] / 400 <= 0.97
