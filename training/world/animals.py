"""The animals. Each function draws in 100 × 100 units, feet at y = 0, facing right,
and returns the point and size where a hat sits: (x, y, size)."""

from __future__ import annotations

from training.world.brush import Brush, blob, box, curve, darker, oval, polygon

HatSpot = tuple[float, float, float]
NOSE = (70, 45, 55)
BEAK = (250, 170, 60)


def dog(brush: Brush) -> HatSpot:
    """A stubby dog in profile: floppy ear, long muzzle, tail up."""
    who, head = brush.identity, brush.identity.head
    brush.limb(curve((-34, -44), (-52, -52), (-46, -72)), 9, who.body)
    for x in (-22, 16):
        brush.shape(box(x - 7, -26, x + 7, -2, 6), darker(who))
    brush.body(blob([(-38, -40), (-24, -56), (6, -56), (30, -52), (32, -30), (14, -18), (-24, -18), (-38, -28)]))
    for x in (-30, 25):
        brush.shape(box(x - 8, -26, x + 8, 0, 7), who.body)
        brush.shape(box(x - 8, -9, x + 9, 0, 4.5), who.second)
    cx, cy, r = 24, -68, 23 * head
    brush.shape(
        blob(
            [
                (cx - r, cy),
                (cx - r * 0.6, cy - r * 0.85),
                (cx + r * 0.3, cy - r * 0.9),
                (cx + r * 0.85, cy - r * 0.3),
                (cx + r * 0.8, cy + r * 0.6),
                (cx, cy + r * 0.85),
                (cx - r * 0.75, cy + r * 0.65),
            ]
        ),
        who.body,
    )
    brush.shape(oval(cx + r * 0.85, cy + r * 0.32, r * 0.58, r * 0.46), who.second)
    brush.fill(oval(cx + r * 1.25, cy + r * 0.12, r * 0.2, r * 0.17), NOSE)
    brush.shape(oval(cx - r * 0.68, cy + r * 0.12, r * 0.34, r * 0.68, 14), who.second)
    brush.eye(cx + r * 0.28, cy - r * 0.22, 4.4)
    brush.cheek(cx + r * 0.2, cy + r * 0.35)
    return cx - r * 0.05, cy - r * 0.86, r


def cat(brush: Brush) -> HatSpot:
    """A cat sitting and looking at the reader: pointed ears, whiskers, curled tail."""
    who, head = brush.identity, brush.identity.head
    tail = curve((22, -10), (62, -6), (44, -44))
    brush.limb(tail, 9, who.body)
    brush.body(blob([(-26, -4), (-27, -24), (-16, -50), (16, -50), (27, -24), (26, -4), (10, 0), (-10, 0)]))
    for x in (-10, 10):
        brush.shape(oval(x, -4, 9.5, 5.5), who.second)
    r = 28 * head
    cx, cy = 0, -64
    for side in (-1, 1):
        brush.shape(
            polygon(
                [
                    (cx + side * r * 0.98, cy - r * 0.25),
                    (cx + side * r * 0.92, cy - r * 1.25),
                    (cx + side * r * 0.2, cy - r * 0.66),
                ]
            ),
            who.body,
        )
        brush.fill(
            polygon(
                [
                    (cx + side * r * 0.84, cy - r * 0.5),
                    (cx + side * r * 0.8, cy - r * 1.0),
                    (cx + side * r * 0.42, cy - r * 0.68),
                ]
            ),
            who.second,
        )
    brush.shape(oval(cx, cy, r * 1.08, r * 0.82), who.body)
    brush.fill(oval(cx, cy + r * 0.36, r * 0.48, r * 0.34), who.second)
    for side in (-1, 1):
        brush.eye(cx + side * r * 0.46, cy - r * 0.08, 4.8)
        brush.cheek(cx + side * r * 0.72, cy + r * 0.3, 4.5)
        brush.line(
            curve(
                (cx + side * r * 0.62, cy + r * 0.34),
                (cx + side * r, cy + r * 0.3),
                (cx + side * r * 1.35, cy + r * 0.16),
            ),
            1.8,
        )
    brush.fill(polygon([(cx - 4, cy + r * 0.12), (cx + 4, cy + r * 0.12), (cx, cy + r * 0.28)]), NOSE)
    brush.line(curve((cx - 6, cy + r * 0.4), (cx, cy + r * 0.56), (cx + 6, cy + r * 0.4)), 1.8)
    return cx, cy - r * 0.8, r * 0.85


def rabbit(brush: Brush) -> HatSpot:
    """A rabbit sitting up: tall ears, round tummy, big feet."""
    who, head = brush.identity, brush.identity.head
    brush.shape(oval(-25, -12, 9, 8), who.second)
    r = 21 * head
    cx, cy = 0, -54
    for side in (-1, 1):
        brush.shape(oval(cx + side * r * 0.46, cy - r * 1.35, r * 0.32, r * 0.95, side * 12), who.body)
        brush.fill(oval(cx + side * r * 0.46, cy - r * 1.3, r * 0.15, r * 0.66, side * 12), who.second)
    brush.body(blob([(-24, -10), (-23, -26), (-12, -42), (12, -42), (23, -26), (24, -10), (12, -1), (-12, -1)]))
    for side in (-1, 1):
        brush.shape(oval(side * 15, -4.5, 12, 6), who.body)
    brush.shape(oval(cx, cy, r * 1.06, r * 0.92), who.body)
    brush.fill(oval(cx, cy + r * 0.4, r * 0.5, r * 0.38), who.second)
    for side in (-1, 1):
        brush.eye(cx + side * r * 0.46, cy - r * 0.1, 4.2)
        brush.cheek(cx + side * r * 0.76, cy + r * 0.3, 4.2)
    brush.fill(oval(cx, cy + r * 0.16, 3.2, 2.4), NOSE)
    brush.fill(box(cx - 3.6, cy + r * 0.44, cx + 3.6, cy + r * 0.72, 1.5), (255, 255, 255))
    return cx, cy - r * 0.84, r * 0.72


