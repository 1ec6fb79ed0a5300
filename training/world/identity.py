"""What makes one subject this very subject: the part that a caption does not say."""

from __future__ import annotations

import random
from dataclasses import dataclass

from training.world.colours import hue_distance, hue_lightness, oklch_to_srgb

PATTERNS: tuple[str, ...] = ("plain", "spotted", "striped", "checked", "dipped")
ACCESSORIES: tuple[str, ...] = ("none", "hat", "crown", "bow")
ACCESSORY_WEIGHTS: tuple[float, ...] = (0.4, 0.2, 0.2, 0.2)
MIN_HUE_GAP = 70.0


@dataclass(frozen=True)
class Identity:
    """Looks of one subject. Hues are OKLCH degrees; proportions are factors around 1."""

    body_hue: float
    second_hue: float
    second_light: bool
    pattern: str
    accessory: str
    stretch: float
    head: float

    @property
    def body(self) -> tuple[int, int, int]:
        """Body colour, sRGB 0–255."""
        return oklch_to_srgb(hue_lightness(self.body_hue), 0.155, self.body_hue)

    @property
    def second(self) -> tuple[int, int, int]:
        """Second colour, sRGB 0–255: clearly lighter or clearly deeper than the body."""
        body = hue_lightness(self.body_hue)
        if self.second_light:
            return oklch_to_srgb(min(0.93, body + 0.19), 0.10, self.second_hue)
        return oklch_to_srgb(max(0.40, body - 0.23), 0.13, self.second_hue)


def sample_identity(rng: random.Random) -> Identity:
    """Draw an identity; the two hues are at least MIN_HUE_GAP degrees apart."""
    body_hue = rng.uniform(0, 360)
    second_hue = rng.uniform(0, 360)
    while hue_distance(body_hue, second_hue) < MIN_HUE_GAP:
        second_hue = rng.uniform(0, 360)
    light_room = hue_lightness(body_hue) < 0.74
    return Identity(
        body_hue=body_hue,
        second_hue=second_hue,
        second_light=light_room and (hue_lightness(body_hue) < 0.62 or rng.random() < 0.5),
        pattern=rng.choice(PATTERNS),
        accessory=rng.choices(ACCESSORIES, ACCESSORY_WEIGHTS)[0],
        stretch=rng.uniform(0.9, 1.12),
        head=rng.uniform(0.88, 1.14),
    )
