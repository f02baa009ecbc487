import numpy as np
import pytest

from chainercv_seg.datasets.synthetic_street.polygon import convex_polygon, rectangle

SIZE = (20, 30)


def painted(region):
    image = np.zeros(SIZE, int)
    if region is not None:
        image[region.rows, region.columns] += region.mask
    return image


def test_a_polygon_covers_the_pixels_whose_centres_are_in_it():
    # Half planes, one an edge, of a quadrangle without horizontal or vertical edges.
    corners = [(3 * 16, 2 * 16), (25 * 16 + 3, 5 * 16), (20 * 16, 17 * 16), (5 * 16, 12 * 16 + 7)]
    y, x = (np.indices(SIZE) * 16) + 8
    inside = np.ones(SIZE, bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        inside &= (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0
    # Crossings are rounded to a sixteenth of a pixel.
    assert np.abs(painted(convex_polygon(corners, SIZE)) - inside).sum() <= 2


def test_the_direction_of_the_corners_does_not_matter():
    corners = [(10, 20), (300, 60), (170, 250)]
    there, back = (convex_polygon(c, SIZE) for c in (corners, corners[::-1]))
    np.testing.assert_array_equal(painted(there), painted(back))


def test_polygons_around_a_point_share_no_pixel_and_leave_none_out():
    random = np.random.RandomState(0)
    for _ in range(20):
        middle = tuple(random.randint(16, [29 * 16, 19 * 16]).tolist())
        corners = [(0, 0), (30 * 16, 0), (30 * 16, 20 * 16), (0, 20 * 16)]
        total = sum(
            painted(convex_polygon([a, b, middle], SIZE))
            for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        )
        np.testing.assert_array_equal(total, 1)


def test_a_rectangle_is_the_polygon_of_its_corners():
    (left, top), (right, bottom) = start, stop = (35, 17), (203, 120)
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    expected = painted(convex_polygon(corners, SIZE))
    np.testing.assert_array_equal(painted(rectangle(start, stop, SIZE)), expected)


@pytest.mark.parametrize('shift', [(-1000, 0), (0, -1000), (1000, 0), (0, 1000)])
def test_nothing_is_covered_outside_of_the_image(shift):
    points = [(x + shift[0], y + shift[1]) for x, y in ((0, 0), (90, 0), (90, 90), (0, 90))]
    assert convex_polygon(points, SIZE) is None
    assert rectangle(points[0], points[2], SIZE) is None


def test_what_leaves_the_image_is_cut_off():
    points = [(-500, -500), (5000, -500), (5000, 5000), (-500, 5000)]
    np.testing.assert_array_equal(painted(convex_polygon(points, SIZE)), 1)
    np.testing.assert_array_equal(painted(rectangle(points[0], points[2], SIZE)), 1)
