"""The segmentation network: subjects of the world, and of drawings that are not quite of the world.

Masks are exact, for the renderer draws subjects alone too. A share of the pictures gets another background, other
colours or another scale, so that the network looks for an outlined thing and not for ten known ones.
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.dataset.prerender import WorldArrays
from training.models.pixels import to_signed
from training.models.segmenter import Segmenter
from training.world import render_scene, sample_scene

NEW_BACKGROUND = 0.35
NEW_COLOURS = 0.5
NEW_SCALE = 0.5
DICE_WEIGHT = 1.0


class SegmentationStage(nn.Module):
    """Binary cross-entropy plus the Dice loss (Milletari et al., "V-Net")."""

    def __init__(self, segmenter: Segmenter, world: WorldArrays) -> None:
        super().__init__()
        self.segmenter = segmenter
        self.world = world

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """pixels [b, 3, s, s] and masks [b, 1, s, s], both uint8."""
        rng = random.Random(int(torch.randint(2**62, (1,), generator=generator)))
        pairs = [self._example(rng) for _ in range(batch_size)]
        pixels, masks = (torch.from_numpy(np.stack(part)) for part in zip(*pairs, strict=True))
        return {"pixels": pixels.permute(0, 3, 1, 2), "masks": masks[:, None]}

    def _example(self, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
        row = rng.randrange(len(self.world))
        pixels, mask = np.array(self.world.pixels[row]), np.array(self.world.masks[row])
        if rng.random() < NEW_BACKGROUND:
            pixels = blend(pixels, mask, self._background(rng))
        if rng.random() < NEW_SCALE:
            pixels, mask = rescaled(pixels, mask, rng)
        if rng.random() < NEW_COLOURS:
            pixels = recoloured(pixels, rng)
        if rng.random() < 0.5:
            pixels, mask = pixels[:, ::-1], mask[:, ::-1]
        return np.ascontiguousarray(pixels), np.ascontiguousarray(mask)

    def _background(self, rng: random.Random) -> np.ndarray:
        size = self.world.pixels.shape[1]
        if rng.random() < 0.4:
            return gradient(size, rng)
        return render_scene(replace(sample_scene(rng.randrange(2**31)), subjects=()), size).pixels

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss and intersection over union of one batch."""
        truth = batch["masks"].float() / 255
        logits = self.segmenter(to_signed(batch["pixels"])).float()
        share = logits.sigmoid()
        both, either = (share * truth).sum((1, 2, 3)), (share + truth).sum((1, 2, 3))
        dice = 1 - ((2 * both + 1) / (either + 1)).mean()
        loss = F.binary_cross_entropy_with_logits(logits, truth) + DICE_WEIGHT * dice
        return {"loss": loss, "iou": overlap(logits.detach(), truth).mean()}


def overlap(logits: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union of [b, 1, h, w] at one half, [b]."""
    found, there = logits > 0, truth > 0.5
    both, either = (found & there).sum((1, 2, 3)), (found | there).sum((1, 2, 3))
    return both / either.clamp(min=1)


def blend(pixels: np.ndarray, mask: np.ndarray, background: np.ndarray) -> np.ndarray:
    """What the mask covers of one picture, before another."""
    inside = mask[..., None].astype(np.float32) / 255
    return (pixels * inside + background * (1 - inside) + 0.5).astype(np.uint8)


def gradient(size: int, rng: random.Random) -> np.ndarray:
    """[size, size, 3] float32: paper, from one colour to another, with grain in half of them."""
    first, last = (np.float32([rng.randrange(256) for _ in range(3)]) for _ in range(2))
    if rng.random() < 0.5:
        last = first
    ramp = np.linspace(0, 1, size, dtype=np.float32)
    ramp = (ramp[:, None] if rng.random() < 0.5 else ramp[None])[..., None]
    paper = np.broadcast_to(first + (last - first) * ramp, (size, size, 3))
    if rng.random() < 0.5:
        grain = np.random.default_rng(rng.randrange(2**32)).standard_normal((size // 4, size // 4, 1), np.float32)
        paper = paper + 14 * grain.repeat(4, 0).repeat(4, 1)
    return np.clip(paper, 0, 255)


def recoloured(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    """Channels in another order, another gamma, another contrast."""
    order = rng.sample(range(3), 3)
    shares = (pixels[..., order].astype(np.float32) / 255) ** rng.uniform(0.6, 1.6)
    low, high = rng.uniform(0, 0.2), rng.uniform(0.8, 1.0)
    return (255 * (low + (high - low) * shares) + 0.5).astype(np.uint8)


def rescaled(pixels: np.ndarray, mask: np.ndarray, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Picture and mask stretched and moved alike; beyond the picture's edge its last pixels go on."""
    angle, scale = rng.gauss(0, 0.15), rng.uniform(0.65, 1.25)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    taller = rng.uniform(0.85, 1.15)
    moved = torch.tensor([[[cos, -sin, rng.uniform(-0.2, 0.2)], [sin * taller, cos * taller, rng.uniform(-0.2, 0.2)]]])
    planes = torch.from_numpy(np.concatenate([pixels, mask[..., None]], 2)).permute(2, 0, 1)[None].float()
    grid = F.affine_grid(moved.float(), planes.shape, align_corners=False)
    drawn = F.grid_sample(planes, grid, padding_mode="border", align_corners=False)[0].permute(1, 2, 0)
    drawn = drawn.round().clamp(0, 255).to(torch.uint8).numpy()
    return drawn[..., :3], drawn[..., 3]
