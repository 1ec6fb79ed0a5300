"""The judge: a small convolutional network that reads class, scene, hues, pattern off a picture.

It is trained on renderings only, blurred and noised at random, so that it can also read the
softer pictures of a model. Its own accuracy on held-out renderings belongs beside every figure.
"""

from __future__ import annotations

import itertools
import random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.dataset.prerender import WorldArrays
from training.world.attributes import (
    CHOICES,
    HUES,
    IGNORE,
    WIDTH,
    attribute_row,
    hue_degrees,
    split_logits,
)

INPUT = 128
FULL = 2 * INPUT
"""Edge of the pictures it reads; smaller ones (the first four releases) are enlarged."""
HALF_CENTRES = ((66.0, 168.0), (190.0, 168.0))
"""Where the left and the right of two subjects stand, in pixels of FULL."""


class Judge(nn.Module):
    """[b, 3, INPUT, INPUT] in [−1, 1] → logits [b, WIDTH]."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        widths = [3, width, 2 * width, 4 * width, 6 * width, 8 * width]
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(itertools.pairwise(widths)):
            layers += [
                nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(b),
                nn.ReLU(),
            ]
            if i:
                layers += [nn.Conv2d(b, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Linear(2 * widths[-1], WIDTH)

    def forward(self, pixels: Tensor) -> Tensor:
        """Attribute logits; see world.attributes.split_logits."""
        features = self.trunk(pixels)
        return self.head(torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1))


def whole_view(picture: Tensor) -> Tensor:
    """[3, s, s] uint8 → [3, INPUT, INPUT] uint8."""
    return resized(picture, INPUT)


def resized(picture: Tensor, edge: int) -> Tensor:
    """[3, s, s] uint8 → [3, edge, edge] uint8: by area down, bicubic up."""
    if picture.shape[-1] == edge:
        return picture
    mode = "area" if picture.shape[-1] > edge else "bicubic"
    return F.interpolate(picture.float()[None], size=(edge, edge), mode=mode)[0].round().clamp(0, 255).to(torch.uint8)


def half_view(picture: Tensor, side: int, rng: random.Random | None = None) -> Tensor:
    """A window of INPUT pixels around the left (0) or right (1) of two subjects in [3, s, s]."""
    picture = resized(picture, FULL)
    cx, cy = HALF_CENTRES[side]
    dx, dy = (rng.uniform(-4, 4), rng.uniform(-6, 6)) if rng else (0.0, 0.0)
    left = round(min(max(cx + dx - INPUT / 2, 0), FULL - INPUT))
    top = round(min(max(cy + dy - INPUT / 2, 0), FULL - INPUT))
    return picture[:, top : top + INPUT, left : left + INPUT].contiguous()


@torch.no_grad()
def read(judge: Judge, views: Tensor, batch_size: int = 128) -> dict[str, Tensor]:
    """Views [n, 3, INPUT, INPUT] uint8 → class indices by attribute, hues in degrees."""
    parts = [judge(views[i : i + batch_size].float() / 127.5 - 1).float() for i in range(0, len(views), batch_size)]
    logits = split_logits(torch.cat(parts))
    answers = {name: logits[name].argmax(1) for name in CHOICES}
    return answers | {name: hue_degrees(logits[name]) for name in HUES}


def judge_accuracy(judge: Judge, world: WorldArrays, count: int = 2000) -> dict[str, float]:
    """The judge's own accuracy on held-out single-subject renderings; hue errors in degrees."""
    rows = [row for row in range(len(world)) if len(world.scene(row).subjects) == 1][:count]
    views = torch.stack([whole_view(torch.from_numpy(world.pixels[row].copy()).permute(2, 0, 1)) for row in rows])
    answers = read(judge, views)
    truth = torch.tensor([attribute_row(world.scene(row), world.scene(row).subjects[0]) for row in rows])
    result: dict[str, float] = {"pictures": len(rows)}
    for i, name in enumerate(CHOICES):
        known = truth[:, i] != IGNORE
        result[name] = round(float((answers[name] == truth[:, i])[known].float().mean()), 4)
    for i, name in enumerate(HUES):
        angle = hue_degrees(truth[:, len(CHOICES) + 2 * i : len(CHOICES) + 2 * i + 2])
        result[f"{name}_hue_error"] = round(float(hue_error(answers[name], angle)[~angle.isnan()].mean()), 2)
    return result


def hue_error(a: Tensor, b: Tensor) -> Tensor:
    """Distance of hues in degrees, 0–180."""
    return ((a - b + 180) % 360 - 180).abs()
