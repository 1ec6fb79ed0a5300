"""A projector that says traits louder: its words then hold against a caption that says nothing of them.

The projector's own words are timid where it is unsure, and at α = 0.5 half of the guidance comes from the caption
alone. Here it learns the louder words of known traits (`models.trait_words`) from every view of a subject. Nothing but
its weights changes, and no UNet is needed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.models.projector import PseudoWordProjector
from training.stages.invariance import NOISE


class LouderStage(nn.Module):
    """Squared error of pseudo-words in units of their spread. embeds: [n, v, d_image] of v views; words: [n, d]."""

    def __init__(self, projector: PseudoWordProjector, embeds: Tensor, words: Tensor) -> None:
        super().__init__()
        self.projector = projector
        self.embeds = embeds
        self.words = words
        self.noise = NOISE * embeds.std()
        self.spread = words.std(0).mean()

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """One view of each of some subjects, image_embeds [b, d_image], and the word it should be given, [b, d]."""
        count, views = self.embeds.shape[:2]
        rows = torch.randint(count, (batch_size,), generator=generator)
        embeds = self.embeds[rows, torch.randint(views, (batch_size,), generator=generator)]
        noise = self.noise * torch.randn(embeds.shape, generator=generator)
        return {"image_embeds": embeds + noise, "words": self.words[rows]}

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch; 1 is what knowing nothing gives."""
        error = (self.projector(batch["image_embeds"]).float() - batch["words"]) / self.spread
        return {"loss": error.square().mean()}
