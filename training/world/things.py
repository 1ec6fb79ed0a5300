"""The things. Same conventions as animals.py."""

from __future__ import annotations

from training.world.animals import HatSpot
from training.world.brush import Brush, blob, box, curve, oval, polygon

GLASS = (205, 238, 250)
RUBBER = (74, 66, 80)
WOOD = (176, 122, 78)
SMOKE = (250, 248, 245)


def car(brush: Brush) -> HatSpot:
    """A bubble car: rounded cabin, two wheels, a lamp for an eye."""
    who, tall = brush.identity, brush.identity.head
    roof = -44 - 24 * tall
    brush.shape(blob([(-32, -40), (-24, roof + 4), (-6, roof), (12, roof + 2), (28, -40)]), who.second)
    brush.shape(blob([(-23, -43), (-18, roof + 9), (-7, roof + 6), (-5, -43)]), GLASS)
    brush.shape(blob([(2, -43), (2, roof + 6), (11, roof + 8), (19, -43)]), GLASS)
    brush.body(blob([(-48, -20), (-47, -38), (-30, -45), (26, -45), (45, -38), (49, -20), (42, -11), (-42, -11)]))
    brush.shape(oval(43, -31, 5, 5.5), (255, 240, 170))
    for x in (-26, 26):
        brush.shape(oval(x, -13, 13, 13), RUBBER)
        brush.shape(oval(x, -13, 6, 6), who.second)
    return -4, roof + 1, 15


def boat(brush: Brush) -> HatSpot:
    """A sailing boat: a round hull, one large sail, a small jib."""
    who, tall = brush.identity, brush.identity.head
    top = -36 - 54 * tall
    brush.line(curve((0, -30), (0, -50), (0, top)), 5, WOOD)
    brush.shape(polygon([(5, top + 6), (5, -40), (40, -40)]), who.second)
    brush.shape(polygon([(-5, top + 16), (-5, -40), (-32, -40)]), (255, 252, 244))
    brush.body(blob([(-48, -34), (-20, -31), (20, -31), (49, -36), (40, -10), (22, -2), (-22, -2), (-38, -10)]))
    return 0, top + 2, 12


def house(brush: Brush) -> HatSpot:
    """A cottage: steep roof, round door, a lit window, smoke."""
    who, tall = brush.identity, brush.identity.head
    eaves = -30 - 18 * tall
    brush.shape(box(18, eaves - 36, 29, eaves - 8), WOOD)
    brush.fill(oval(25, eaves - 43, 6, 5), SMOKE, 0.9)
    brush.body(box(-34, eaves - 2, 34, 0, 3))
    brush.shape(polygon([(-45, eaves), (0, eaves - 40), (45, eaves)]), who.second)
    brush.shape(oval(0, eaves - 15, 6.5, 6.5), GLASS)
    brush.shape(box(-9, -28, 9, 0, 8), WOOD)
    brush.fill(oval(5, -13, 1.8, 1.8), (255, 220, 120))
    for x in (-22, 22):
        brush.shape(box(x - 7.5, eaves + 12, x + 7.5, eaves + 27, 2), (255, 236, 160))
    return 0, eaves - 38, 14


def balloon(brush: Brush) -> HatSpot:
    """A hot-air balloon with its basket."""
    who, tall = brush.identity, brush.identity.head
    r = 32 * (0.5 + 0.5 * tall)
    cy = -98 + r
    for side in (-1, 1):
        brush.line(curve((side * r * 0.5, cy + r * 0.8), (side * 12, -26), (side * 9, -16)), 2)
    brush.body(
        blob(
            [
                (-r, cy),
                (-r * 0.72, cy - r * 0.72),
                (0, cy - r),
                (r * 0.72, cy - r * 0.72),
                (r, cy),
                (r * 0.72, cy + r * 0.72),
                (9, cy + r * 1.22),
                (-9, cy + r * 1.22),
                (-r * 0.72, cy + r * 0.72),
            ]
        )
    )
    brush.shape(box(-10, cy + r * 1.12, 10, cy + r * 1.34, 3), who.second)
    brush.shape(box(-12, -19, 12, -1, 4), WOOD)
    brush.shape(box(-14, -21, 14, -15, 3), who.second)
    return 0, cy - r * 0.97, 17
