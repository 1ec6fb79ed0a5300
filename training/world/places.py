"""Built and far-off backgrounds: city, sea, moon, bedroom, castle."""

from __future__ import annotations

import random

import skia

from training.world.backdrop import SIZE, cloud, ground, hill, jitter, sky
from training.world.brush import box, curve, oval, paint, pen, polygon


def city(canvas: skia.Canvas, rng: random.Random) -> None:
    """A row of tall houses with windows, a road."""
    sky(canvas, (198, 214, 236), (246, 236, 226))
    x = rng.uniform(-14, -2)
    shades = [(178, 160, 176), (196, 152, 142), (150, 158, 184), (206, 184, 158)]
    start = rng.randrange(4)
    for i in range(6):
        width, top = jitter(rng, 25, 3), jitter(rng, 34, 14)
        canvas.drawPath(box(x, top, x + width - 1.5, 96), paint(shades[(start + i) % 4]))
        for row in range(5):
            for column in range(2):
                left, y = x + 4 + column * (width - 1.5) * 0.46, top + 6 + row * 11
                canvas.drawPath(box(left, y, left + 5.5, y + 6), paint((255, 240, 186)))
        x += width
    canvas.drawPath(box(0, 84, SIZE, SIZE), paint((206, 200, 198)))
    canvas.drawPath(box(0, 90, SIZE, SIZE), paint((134, 132, 144)))
    for i in range(5):
        left = i * 32 - 8 + rng.uniform(0, 3)
        canvas.drawPath(box(left, 108, left + 16, 112, 1), paint((244, 238, 214)))


def sea(canvas: skia.Canvas, rng: random.Random) -> None:
    """Under water: rays of light, weeds, bubbles, sand."""
    sky(canvas, (122, 214, 226), (28, 104, 160))
    for cx in (jitter(rng, 30, 10), jitter(rng, 84, 10)):
        canvas.drawPath(
            polygon([(cx - 7, 0), (cx + 9, 0), (cx + 30, 112), (cx - 22, 112)]), paint((230, 255, 250), 0.16)
        )
    ground(canvas, jitter(rng, 106, 2), (206, 192, 150), 3)
    for x in (jitter(rng, 9, 4), jitter(rng, 24, 5), jitter(rng, 104, 5), jitter(rng, 119, 4)):
        top = jitter(rng, 72, 10)
        canvas.drawPath(curve((x, 118), (x + rng.choice((-12, 12)), 96), (x, top)), pen((44, 140, 108), 6))
    for _ in range(6):
        bx, by, r = rng.uniform(6, 122), rng.uniform(8, 90), rng.uniform(2, 3.6)
        canvas.drawPath(oval(bx, by, r, r), paint((226, 250, 255), 0.8))


def moon(canvas: skia.Canvas, rng: random.Random) -> None:
    """Grey craters under a dark starry sky with the earth in it."""
    sky(canvas, (34, 30, 66), (74, 64, 112))
    for _ in range(14):
        x, y, r = rng.uniform(3, 125), rng.uniform(3, 78), rng.uniform(1.0, 1.9)
        canvas.drawPath(oval(x, y, r, r), paint((255, 250, 224)))
    ex, ey = rng.choice((24, 104)), jitter(rng, 24, 4)
    canvas.drawPath(oval(ex, ey, 13, 13), paint((98, 174, 226)))
    canvas.drawPath(oval(ex - 4, ey - 3, 6, 4.5, 20), paint((142, 206, 134)))
    canvas.drawPath(oval(ex + 5, ey + 6, 4, 3), paint((142, 206, 134)))
    ground(canvas, jitter(rng, 84, 2), (186, 184, 194), 6)
    for i in range(4):
        cx, cy, r = jitter(rng, 16 + 32 * i, 8), jitter(rng, 106, 10), rng.uniform(5, 9)
        canvas.drawPath(oval(cx, cy, r, r * 0.42), paint((154, 152, 168)))


def bedroom(canvas: skia.Canvas, rng: random.Random) -> None:
    """A papered wall, a window or picture, wooden floor, a round rug."""
    canvas.drawPaint(paint((244, 222, 206)))
    offset = rng.uniform(0, 16)
    for i in range(9):
        canvas.drawPath(box(i * 16 - offset, 0, i * 16 - offset + 7, 90), paint((238, 206, 194)))
    left = rng.choice((10, 84))
    canvas.drawPath(box(left - 4, 10, left + 36, 52, 2), paint((255, 252, 246)))
    canvas.drawPath(box(left, 14, left + 32, 48), paint((164, 216, 246)))
    canvas.drawPath(box(left + 14.5, 12, left + 17.5, 50), paint((255, 252, 246)))
    x = 98 - left
    canvas.drawPath(box(x, 16, x + 24, 40, 1), paint((196, 138, 92)))
    canvas.drawPath(box(x + 4, 20, x + 20, 36), paint((248, 236, 190)))
    canvas.drawPath(box(0, 84, SIZE, SIZE), paint((206, 152, 104)))
    canvas.drawPath(box(0, 84, SIZE, 88), paint((252, 246, 238)))
    for y in (99, 112):
        canvas.drawPath(box(0, y, SIZE, y + 1.6), paint((180, 126, 84)))
    canvas.drawPath(oval(jitter(rng, 64, 6), 112, 46, 11), paint((196, 122, 128)))
    canvas.drawPath(oval(jitter(rng, 64, 2), 112, 34, 7), paint((232, 178, 166)))


def castle(canvas: skia.Canvas, rng: random.Random) -> None:
    """A castle on a hill, flags up, a lilac evening sky."""
    sky(canvas, (206, 188, 232), (252, 226, 222))
    cloud(canvas, jitter(rng, 30, 12), jitter(rng, 20, 5), 11, (255, 246, 248))
    hill(canvas, 64, jitter(rng, 66, 2), 190, 100, (150, 186, 134))
    cx = jitter(rng, 64, 20)
    wall, roof = paint((196, 186, 204)), paint((150, 104, 164))
    canvas.drawPath(box(cx - 26, 40, cx + 26, 78), wall)
    for side in (-34, 0, 34):
        top = 24 if side == 0 else 34
        canvas.drawPath(box(cx + side - 10, top, cx + side + 10, 80), wall)
        canvas.drawPath(polygon([(cx + side - 13, top), (cx + side, top - 20), (cx + side + 13, top)]), roof)
        canvas.drawPath(box(cx + side - 3, top + 8, cx + side + 3, top + 18, 3), paint((112, 96, 136)))
    ground(canvas, jitter(rng, 86, 2), (132, 172, 116))
    canvas.drawPath(polygon([(cx - 6, 84), (cx + 6, 84), (cx + 18, SIZE), (cx - 20, SIZE)]), paint((226, 206, 172)))
