"""Small things worn on top: part of a subject's identity."""

from __future__ import annotations

from training.world.animals import HatSpot
from training.world.brush import Brush, oval, polygon

GOLD = (252, 206, 70)
RED = (226, 72, 76)


def wear(brush: Brush, spot: HatSpot) -> None:
    """Draw the identity's accessory at a hat spot (x, y, size)."""
    x, y, size = spot
    kind = brush.identity.accessory
    s = max(size, 13.0)
    if kind == "hat":
        brush.shape(polygon([(x - s * 0.62, y + 2), (x + s * 0.62, y + 2), (x, y - s * 1.25)]), RED)
        brush.shape(oval(x, y - s * 1.28, s * 0.24, s * 0.24), (255, 250, 240))
    elif kind == "crown":
        points = [(-0.7, 0.12), (-0.78, -0.85), (-0.32, -0.38), (0, -1.0), (0.32, -0.38), (0.78, -0.85), (0.7, 0.12)]
        brush.shape(polygon([(x + s * px, y + s * py) for px, py in points]), GOLD)
    elif kind == "bow":
        for side in (-1, 1):
            brush.shape(
                polygon([(x, y - s * 0.2), (x + side * s * 0.85, y - s * 0.72), (x + side * s * 0.85, y + s * 0.28)]),
                (240, 110, 160),
            )
        brush.shape(oval(x, y - s * 0.2, s * 0.24, s * 0.26), (240, 110, 160))
