"""Multi-reference self-attention (FreeCustom, Ding et al. 2024, arXiv 2405.13870) in plain PyTorch, on diffusers' UNets.

References are rows of the same batch, each with a text of its own. In the late self-attentions the first row, and it
alone, also attends to what their masks leave of them, with w added to the scores. Bound to words, the logarithm of the
word's map, read from the row of the text as Conceptrol reads it, is added too. Everything else is diffusers' own.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention, AttnProcessor
from safetensors.torch import save_file

from look_unet_reference import cross_width, grids, load_unet

TIMESTEP = 421
TOKENS = 12
BRANCHES = 3
FULL_WEIGHT = 3.0
STRENGTHS = (1.0, 0.4)
WORDS = ((3, 5), (9, 10))
TEXT_ROW = 1
LEAST_OF_MAP = 1e-4
CASES = {
    "sd15": ("sd15/unet", (7, 10)),
    "half": ("half/unet", (8, 8)),
    "lists": ("unet-variants/lists", (7, 10)),
    "no-middle": ("unet-variants/no-middle", (8, 8)),
}

Tensors = dict[str, torch.Tensor]


def late_self_attentions(unet: UNet2DConditionModel) -> list[str]:
    """Those of the last two up blocks that attend: layers 10 to 15 of Stable Diffusion 1.5, in execution order."""
    attending = [index for index, block in enumerate(unet.up_blocks) if getattr(block, "has_cross_attention", False)]
    late = tuple(f"up_blocks.{index}." for index in attending[-2:])
    return [
        name.removesuffix(".processor")
        for name in unet.attn_processors
        if name.startswith(late) and name.endswith("attn1.processor")
    ]


def word_map_layer(unet: UNet2DConditionModel) -> str:
    """up_blocks.1.attentions.0 of Stable Diffusion 1.5."""
    return next(
        name.removesuffix(".processor")
        for name in unet.attn_processors
        if name.startswith("up_blocks") and name.endswith("attn2.processor")
    )


def weight_of(strength: float) -> float:
    """w: that of the paper's configs at strength 1, and so that the keys' share of the softmax is as the strength."""
    return FULL_WEIGHT + math.log(strength)


def heads_of(attn: Attention, x: torch.Tensor) -> torch.Tensor:
    """[N, S, heads · d] → [N, heads, S, d]"""
    return x.unflatten(-1, (attn.heads, -1)).transpose(1, 2)


def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bias: torch.Tensor | float = 0.0) -> torch.Tensor:
    """softmax(q·kᵀ / √d + bias)·v"""
    return (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + bias).softmax(-1) @ value


@dataclass
class Seen:
    """How the first row sees one reference."""

    strength: float
    # [H, W] of its picture, true where it is the subject
    mask: torch.Tensor
    # [h·w] by the number of places of a grid: how much of it may be there
    areas: dict[int, torch.Tensor] = field(default_factory=dict)
    # which of the words it is bound to
    word: int = 0

    def bias(self, grid: tuple[int, int], word_map: torch.Tensor | None = None) -> torch.Tensor:
        """[queries, keys]: w inside the mask, −∞ outside, and the logarithms of the area and of the word's map, [h, w]."""
        places = grid[0] * grid[1]
        inside = F.interpolate(self.mask[None, None].float(), grid, mode="nearest").flatten() > 0.5
        keys = torch.where(inside, weight_of(self.strength), -torch.inf)
        area = self.areas.get(places, torch.ones(places))
        bias = keys[None] + area.log()[:, None]
        if word_map is None:
            return bias
        gate = F.interpolate(word_map[None, None], grid, mode="nearest").flatten()
        return bias + (gate + LEAST_OF_MAP).log()[:, None]


class WordMaps:
    """The processor of the first cross-attention behind the middle: also finds the words (F1.11).

    Of several the one whose word attends to a place most has it, where its area lets it.
    """

    def __init__(
        self, spans: list[tuple[int, int]], areas: list[dict[int, torch.Tensor]], places: dict[int, tuple[int, int]]
    ) -> None:
        self.spans = spans
        self.areas = areas
        self.places = places
        self.recording = True
        # [words, h, w]; before the layer has run, no word was seen anywhere
        self.maps = torch.zeros(len(spans), 1, 1)

    def __call__(
        self, attn: Attention, hidden_states: torch.Tensor, encoder_hidden_states: torch.Tensor, **_: object
    ) -> torch.Tensor:
        x, text = hidden_states, encoder_hidden_states
        query, key, value = (heads_of(attn, y) for y in (attn.to_q(x), attn.to_k(text), attn.to_v(text)))
        weights = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)
        if self.recording:
            self.maps = self.maps_of(weights[TEXT_ROW])
        return attn.to_out[0]((weights @ value).transpose(1, 2).flatten(2))

    def maps_of(self, told: torch.Tensor) -> torch.Tensor:
        """[heads, places, tokens] → [words, h, w]"""
        maps = torch.stack([told[:, :, start:end].mean(-1).mean(0) for start, end in self.spans])
        maps = maps / (maps.amax(1, keepdim=True) + 1e-6)
        places = told.shape[1]
        areas = torch.stack([area.get(places, torch.ones(places)) for area in self.areas])
        winner = (maps * areas).argmax(0)
        disjoint = torch.stack([torch.where(winner == subject, own, 0) for subject, own in enumerate(maps)])
        return disjoint.unflatten(1, self.places[places])