def elephant(brush: Brush) -> HatSpot:
    """An elephant in profile: great ear, trunk held out, thick legs."""
    who, head = brush.identity, brush.identity.head
    brush.line(curve((-40, -46), (-50, -38), (-48, -24)), 4)
    for x in (-18, 10):
        brush.shape(box(x - 8, -30, x + 8, -2, 5), darker(who))
    brush.body(blob([(-42, -38), (-34, -62), (-6, -70), (20, -64), (26, -38), (14, -20), (-26, -20), (-40, -26)]))
    for x in (-28, 18):
        brush.shape(box(x - 9, -28, x + 9, 0, 6), who.body)
        for toe in (-4, 3):
            brush.fill(oval(x + toe + 1, -3.4, 3, 2.6), who.second)
    r = 22 * head
    cx, cy = 22, -62
    trunk = curve((cx + r * 0.6, cy + r * 0.2), (cx + r * 1.0, cy + r * 2.0), (cx + r * 1.3, cy + r * 1.1))
    brush.limb(trunk, 11, who.body)
    brush.shape(oval(cx, cy, r, r * 0.95), who.body)
    brush.fill(oval(cx + r * 0.62, cy + r * 0.32, r * 0.34, r * 0.42), who.body)
    brush.shape(
        blob(
            [
                (cx - r * 0.1, cy - r * 0.6),
                (cx - r * 0.9, cy - r * 0.8),
                (cx - r * 1.5, cy - r * 0.1),
                (cx - r * 1.1, cy + r * 0.8),
                (cx - r * 0.3, cy + r * 0.7),
            ]
        ),
        who.second,
    )
    brush.shape(
        polygon([(cx + r * 0.42, cy + r * 0.6), (cx + r * 0.75, cy + r * 0.5), (cx + r * 0.75, cy + r * 1.1)]),
        (255, 250, 235),
    )
    brush.eye(cx + r * 0.38, cy - r * 0.2, 4.2)
    brush.cheek(cx + r * 0.3, cy + r * 0.28)
    return cx + r * 0.1, cy - r * 0.88, r * 0.9


def bird(brush: Brush) -> HatSpot:
    """A plump bird: big beak, folded wing, fan tail, thin legs."""
    who, head = brush.identity, brush.identity.head
    for x in (-6, 10):
        brush.line(curve((x, -20), (x, -10), (x, -2)), 4, BEAK)
        brush.line(curve((x - 5, -1.5), (x, -3), (x + 7, -1.5)), 4, BEAK)
    brush.shape(polygon([(-26, -38), (-54, -62), (-56, -42), (-50, -28)]), who.second)
    brush.body(blob([(-36, -40), (-18, -62), (14, -66), (34, -46), (28, -24), (4, -14), (-22, -20)]))
    r = 21 * head
    cx, cy = 20, -66
    brush.shape(
        polygon([(cx + r * 0.7, cy - r * 0.35), (cx + r * 1.75, cy + r * 0.12), (cx + r * 0.7, cy + r * 0.5)]), BEAK
    )
    brush.shape(oval(cx, cy, r, r * 0.94), who.body)
    brush.shape(blob([(-22, -46), (-2, -54), (12, -40), (0, -26), (-24, -28), (-36, -36)]), who.second)
    brush.eye(cx + r * 0.3, cy - r * 0.15, 4.8)
    brush.cheek(cx + r * 0.2, cy + r * 0.42)
    return cx - r * 0.05, cy - r * 0.86, r * 0.9


def fish(brush: Brush) -> HatSpot:
    """A round fish: forked tail, sail fin, a smile."""
    who, head = brush.identity, brush.identity.head
    brush.shape(blob([(-24, -42), (-46, -70), (-54, -62), (-46, -42), (-54, -22), (-46, -14)]), who.second)
    brush.shape(blob([(-14, -62), (-6, -82), (16, -78), (20, -60)]), who.second)
    tall = 27 * head
    brush.body(
        blob(
            [
                (-30, -42),
                (-14, -42 - tall * 0.85),
                (14, -42 - tall),
                (38, -42 - tall * 0.55),
                (46, -42),
                (36, -42 + tall * 0.65),
                (12, -42 + tall),
                (-14, -42 + tall * 0.8),
            ]
        )
    )
    brush.shape(polygon([(4, -36), (-12, -26), (2, -20), (12, -26)]), who.second)
    brush.fill(oval(30, -50, 8.5, 9), (255, 255, 255))
    brush.outline(oval(30, -50, 8.5, 9))
    brush.eye(31.5, -49.5, 4.8)
    brush.line(curve((34, -31), (40, -31), (42, -36)), 2.4)
    brush.cheek(24, -36)
    return 18, -42 - tall * 0.92, 17
