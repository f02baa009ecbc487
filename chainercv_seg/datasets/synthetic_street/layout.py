"""What stands where in a street."""

from collections.abc import Callable
from functools import partial

from chainercv_seg.datasets.synthetic_street import cars, houses, people, signs, trees
from chainercv_seg.datasets.synthetic_street.canvas import Canvas
from chainercv_seg.datasets.synthetic_street.fences import Fence
from chainercv_seg.datasets.synthetic_street.ground import Street

#: A distance, and what paints the thing there. Far things are painted first.
Item = tuple[int, Callable[[], None]]


def lay_out(canvas: Canvas, street: Street) -> list[Item]:
    """Put houses, trees, cars and all else into a street."""
    items = _backdrop(canvas, street)
    for side in (0, 1):
        items += _houses(canvas, street, side)
        items += _fences(canvas, street, side)
        items += _furniture(canvas, street, side)
    return items + _traffic(canvas, street) + _pedestrians(canvas, street)


def _backdrop(canvas: Canvas, street: Street) -> list[Item]:
    """Houses and trees across the end of the street."""
    dice = canvas.dice
    items: list[Item] = []
    x = -street.end * 3 // 2
    low, high = dice.choose(((400, 900), (600, 1800), (1200, 3000), (150, 400)))
    leafy = dice.between(0, 70)
    while x < street.end * 3 // 2:
        width = dice.between(800, 2600) * max(1, street.end // 4000)
        if dice.chance(leafy):
            height = dice.between(600, 1300)
            paint = partial(
                trees.paint_tree, canvas, x + width // 2, street.end, height, width // 2
            )
        else:
            height = dice.between(low, high)
            paint = partial(
                houses.paint_facing_house, canvas, (x, x + width), street.end + 1, height
            )
        items.append((street.end + dice.between(0, 1), paint))
        x += width
    return items


def _houses(canvas: Canvas, street: Street, side: int) -> list[Item]:
    """Houses along a side of the street, and gardens with trees between them."""
    dice = canvas.dice
    items: list[Item] = []
    x = street.fronts[side]
    outwards = 1 if side else -1
    z = dice.between(-1500, 200)
    dense = dice.choose((45, 75, 92))
    low, high = dice.choose(((400, 800), (600, 1300), (1000, 2200)))
    while z < street.end - 400:
        length = dice.between(700, 2400)
        stop = min(z + length, street.end)
        if dice.chance(dense):
            paint = partial(
                houses.paint_house, canvas, x, (z, stop), dice.between(low, high),
                depth=dice.between(700, 1200), roof=dice.choose((0, 180, 280)),
            )  # fmt: skip
            items.append((stop, paint))
        else:
            for _ in range(length // 600):
                place = (x + outwards * dice.between(150, 900), dice.between(z, stop))
                tree = partial(
                    trees.paint_tree,
                    canvas,
                    *place,
                    dice.between(450, 1100),
                    dice.between(180, 420),
                )
                items.append((place[1], tree))
            if dice.chance(50):
                hedge = partial(
                    trees.paint_hedge,
                    canvas,
                    x + outwards * 40,
                    (max(z, 350), stop),
                    dice.between(90, 190),
                )
                items.append((stop, hedge))
        z = stop + dice.choose((0, 0, 150, 500))
    return items


def _fences(canvas: Canvas, street: Street, side: int) -> list[Item]:
    """A fence before the gardens, or a guard rail at the kerb."""
    dice = canvas.dice
    outwards = 1 if side else -1
    where, start, length = dice.between(0, 99), dice.between(100, 1800), dice.between(600, 2600)
    height = dice.between(90, 190)
    if where < 45:
        fence = Fence(canvas, street.fronts[side] - outwards * 25, height)
    elif where < 75:
        fence = Fence(canvas, street.kerbs[side] + outwards * 40, dice.between(85, 120))
    else:
        return []
    stop = min(start + length, street.end - 100)
    return [(z, partial(fence.paint, z, min(z + 200, stop))) for z in range(start, stop, 200)]


def _furniture(canvas: Canvas, street: Street, side: int) -> list[Item]:
    """Lamp posts, trees, signs and traffic lights near the kerb."""
    dice = canvas.dice
    items: list[Item] = []
    outwards = 1 if side else -1
    x = street.kerbs[side] + outwards * dice.between(45, 80)
    reach = min(street.end, 2600)
    kinds = dice.choose(
        (('lamp',), ('lamp', 'tree'), ('tree', 'tree'), ('lamp', 'pole'), ('pole',))
    )
    z, step, number = dice.between(350, 1300), dice.between(600, 1200), 0
    while z < reach:
        kind = kinds[number % len(kinds)]
        if kind == 'tree':
            paint = partial(
                trees.paint_tree, canvas, x, z, dice.between(400, 900), dice.between(150, 300)
            )
        elif kind == 'lamp':
            paint = partial(signs.paint_lamp_post, canvas, x, z)
        else:
            paint = partial(
                signs.paint_pole, canvas, x, z, dice.between(250, 900), dice.between(24, 34)
            )
        items.append((z, paint))
        z, number = z + step + dice.between(0, 200), number + 1
    for _ in range(dice.between(1, 3)):
        z = dice.between(380, 1600)
        sign = signs.paint_traffic_light if dice.chance(30) else signs.paint_sign
        items.append((z, partial(sign, canvas, x + outwards * dice.between(-10, 60), z)))
    return items


def _traffic(canvas: Canvas, street: Street) -> list[Item]:
    """Parked cars, moving cars and bicyclists."""
    dice = canvas.dice
    items: list[Item] = []
    left, right = street.kerbs
    for x, outwards in ((left, -1), (right, 1)):
        z, parked = dice.between(350, 1300), dice.choose((0, 0, 50, 90))
        while z < min(street.end - 600, 5000):
            if dice.chance(parked):
                paint = partial(
                    cars.paint_car, canvas, x - outwards * 110, z, oncoming=dice.chance(30)
                )
                items.append((z, paint))
            elif dice.chance(45 if z < 1300 else 0):
                place = x - outwards * dice.between(60, 140), z + dice.between(0, 200)
                rider = partial(people.paint_bicyclist, canvas, *place, across=dice.chance(65))
                items.append((place[1], rider))
            z += dice.between(540, 800)
    for lane, oncoming in ((0, False), ((left if -left > right else right) * 55 // 100, True)):
        if dice.chance(45):
            z = dice.between(750, 3500)
            paint = partial(
                cars.paint_car, canvas, lane + dice.between(-40, 40), z, oncoming=oncoming
            )
            items.append((z, paint))
    return items


def _pedestrians(canvas: Canvas, street: Street) -> list[Item]:
    """People on the pavements, and at times on the road."""
    dice = canvas.dice
    items: list[Item] = []
    for _ in range(dice.between(1, 7)):
        z = dice.between(360, 1200)
        side = dice.between(0, 1)
        outwards = 1 if side else -1
        x = street.kerbs[side] + outwards * dice.between(40, 160)
        if dice.chance(20):
            x = dice.between(street.kerbs[0] // 2, street.kerbs[1] // 2)
        items.append((z, partial(people.paint_pedestrian, canvas, x, z)))
    return items
