"""Words for subjects whose traits are known: fitted to what the projector says of every view, in a minute, no UNet.

What the projector misreads on single pictures averages out here: a UNet that is given such a word draws the subject
better than with the projector's own. It needs the traits, so it is of use only as a teacher of projector and look.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.dataset.prerender import MAX_SUBJECTS, WorldArrays
from training.models.projector import PseudoWordProjector
from training.models.trait_words import TraitWords
from training.stages.tiue import TiueData
from training.world.traits import TRAITS, traits_of


class TraitWordsStage(nn.Module):
    """Squared error, in units of the words' own spread. traits: [n, TRAITS]; words: [n, d]."""

    def __init__(self, model: TraitWords, traits: Tensor, words: Tensor) -> None:
        super().__init__()
        model.mean.copy_(words.mean(0))
        model.spread.copy_(words.std(0))
        self.model = model
        self.traits = traits
        self.words = words

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """Traits of some subjects and their words."""
        rows = torch.randint(len(self.traits), (batch_size,), generator=generator)
        return {"traits": self.traits[rows], "words": self.words[rows]}

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch; 1 is what knowing nothing gives."""
        error = (self.model(batch["traits"]).float() - batch["words"]) / self.model.spread
        return {"loss": error.square().mean()}


def world_traits(world: WorldArrays, count: int) -> Tensor:
    """[count, MAX_SUBJECTS, TRAITS] of the first scenes' subjects; zeros where there is none."""
    traits = torch.zeros(count, MAX_SUBJECTS, TRAITS)
    for row in range(count):
        for i, subject in enumerate(world.scene(row).subjects):
            traits[row, i] = torch.tensor(traits_of(subject))
    return traits


def pinned_embeds(data: TiueData) -> tuple[Tensor, Tensor]:
    """Image embeddings of every view, [n, MAX_SUBJECTS, v, d_image], and who is pinned, [n, MAX_SUBJECTS]."""
    rows = data.rows(list(range(len(data))), ("image_embeds", "spans"))
    return rows["image_embeds"][:, :MAX_SUBJECTS], rows["spans"][:, :MAX_SUBJECTS, 1] > 0


@torch.no_grad()
def mean_words(projector: PseudoWordProjector, embeds: Tensor) -> Tensor:
    """Mean over all views of what the projector says: [n, s, v, d_image] → [n, s, d]."""
    return torch.cat([projector(part).mean(2) for part in embeds.split(1024)])
