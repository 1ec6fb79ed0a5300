"""The look: image tokens in a second cross-attention beside the text's (Ye et al., "IP-Adapter", the Plus variant).

Parameters bear the names of the files that h94 published, so that a state dict is such a file:
`image_proj.*` the resampler, `ip_adapter.{n}.to_k_ip.weight` and `.to_v_ip.weight` one pair a cross-attention, n
counting the UNet's attentions, self-attentions too, in the order in which diffusers lists them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from training.models.word_maps import MAP_BLOCK, WordMaps, at_grid

HEAD = 64
"""Channels of one head of the resampler, fixed by the format."""
DEPTH = 4
"""Layers of the resampler, fixed by diffusers' loader."""


class Resampler(nn.Module):
    """Patch tokens [b, l, d_image] → image tokens [b, queries, d_text] (Alayrac et al., "Flamingo")."""

    def __init__(self, image_width: int, width: int, text_width: int, queries: int) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(1, queries, width) / width**0.5)
        self.proj_in = nn.Linear(image_width, width)
        self.layers = nn.ModuleList(
            nn.ModuleList([ResamplerAttention(width), feed_forward(width)]) for _ in range(DEPTH)
        )
        self.proj_out = nn.Linear(width, text_width)
        self.norm_out = nn.LayerNorm(text_width)

    def forward(self, patches: Tensor) -> Tensor:
        """Image tokens."""
        hidden = self.proj_in(patches)
        latents = self.latents.expand(len(patches), -1, -1)
        for attention, feed in self.layers:
            latents = latents + attention(hidden, latents)
            latents = latents + feed(latents)
        return self.norm_out(self.proj_out(latents))


class ResamplerAttention(nn.Module):
    """Latents ask patches and themselves."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_kv = nn.Linear(width, 2 * width, bias=False)
        self.to_out = nn.Linear(width, width, bias=False)

    def forward(self, patches: Tensor, latents: Tensor) -> Tensor:
        """[b, l, width], [b, q, width] → [b, q, width]."""
        patches, latents = self.norm1(patches), self.norm2(latents)
        key, value = self.to_kv(torch.cat([patches, latents], 1)).chunk(2, -1)
        heads = [part.unflatten(-1, (-1, HEAD)).transpose(1, 2) for part in (self.to_q(latents), key, value)]
        return self.to_out(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))


def feed_forward(width: int) -> nn.Sequential:
    """Norm, four times as wide, back."""
    return nn.Sequential(
        nn.LayerNorm(width), nn.Linear(width, 4 * width, bias=False), nn.GELU(), nn.Linear(4 * width, width, bias=False)
    )


def heads_of(attn: Attention, hidden: Tensor) -> Tensor:
    """[b, l, c] → [b, heads, l, c / heads]."""
    return hidden.unflatten(-1, (attn.heads, -1)).transpose(1, 2)


def attention_weights(query: Tensor, key: Tensor) -> Tensor:
    """Softmax over keys, plainly: on CPUs PyTorch's fused attention has a slow backward."""
    return (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1)


class KeysAndValues(nn.Module):
    """Keys and values of image tokens for one cross-attention; values begin at zero: nothing changes at first."""

    def __init__(self, text_width: int, width: int) -> None:
        super().__init__()
        self.to_k_ip = nn.Linear(text_width, width, bias=False)
        self.to_v_ip = nn.Linear(text_width, width, bias=False)
        nn.init.zeros_(self.to_v_ip.weight)

    def attend(self, attn: Attention, query: Tensor, tokens: Tensor) -> Tensor:
        """What queries [b, heads, l, c / heads] see in image tokens [b or 1, q, d]; the shape of the queries."""
        value = heads_of(attn, self.to_v_ip(tokens))
        return attention_weights(query, heads_of(attn, self.to_k_ip(tokens))).to(value.dtype) @ value


class LookAdapter(nn.Module):
    """Everything that an IP-Adapter adds to a UNet."""

    def __init__(self, unet: UNet2DConditionModel, image_width: int, width: int = 128, queries: int = 16) -> None:
        super().__init__()
        text_width = unet.config.cross_attention_dim
        self.sizes = {"image_width": image_width, "width": width, "text_width": text_width, "queries": queries}
        self.image_proj = Resampler(image_width, width, text_width, queries)
        self.ip_adapter = nn.ModuleDict(
            {str(n): KeysAndValues(text_width, module.to_k.out_features) for n, module in cross_attentions(unet)}
        )
        with torch.no_grad():
            for n, module in cross_attentions(unet):
                self.ip_adapter[str(n)].to_k_ip.weight.copy_(module.to_k.weight)


