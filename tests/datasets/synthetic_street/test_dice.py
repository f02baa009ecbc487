import numpy as np

from chainercv_seg.datasets.synthetic_street.dice import Dice


def test_the_stream_is_that_of_a_random_state():
    dice = Dice(3, 4)
    expected = np.random.RandomState([3, 4]).randint(0, 2**32, 600, dtype=np.uint32)
    assert [dice.between(0, 2**32 - 1) for _ in range(600)] == expected.tolist()


def test_numbers_reach_both_limits_and_stay_within():
    dice = Dice(0)
    assert {dice.between(-2, 1) for _ in range(200)} == {-2, -1, 0, 1}


def test_chances_come_as_often_as_they_say():
    dice = Dice(0)
    assert not any(dice.chance(0) for _ in range(200))
    assert all(dice.chance(100) for _ in range(200))
    assert 0.2 < np.mean([dice.chance(25) for _ in range(2000)]) < 0.3


def test_colours_stay_colours():
    dice = Dice(0)
    colors = [dice.tint((250, 5, 128), 60) for _ in range(200)]
    colors += [dice.any_color() for _ in range(200)]
    assert set(np.ravel(colors)) <= set(range(256))


def test_grain_has_no_bias():
    grain = Dice(0).grain((100, 100))
    assert grain.dtype == np.int16
    assert (grain.min(), grain.max()) == (-15, 15)
    assert abs(grain.mean()) < 0.3
