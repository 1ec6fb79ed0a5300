"""Colours of the world, chosen in OKLCH so that equal hue steps look equal."""

from __future__ import annotations

import math

INK = (58, 42, 54)
"""Outline colour (sRGB 0–255) shared by every drawing."""

HUE_WORDS: tuple[tuple[str, float], ...] = (
    ("red", 25.0),
    ("orange", 58.0),
    ("yellow", 98.0),
    ("green", 142.0),
    ("teal", 190.0),
    ("blue", 250.0),
    ("purple", 300.0),
    ("pink", 350.0),
)
"""English colour words and the OKLCH hue in degrees that each one stands for."""


def oklch_to_srgb(lightness: float, chroma: float, hue: float) -> tuple[int, int, int]:
    """Convert OKLCH (L in 0–1, C, hue in degrees) to sRGB 0–255, clipped to the gamut.

    Source: Björn Ottosson, "A perceptual color space for image processing" (OKLab matrices).
    """
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return tuple(_encode(channel) for channel in linear)  # type: ignore[return-value]


def _encode(linear: float) -> int:
    linear = min(1.0, max(0.0, linear))
    encoded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * encoded)


def hue_lightness(hue: float) -> float:
    """Lightness at which a hue looks like its own word: yellow is light, blue is deep."""
    return 0.68 + 0.13 * math.cos(math.radians(hue - 105.0))


def hue_word(hue: float) -> str:
    """The colour word whose hue is nearest, in degrees around the circle."""
    return min(HUE_WORDS, key=lambda entry: hue_distance(entry[1], hue))[0]


def hue_distance(a: float, b: float) -> float:
    """Distance of two hues in degrees, 0–180."""
    return abs((a - b + 180.0) % 360.0 - 180.0)


def shade(colour: tuple[int, int, int], factor: float) -> tuple[int, int, int]:
    """Darken (factor < 1) or lighten (factor > 1, towards white) an sRGB colour."""
    if factor <= 1:
        return tuple(round(c * factor) for c in colour)  # type: ignore[return-value]
    return tuple(round(c + (255 - c) * (factor - 1)) for c in colour)  # type: ignore[return-value]