def cross_attentions(unet: UNet2DConditionModel) -> list[tuple[int, Attention]]:
    """The UNet's cross-attentions, numbered among all its attentions in diffusers' order."""
    return [(n, unet.get_submodule(name)) for n, name in _cross_attention_names(unet)]


def _cross_attention_names(unet: UNet2DConditionModel) -> list[tuple[int, str]]:
    names = [name.removesuffix(".processor") for name in unet.attn_processors]
    return [(n, name) for n, name in enumerate(names) if name.endswith("attn2")]


@dataclass
class Look:
    """What the second cross-attentions of a UNet attend to in its next call.

    tokens: [b, s, q, d] of s pictures; gate: [b, s, h, w] of 0 … 1, where each picture is looked at (zeros: nowhere);
    scale: how strongly; words: what binds each picture to a word, beside the gate; None: nothing does; is_on: False for
    steps without a look.
    """

    tokens: Tensor | None = None
    gate: Tensor | None = None
    scale: float = 1.0
    words: WordMaps | None = None
    is_on: bool = True

    def gate_at(self, places: int) -> Tensor | None:
        """[b, s, places] of a layer of the same proportions; null where nothing is looked at."""
        if self.tokens is None or self.gate is None or not self.is_on:
            return None
        factor = round((self.gate.shape[-2] * self.gate.shape[-1] / places) ** 0.5)
        gate = F.avg_pool2d(self.gate, factor).flatten(2)
        if self.words is None:
            return gate
        if self.words.maps is None:
            return None
        maps = at_grid(self.words.maps, places)
        return gate * maps.repeat(len(gate) // len(maps), 1, 1)


class LookProcessor:
    """Attention to the text as before, plus attention to each picture's tokens:

    h' = softmax(q kᵀ / √d) v + scale · Σ_s gate_s · softmax(q k_sᵀ / √d) v_s. For one picture and a gate of ones
    this is diffusers' IPAdapterAttnProcessor; for several, its masked form.
    """

    def __init__(self, keys_and_values: KeysAndValues, look: Look, finds_words: bool = False) -> None:
        self.keys_and_values = keys_and_values
        self.look = look
        self.finds_words = finds_words

    def __call__(
        self, attn: Attention, hidden_states: Tensor, encoder_hidden_states: Tensor, attention_mask: None = None
    ) -> Tensor:
        """[b, h · w, c] → [b, h · w, c]."""
        query = heads_of(attn, attn.to_q(hidden_states))
        key, value = (heads_of(attn, to(encoder_hidden_states)) for to in (attn.to_k, attn.to_v))
        attention = attention_weights(query, key)
        if self.finds_words and self.look.words is not None:
            self.look.words.read(attention)
        attended = attention.to(value.dtype) @ value
        gate = self.look.gate_at(hidden_states.shape[1])
        if gate is not None:
            for s in range(gate.shape[1]):
                seen = self.keys_and_values.attend(attn, query, self.look.tokens[:, s])
                attended = attended + (self.look.scale * gate[:, s, None, :, None]).to(seen.dtype) * seen
        return attn.to_out[0](attended.transpose(1, 2).flatten(2))


def install_look(unet: UNet2DConditionModel, adapter: LookAdapter) -> Look:
    """Put an adapter into a UNet; what it looks at is set in the Look that this returns."""
    look, names = Look(), _cross_attention_names(unet)
    tells = next((n for n, name in names if name.startswith(MAP_BLOCK)), names[-1][0])
    for n, name in names:
        processor = LookProcessor(adapter.ip_adapter[str(n)], look, finds_words=n == tells)
        unet.get_submodule(name).set_processor(processor)
    return look


def patch_tokens(image_model: CLIPVisionModelWithProjection, pixels: Tensor) -> Tensor:
    """What the Plus variant reads of a picture: the last layer but one, [b, patches + 1, d_image]."""
    return image_model(pixel_values=pixels, output_hidden_states=True).hidden_states[-2]


def save_look(adapter: LookAdapter, folder: Path) -> None:
    """Write an adapter as h94's files are: ip_adapter.safetensors in fp16, and a config.json of its sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {key: value.detach().to(torch.float16).contiguous() for key, value in adapter.state_dict().items()}
    save_file(state, folder / "ip_adapter.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(adapter.sizes, indent=2) + "\n")


def load_look(unet: UNet2DConditionModel, folder: Path) -> LookAdapter:
    """The adapter of a folder, in float32."""
    sizes = json.loads((folder / "config.json").read_text())
    adapter = LookAdapter(unet, sizes["image_width"], sizes["width"], sizes["queries"])
    state = load_file(folder / "ip_adapter.safetensors")
    adapter.load_state_dict({key: value.float() for key, value in state.items()})
    return adapter
