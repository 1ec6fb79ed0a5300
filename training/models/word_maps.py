"""Where the network sees pinned words: what binds each look to its own (Conceptrol, arXiv 2503.06568).

As the product has it (`workers/graph/modules/word-maps.ts`): the attention to the word's tokens in the first
cross-attention after the middle, mean over heads, divided by its largest value; of several words the one that wants a
place most has it. Layers before that one go by the maps of the step before.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

MAP_BLOCK = "up_blocks"
"""The first cross-attention of these tells where words are."""
BOUND_FROM = 0.2
"""A look that is bound to its word is off before this share of the steps: the layout forms from the text."""
TIE_BREAK = 1e-3
"""Who comes later claims a place this much less, so that no place is claimed equally."""
SHARPNESS = 1e4


@dataclass
class WordMaps:
    """The maps of one run.

    spans: [b, s, 2] tokens of the pinned words, first and past-last; rows: those of a call in which they are looked
    for, b of them; maps: [b, s, places], None before the first call.
    """

    spans: Tensor
    rows: slice
    maps: Tensor | None = None

    def read(self, attention: Tensor) -> None:
        """Find the words in what the text is attended to, [rows, heads, places, tokens]."""
        self.maps = word_maps(attention[self.rows], self.spans)


def word_maps(attention: Tensor, spans: Tensor) -> Tensor:
    """[b, heads, places, tokens] and [b, s, 2] → [b, s, places] of 0 … 1; zeros for a span that is empty."""
    index = torch.arange(attention.shape[-1], device=spans.device)
    inside = ((index >= spans[..., :1]) & (index < spans[..., 1:])).float()
    inside = inside / inside.sum(-1, keepdim=True).clamp(min=1)
    wanted = torch.einsum("bhxn,bsn->bsx", attention.float(), inside)
    maps = wanted / (wanted.amax(-1, keepdim=True) + 1e-6)
    order = 1 - TIE_BREAK * torch.arange(maps.shape[1], device=maps.device)
    claims = SHARPNESS * order[:, None] * maps
    return maps * (claims - claims.amax(1, keepdim=True) + 1).relu()


def at_grid(maps: Tensor, places: int) -> Tensor:
    """[b, s, h · w] → [b, s, places] of another square grid, each place by the nearest, as torch's interpolate."""
    old, new = round(maps.shape[-1] ** 0.5), round(places**0.5)
    nearest = torch.arange(new, device=maps.device) * old // new
    return maps.unflatten(-1, (old, old))[..., nearest, :][..., nearest].flatten(-2)
