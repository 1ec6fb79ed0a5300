"""Outdoor backgrounds on earth: beach, meadow, forest, desert, snow."""

from __future__ import annotations

import random

import skia

from training.world.backdrop import SIZE, cloud, ground, hill, jitter, sky, stone, sun
from training.world.brush import box, oval, paint, polygon


def beach(canvas: skia.Canvas, rng: random.Random) -> None:
    """Sand, a band of sea with a foam line, sun."""
    sky(canvas, (150, 214, 246), (226, 246, 252))
    sun(canvas, rng.choice((22, 106)), jitter(rng, 22, 4), 11)
    horizon = jitter(rng, 56, 4)
    canvas.drawPath(box(0, horizon, SIZE, SIZE), paint((70, 168, 206)))
    canvas.drawPath(box(0, horizon + 11, SIZE, SIZE), paint((110, 202, 218)))
    ground(canvas, horizon + 25, (255, 252, 244), 4)
    ground(canvas, horizon + 29, (246, 222, 170), 4)
    for _ in range(3):
        stone(canvas, rng.uniform(8, 120), rng.uniform(104, 124), 4, (226, 194, 138))


def meadow(canvas: skia.Canvas, rng: random.Random) -> None:
    """Rolling green, clouds, daisies."""
    sky(canvas, (158, 214, 250), (232, 248, 252))
    cloud(canvas, jitter(rng, 34, 14), jitter(rng, 22, 5), 14)
    cloud(canvas, jitter(rng, 100, 12), jitter(rng, 32, 5), 11)
    hill(canvas, jitter(rng, 30, 14), jitter(rng, 56, 3), 130, 90, (166, 212, 122))
    hill(canvas, jitter(rng, 104, 14), jitter(rng, 60, 3), 120, 94, (148, 202, 112))
    ground(canvas, jitter(rng, 80, 3), (130, 190, 98))
    for _ in range(7):
        x, y = rng.uniform(4, 124), rng.uniform(90, 125)
        canvas.drawPath(oval(x, y, 3.6, 3.2), paint((255, 253, 245)))
        canvas.drawPath(oval(x, y, 1.5, 1.4), paint((250, 200, 70)))


def forest(canvas: skia.Canvas, rng: random.Random) -> None:
    """Tall fir trees behind a mossy floor."""
    sky(canvas, (196, 228, 204), (224, 238, 204))
    for layer, (colour, base) in enumerate((((138, 184, 150), 78), ((84, 140, 108), 88))):
        offset = rng.uniform(-8, 8)
        for i in range(6):
            x = offset + i * 27 + 13 * layer - 8
            tall = jitter(rng, 62 + 6 * layer, 7)
            canvas.drawPath(box(x - 3, base - 14, x + 3, base + 8), paint((132, 98, 76)))
            for step in range(3):
                top = base - tall + step * tall * 0.25
                half = 8 + 4.2 * step
                canvas.drawPath(
                    polygon([(x - half, top + tall * 0.38), (x, top), (x + half, top + tall * 0.38)]), paint(colour)
                )
    ground(canvas, jitter(rng, 86, 2), (122, 150, 88))
    for _ in range(3):
        x, y = rng.uniform(8, 120), rng.uniform(98, 122)
        canvas.drawPath(box(x - 1.6, y, x + 1.6, y + 5, 1), paint((250, 240, 224)))
        canvas.drawPath(oval(x, y, 5, 3.4), paint((214, 90, 76)))


def desert(canvas: skia.Canvas, rng: random.Random) -> None:
    """Dunes, a cactus or two, a hot sky."""
    sky(canvas, (252, 212, 150), (255, 240, 206))
    sun(canvas, jitter(rng, 64, 34), jitter(rng, 20, 4), 10, (255, 250, 220))
    hill(canvas, jitter(rng, 26, 12), jitter(rng, 60, 3), 120, 92, (236, 184, 118))
    hill(canvas, jitter(rng, 108, 12), jitter(rng, 64, 3), 110, 94, (228, 170, 104))
    for x in (jitter(rng, 14, 5), jitter(rng, 114, 5)):
        y = jitter(rng, 82, 3)
        green = paint((92, 152, 92))
        canvas.drawPath(box(x - 4.5, y - 36, x + 4.5, y + 4, 4.5), green)
        canvas.drawPath(box(x - 13, y - 26, x - 7, y - 10, 3), green)
        canvas.drawPath(box(x - 12, y - 15, x, y - 9, 3), green)
        canvas.drawPath(box(x + 7, y - 31, x + 13, y - 15, 3), green)
        canvas.drawPath(box(x, y - 20, x + 12, y - 14, 3), green)
    ground(canvas, jitter(rng, 84, 2), (240, 200, 136))


def snow(canvas: skia.Canvas, rng: random.Random) -> None:
    """Pale mountains, white ground, big falling flakes."""
    sky(canvas, (172, 198, 228), (224, 234, 246))
    for cx in (jitter(rng, 26, 10), jitter(rng, 98, 10), jitter(rng, 62, 8)):
        top = jitter(rng, 34, 7)
        canvas.drawPath(polygon([(cx - 44, 94), (cx, top), (cx + 44, 94)]), paint((138, 160, 196)))
        canvas.drawPath(
            polygon([(cx - 13, top + 18), (cx, top), (cx + 13, top + 18), (cx + 4, top + 14), (cx - 3, top + 20)]),
            paint((252, 253, 255)),
        )
    ground(canvas, jitter(rng, 82, 2), (244, 248, 253), 4)
    for _ in range(13):
        x, y, r = rng.uniform(2, 126), rng.uniform(2, 84), rng.uniform(1.8, 2.8)
        canvas.drawPath(oval(x, y, r, r), paint((255, 255, 255), 0.95))
