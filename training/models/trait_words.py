"""What a pseudo-word would be if a subject's traits were known: a teacher, never part of a release."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from training.world.traits import ACCESSORY_PLACES, ACCESSORY_SHARES, PATTERN_PLACES, PATTERN_SHARES, TRAITS

LOUDER_PATTERN = 0.8
LOUDER_ACCESSORY = 1.2
"""How much farther from the mean of all patterns, all accessories, a louder word goes.

The projector takes a share of them for others, so that the mean over what it says is too timid.
"""


class TraitWords(nn.Module):
    """Traits [..., TRAITS] → pseudo-words [..., d]; as a fit, the mean of what the projector says of such subjects."""

    def __init__(self, width: int, hidden: int = 384) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(TRAITS, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, width)
        )
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))

    def forward(self, traits: Tensor) -> Tensor:
        """Pseudo-words."""
        return self.layers(traits) * self.spread + self.mean

    def louder(self, traits: Tensor) -> Tensor:
        """Words in which pattern and accessory stand out from the mean of all patterns, all accessories."""
        word = self(traits)
        pattern = word - self._mean_over(traits, PATTERN_PLACES, PATTERN_SHARES)
        accessory = word - self._mean_over(traits, ACCESSORY_PLACES, ACCESSORY_SHARES)
        return word + LOUDER_PATTERN * pattern + LOUDER_ACCESSORY * accessory

    def _mean_over(self, traits: Tensor, places: slice, shares: Iterable[float]) -> Tensor:
        mean = 0
        for i, share in enumerate(shares):
            other = traits.clone()
            other[..., places] = 0
            other[..., places.start + i] = 1
            mean = mean + share * self(other)
        return mean
