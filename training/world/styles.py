"""Styles: ways in which a whole finished picture is rendered anew."""

from __future__ import annotations

import random

import skia

from training.world.backdrop import SIZE
from training.world.brush import oval, paint

STYLES: tuple[str, ...] = ("painted", "pencil", "night", "sunset", "chalk")
STYLE_WEIGHTS: tuple[float, ...] = (0.78, 0.055, 0.055, 0.055, 0.055)

_LUMA = (0.30, 0.59, 0.11)


def _tone(dark: tuple[int, int, int], light: tuple[int, int, int], keep: float) -> list[float]:
    """A 4 × 5 colour matrix: luma mapped from dark to light, mixed with `keep` of the old colour."""
    matrix: list[float] = []
    for channel in range(3):
        low, high = dark[channel] / 255, light[channel] / 255
        row = [(high - low) * weight * (1 - keep) for weight in _LUMA]
        row[channel] += keep
        matrix += [*row, 0.0, low * (1 - keep)]
    return [*matrix, 0.0, 0.0, 0.0, 1.0, 0.0]


_MATRICES = {
    "pencil": _tone((64, 60, 62), (255, 252, 244), 0.0),
    "chalk": _tone((244, 244, 232), (34, 52, 48), 0.0),
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
