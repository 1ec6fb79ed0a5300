"""Everything about a subject as one row of numbers: what a network is told that is to say it in a word."""

from __future__ import annotations

import math

from training.world.identity import ACCESSORIES, ACCESSORY_WEIGHTS, PATTERNS
from training.world.scene import CLASSES, Subject

PATTERN_PLACES = slice(len(CLASSES), len(CLASSES) + len(PATTERNS))
ACCESSORY_PLACES = slice(PATTERN_PLACES.stop, PATTERN_PLACES.stop + len(ACCESSORIES))
PATTERN_SHARES = (1 / len(PATTERNS),) * len(PATTERNS)
ACCESSORY_SHARES = ACCESSORY_WEIGHTS
HARMONICS = (1, 2)
TRAITS = ACCESSORY_PLACES.stop + 2 * 2 * len(HARMONICS) + 3


def traits_of(subject: Subject) -> list[float]:
    """[TRAITS]: class, pattern and accessory as one of each, both hues as waves, lightness and proportions."""
    who = subject.identity
    row = [float(subject.name == name) for name in CLASSES]
    row += [float(who.pattern == name) for name in PATTERNS]
    row += [float(who.accessory == name) for name in ACCESSORIES]
    for hue in (who.body_hue, who.second_hue):
        row += [wave(n * math.radians(hue)) for n in HARMONICS for wave in (math.cos, math.sin)]
    return [*row, float(who.second_light), 10 * (who.stretch - 1), 10 * (who.head - 1)]