class ReferencesInBatch:
    """The processor of late self-attentions, for rows [ε_u, ε_y, ε_∅, reference 1, …]."""

    def __init__(self, seen: list[Seen], places: dict[int, tuple[int, int]], words: WordMaps | None) -> None:
        self.seen = seen
        self.places = places
        self.words = words

    def __call__(self, attn: Attention, hidden_states: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        x = hidden_states
        query, key, value = (heads_of(attn, projection(x)) for projection in (attn.to_q, attn.to_k, attn.to_v))
        out = attend(query, key, value)
        count = x.shape[1]
        grid = self.places[count]
        maps = None if self.words is None else self.words.maps
        biases = [seen.bias(grid, None if maps is None else maps[seen.word]) for seen in self.seen]
        bias = torch.cat([torch.zeros(count, count), *biases], dim=1)
        keys = torch.cat([key[0], *key[BRANCHES:]], dim=1)
        values = torch.cat([value[0], *value[BRANCHES:]], dim=1)
        out = torch.cat([attend(query[0], keys, values, bias)[None], out[1:]])
        return attn.to_out[0](out.transpose(1, 2).flatten(2))


def predict(
    unet: UNet2DConditionModel,
    latents: torch.Tensor,
    references: torch.Tensor,
    text: torch.Tensor,
    seen: list[Seen],
    bound: bool = False,
) -> torch.Tensor:
    """Noise predictions of the three branches, [3, C, h, w]."""
    places = grids(unet, tuple(latents.shape[-2:]))
    words = WordMaps(list(WORDS[: len(seen)]), [one.areas for one in seen], places) if bound else None
    special = dict.fromkeys(late_self_attentions(unet), ReferencesInBatch(seen, places, words))
    if words is not None:
        special[word_map_layer(unet)] = words
    unet.set_attn_processor(
        {name: special.get(name.removesuffix(".processor"), AttnProcessor()) for name in unet.attn_processors}
    )
    rows = torch.cat([latents.expand(BRANCHES, -1, -1, -1), references[: len(seen)]])
    return unet(rows, TIMESTEP, text[: len(rows)]).sample[:BRANCHES]


def masks_of(size: tuple[int, int]) -> torch.Tensor:
    """Two subjects in pictures of eight times the latents' size, [2, H, W]: a disc, and a corner."""
    height, width = 8 * size[0], 8 * size[1]
    y, x = torch.meshgrid(torch.arange(height) / height, torch.arange(width) / width, indexing="ij")
    return torch.stack([(x - 0.45) ** 2 + (y - 0.5) ** 2 < 0.1, (x > 0.3) & (y < 0.7)])


@torch.no_grad()
def write(root: Path, folder: Path) -> None:
    """Writes NAME.safetensors: inputs, and what branches predict without references, with one, two, in areas, and bound."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, (path, size)) in enumerate(CASES.items()):
        unet = load_unet(root, path)
        generator = torch.Generator().manual_seed(80 + seed)
        latents = torch.randn(1, 4, *size, generator=generator)
        references = torch.randn(2, 4, *size, generator=generator)
        text = torch.randn(BRANCHES + 2, TOKENS, cross_width(unet), generator=generator)
        masks = masks_of(size)
        both = [Seen(STRENGTHS[index], mask, word=index) for index, mask in enumerate(masks)]
        tensors: Tensors = {
            "time_embedding": unet.time_proj(torch.tensor([TIMESTEP])),
            "latents": latents,
            "references": references,
            "text": text,
            "masks": masks.half(),
        }
        areas = [torch.rand(2, *grid, generator=generator) for grid in grids(unet, size).values()]
        for area in areas:
            area[1, :, : area.shape[2] // 2] = 0
            tensors[f"areas_{area.shape[1]}x{area.shape[2]}"] = area
        placed = [
            Seen(seen.strength, seen.mask, {area[0].numel(): area[index].flatten() for area in areas}, index)
            for index, seen in enumerate(both)
        ]
        for key, seen in (("plain", []), ("one", both[:1]), ("two", both), ("areas", placed)):
            tensors[key] = predict(unet, latents, references, text, seen)
        for count in (1, 2):
            tensors[f"bound-{count}"] = predict(unet, latents, references, text, placed[:count], bound=True)
        torch.testing.assert_close(tensors["two"][1:], tensors["plain"][1:], rtol=1e-4, atol=1e-5)
        for key in ("one", "two", "areas", "bound-1", "bound-2"):
            print(name, key, f"{(tensors[key] - tensors['plain']).abs().max() / tensors['plain'].abs().max():.3f}")
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")


if __name__ == "__main__":
    DATA = Path(__file__).parent / "data"
    write(DATA, DATA / "detail")
