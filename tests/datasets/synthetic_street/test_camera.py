import numpy as np
import pytest

from chainercv_seg.datasets.synthetic_street.camera import UNIT, Camera
from chainercv_seg.datasets.synthetic_street.dice import Dice


@pytest.fixture
def camera():
    return Camera((120, 160), focal=140, column=80 * UNIT, horizon=50 * UNIT, eye=170)


def test_the_ground_is_projected_onto_the_pixels_it_was_read_from(camera):
    z, x = camera.ground(slice(60, 120), slice(0, 160))
    for row, column in ((0, 0), (10, 150), (59, 80)):
        point = int(x[row, column]), 0, int(z[row, 0])
        place = np.array(camera.project(point)) / UNIT
        np.testing.assert_allclose(place, (column + 0.5, row + 60.5), atol=0.6)


@pytest.mark.parametrize('x', [-400, 400])
def test_a_wall_is_projected_onto_the_pixels_it_was_read_from(camera, x):
    start = 0 if x < 0 else 100
    z, y = camera.side(x, slice(0, 120), slice(start, start + 60))
    for row, column in ((0, 0), (60, 50), (119, 30)):
        place = np.array(camera.project((x, int(y[row, column]), int(z[0, column])))) / UNIT
        np.testing.assert_allclose(place, (start + column + 0.5, row + 0.5), atol=0.6)


def test_a_front_is_projected_onto_the_pixels_it_was_read_from(camera):
    x, y = camera.front(900, slice(0, 120), slice(0, 160))
    for row, column in ((0, 0), (100, 150)):
        place = np.array(camera.project((int(x[0, column]), int(y[row, 0]), 900))) / UNIT
        np.testing.assert_allclose(place, (column + 0.5, row + 0.5), atol=0.6)


def test_the_view_does_not_depend_on_the_size():
    small, large = (Camera.throw(Dice(5), (k * 100, k * 100)) for k in (1, 4))
    point = (-300, 200, 1500)
    np.testing.assert_allclose(
        4 * np.array(small.project(point)), large.project(point), atol=4 * UNIT
    )
