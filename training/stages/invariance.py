"""A pseudo-word that says what the subject is and not where it stood.

A projector that was trained on crops of the very pictures it helps to draw (UMM-Diffusion, Sec. 3.4) says their
backgrounds too. Here it learns to give every view of a subject, cut out or not, one word: the mean of what the
trained projector says of it before several backgrounds. No UNet is needed, so that this takes a minute.
"""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor, nn
from transformers import CLIPModel

from training.dataset.cache import crop_elsewhere
from training.dataset.prerender import WorldArrays
from training.models.networks import encode_images
from training.models.projector import PseudoWordProjector

CROPS_SEEN = 2
"""Views that show a background: the picture's own and another's. The others are cut out."""
NOISE = 0.02
"""Noise on image embeddings, as a share of their spread."""


class InvarianceStage(nn.Module):
    """Squared error of pseudo-words against the teacher's mean.

    embeds: [n, v, d] image embeddings of v views of n subjects, the first CROPS_SEEN of them with a background.
    """

    def __init__(self, projector: PseudoWordProjector, teacher: PseudoWordProjector, embeds: Tensor) -> None:
        super().__init__()
        self.projector = projector
        self.embeds = embeds
        self.spread = embeds.std()
        with torch.no_grad():
            self.words = teacher(embeds[:, :CROPS_SEEN]).mean(1)

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """One view of each of some subjects, image_embeds [b, d], and the word it should be given, words [b, d]."""
        count, views = self.embeds.shape[:2]
        rows = torch.randint(count, (batch_size,), generator=generator)
        embeds = self.embeds[rows, torch.randint(views, (batch_size,), generator=generator)]
        noise = NOISE * self.spread * torch.randn(embeds.shape, generator=generator)
        return {"image_embeds": embeds + noise, "words": self.words[rows]}

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch."""
        return {"loss": (self.projector(batch["image_embeds"]).float() - batch["words"]).square().mean()}


def subject_views(world: WorldArrays, rows: range) -> np.ndarray:
    """[n, v, 64, 64, 3] uint8: a subject of each row in its own picture, in another, and cut out."""
    views = []
    for row in rows:
        rng = random.Random(row)
        scene = world.scene(row)
        slot = rng.randrange(len(scene.subjects))
        elsewhere = (crop_elsewhere(scene, slot, rng) for _ in range(CROPS_SEEN - 1))
        views.append(np.stack([world.crops[row, slot, 0], *elsewhere, *world.cutouts[row, slot]]))
    return np.stack(views)


def embed_subjects(clip: CLIPModel, world: WorldArrays, rows: range) -> Tensor:
    """Image embeddings of `subject_views`, [n, v, d]."""
    views = torch.from_numpy(subject_views(world, rows)).permute(0, 1, 4, 2, 3)
    return encode_images(clip, views.flatten(0, 1)).unflatten(0, views.shape[:2])
