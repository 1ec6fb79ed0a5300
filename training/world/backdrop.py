"""Helpers that backgrounds share. All in picture units: 128 × 128, y down."""

from __future__ import annotations

import random

import skia

from training.world.brush import Rgb, blob, oval, paint

SIZE = 128.0


def sky(canvas: skia.Canvas, top: Rgb, bottom: Rgb) -> None:
    """Fill everything with a vertical gradient."""
    shader = skia.GradientShader.MakeLinear(
        points=[skia.Point(0, 0), skia.Point(0, SIZE)],
        colors=[skia.Color(*top), skia.Color(*bottom)],
    )
    canvas.drawPaint(skia.Paint(Shader=shader))


def ground(canvas: skia.Canvas, y: float, colour: Rgb, bulge: float = 3.0) -> None:
    """A gently curved ground from y down to the lower edge."""
    path = skia.Path()
    path.moveTo(-2, y + bulge)
    path.quadTo(SIZE / 2, y - bulge, SIZE + 2, y + bulge)
    path.lineTo(SIZE + 2, SIZE + 2)
    path.lineTo(-2, SIZE + 2)
    path.close()
    canvas.drawPath(path, paint(colour))


def hill(canvas: skia.Canvas, cx: float, top: float, width: float, base: float, colour: Rgb) -> None:
    """A round hill."""
    canvas.drawPath(oval(cx, base, width / 2, base - top), paint(colour))


def cloud(
    canvas: skia.Canvas, x: float, y: float, size: float, colour: Rgb = (255, 255, 255), alpha: float = 0.9
) -> None:
    """A cloud of three puffs."""
    for dx, dy, r in ((-0.7, 0.1, 0.55), (0, -0.15, 0.75), (0.75, 0.12, 0.5)):
        canvas.drawPath(oval(x + dx * size, y + dy * size, r * size, r * size * 0.8), paint(colour, alpha))


def sun(canvas: skia.Canvas, x: float, y: float, size: float, colour: Rgb = (255, 226, 120)) -> None:
    """A sun with a glow."""
    canvas.drawPath(oval(x, y, size * 1.5, size * 1.5), paint(colour, 0.3))
    canvas.drawPath(oval(x, y, size, size), paint(colour))


def jitter(rng: random.Random, value: float, amount: float) -> float:
    """value ± amount, uniformly."""
    return value + rng.uniform(-amount, amount)


def stone(canvas: skia.Canvas, x: float, y: float, size: float, colour: Rgb) -> None:
    """A flat pebble or crater."""
    canvas.drawPath(
        blob(
            [
                (x - size, y),
                (x - size * 0.3, y - size * 0.5),
                (x + size * 0.8, y - size * 0.3),
                (x + size, y + size * 0.2),
                (x, y + size * 0.4),
            ]
        ),
        paint(colour),
    )
