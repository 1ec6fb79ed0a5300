"""What can be read off a picture, as numbers: targets for the encoders' probe and the judge."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from training.world.identity import ACCESSORIES, PATTERNS
from training.world.scene import CLASSES, SCENES, Scene, Subject
from training.world.styles import STYLES

CHOICES: dict[str, int] = {
    "class": len(CLASSES),
    "scene": len(SCENES),
    "style": len(STYLES),
    "pattern": len(PATTERNS),
    "accessory": len(ACCESSORIES),
}
HUES: tuple[str, ...] = ("body", "second")
WIDTH = sum(CHOICES.values()) + 2 * len(HUES)
IGNORE = -100


def attribute_row(scene: Scene, subject: Subject | None) -> list[float]:
    """Targets of one picture: five class indices, then cos, sin of both hues.

    Without a subject (two in the picture) only scene and style are told.
    """
    row: list[float] = [IGNORE, SCENES.index(scene.background), STYLES.index(scene.style), IGNORE, IGNORE]
    hues = [math.nan] * (2 * len(HUES))
    if subject:
        who = subject.identity
        row[0] = CLASSES.index(subject.name)
        row[3:5] = [PATTERNS.index(who.pattern), ACCESSORIES.index(who.accessory)]
        angles = [math.radians(who.body_hue), math.radians(who.second_hue)]
        hues = [f(angle) for angle in angles for f in (math.cos, math.sin)]
    return [*row, *hues]


def attribute_loss(logits: Tensor, rows: Tensor) -> Tensor:
    """Cross-entropies and squared hue error. logits: [b, WIDTH]; rows: [b, 5 + 4]."""
    loss = logits.new_zeros(())
    parts = split_logits(logits)
    for i, name in enumerate(CHOICES):
        target = rows[:, i].long()
        if (target != IGNORE).any():
            loss = loss + F.cross_entropy(parts[name], target, ignore_index=IGNORE)
    hues, targets = logits[:, -2 * len(HUES) :], rows[:, len(CHOICES) :]
    known = ~targets.isnan()
    if known.any():
        loss = loss + 4 * (hues[known] - targets[known]).square().mean()
    return loss


def split_logits(logits: Tensor) -> dict[str, Tensor]:
    """Logits by attribute name; hues as [b, 2] (cos, sin)."""
    sizes = [*CHOICES.values(), *(2 for _ in HUES)]
    return dict(zip((*CHOICES, *HUES), logits.split(sizes, dim=1), strict=True))


def hue_degrees(vector: Tensor) -> Tensor:
    """[b, 2] (cos, sin) → degrees 0–360."""
    return torch.rad2deg(torch.atan2(vector[:, 1], vector[:, 0])) % 360
