"""Styles: ways in which a whole finished picture is rendered anew."""

from __future__ import annotations

import random

import skia

from training.world.backdrop import SIZE
from training.world.brush import oval, paint

STYLES: tuple[str, ...] = ("painted", "night", "sunset")
STYLE_WEIGHTS: tuple[float, ...] = (0.89, 0.055, 0.055)

_MATRICES = {
    "night": [0.42, 0.0, 0.0, 0.0, 0.0, 0.0, 0.46, 0.0, 0.0, 0.02, 0.0, 0.0, 0.58, 0.0, 0.16, 0.0, 0.0, 0.0, 1.0, 0.0],
    "sunset": [
        0.78,
        0.1,
        0.0,
        0.0,
        0.18,
        0.0,
        0.66,
        0.0,
        0.0,
        0.06,
        0.0,
        0.0,
        0.58,
        0.0,
        0.06,
        0.0,
        0.0,
        0.0,
        1.0,
        0.0,
    ],
}


def style_paint(style: str) -> skia.Paint | None:
    """The paint that redraws a finished picture in a style; None leaves it as painted."""
    matrix = _MATRICES.get(style)
    return skia.Paint(ColorFilter=skia.ColorFilters.Matrix(matrix)) if matrix else None


def finish(canvas: skia.Canvas, style: str, rng: random.Random) -> None:
    """Draw what a style adds on top: moon and stars at night, a low sun at sunset."""
    if style == "night":
        x = rng.choice((20.0, SIZE - 20))
        canvas.drawPath(oval(x, 19, 15, 15), paint((255, 246, 200), 0.25))
        canvas.drawPath(oval(x, 19, 10, 10), paint((255, 246, 200)))
        for _ in range(8):
            canvas.drawPath(oval(rng.uniform(4, 124), rng.uniform(4, 40), 1.5, 1.5), paint((255, 250, 220)))
    elif style == "sunset":
        x = rng.choice((18.0, SIZE - 18))
        canvas.drawPath(oval(x, 24, 19, 19), paint((255, 214, 110), 0.35))
        canvas.drawPath(oval(x, 24, 12.5, 12.5), paint((255, 196, 84)))
