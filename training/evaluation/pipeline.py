"""The whole model in one object, and sampling with the fusing technique (UMM-Diffusion, Eq. 8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer, CLIPVisionModelWithProjection

from training.models.look import Look, LookAdapter, install_look, load_look, patch_tokens
from training.models.networks import encode_texts, unconditional_state
from training.models.projector import PseudoWordProjector
from training.models.tiue import unified_hidden_states
from training.models.word_maps import BOUND_FROM, WordMaps


@dataclass(frozen=True)
class UmmDiffusion:
    """Every network of the method, on one device, in evaluation mode."""

    vae: AutoencoderKL
    unet: UNet2DConditionModel
    text_model: CLIPTextModel
    image_model: CLIPVisionModelWithProjection
    tokenizer: CLIPTokenizer
    projector: PseudoWordProjector
    scheduler: DDIMScheduler
    adapter: LookAdapter | None = None
    look: Look = field(default_factory=Look)
    """What the UNet's second cross-attentions look at; the adapter, where there is one, put them there."""
    speaks_as_word: bool = True
    """Whether pinned pictures are pseudo-words beside their look; without a look they always are."""


@dataclass(frozen=True)
class Conditions:
    """Hidden states [b, 77, d] of the three branches, and the look of the unified one.

    tokens: [b, s, q, d] of s pinned pictures; spans: [b, s, 2] tokens of the words that they are bound to.
    """

    unified: Tensor
    text: Tensor
    unconditional: Tensor
    tokens: Tensor | None = None
    spans: Tensor | None = None


def load_exported(folder: Path, look: bool = False) -> UmmDiffusion:
    """Load a model in diffusers layout, with its adapter if asked; half-precision files are computed in float32."""
    variant = {"variant": "fp16", "torch_dtype": torch.float32}
    projector = PseudoWordProjector.from_pretrained(folder, subfolder="projector")
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", **variant).eval()
    adapter = load_look(unet, folder / "look").eval() if look else None
    return UmmDiffusion(
        vae=AutoencoderKL.from_pretrained(folder, subfolder="vae", **variant).eval(),
        unet=unet,
        text_model=CLIPTextModel.from_pretrained(
            folder, subfolder="text_encoder", variant="fp16", dtype=torch.float32
        ).eval(),
        image_model=CLIPVisionModelWithProjection.from_pretrained(
            folder, subfolder="image_encoder", variant="fp16", dtype=torch.float32
        ).eval(),
        tokenizer=CLIPTokenizer.from_pretrained(folder, subfolder="tokenizer"),
        projector=projector.eval(),
        scheduler=DDIMScheduler.from_pretrained(folder, subfolder="scheduler"),
        adapter=adapter,
        look=install_look(unet, adapter) if adapter else Look(),
    )


@torch.no_grad()
def encode_conditions(model: UmmDiffusion, captions: list[str], crops: Tensor, spans: Tensor) -> Conditions:
    """Captions, crops [b, s, 3, 64, 64] uint8 and token spans [b, s, 2] → hidden states."""
    ids, text = encode_texts(model.tokenizer, model.text_model, captions)
    unconditional = unconditional_state(model.tokenizer, model.text_model).expand_as(text)
    b, s = crops.shape[:2]
    pixels = crops.flatten(0, 1).float() / 127.5 - 1
    pseudo = model.projector(model.image_model(pixel_values=pixels).image_embeds).unflatten(0, (b, s))
    unified = unified_hidden_states(model.text_model, ids, text, pseudo, spans)
    if not model.adapter:
        return Conditions(unified, text, unconditional)
    tokens = model.adapter.image_proj(patch_tokens(model.image_model, pixels)).unflatten(0, (b, s))
    return Conditions(unified if model.speaks_as_word else text, text, unconditional, tokens, spans)


@torch.no_grad()
def look_at(model: UmmDiffusion, conditions: Conditions, need_unified: bool, need_text: bool) -> None:
    """Set the look of the branches ∅, u and y of one run: that of no picture for the first, nothing for the last.

    It is bound to its words as the product binds it: by what the text's row attends to, else the unified one's.
    """
    if not model.adapter or conditions.tokens is None or conditions.spans is None:
        return
    edge, size = model.image_model.config.image_size, model.unet.config.sample_size
    grey = model.adapter.image_proj(patch_tokens(model.image_model, torch.zeros(1, 3, edge, edge)))
    tokens = [grey[None].expand_as(conditions.tokens)] + [conditions.tokens] * (need_unified + need_text)
    count, subjects = conditions.spans.shape[:2]
    everywhere = torch.full((count, subjects, size, size), float(need_unified))
    gates = [everywhere] * (1 + need_unified) + [torch.zeros_like(everywhere)] * need_text
    model.look.tokens, model.look.gate = torch.cat(tokens), torch.cat(gates)
    told = len(gates) - 1
    model.look.words = WordMaps(conditions.spans, slice(told * count, (told + 1) * count))


@torch.no_grad()
def sample_latents(
    model: UmmDiffusion,
    conditions: Conditions,
    noise: Tensor,
    alpha: float | Tensor,
    guidance_scale: float,
    steps: int,
) -> Tensor:
    """DDIM from noise [b, 4, 16, 16]; alpha may differ by sample ([b]). Returns scaled latents."""
    alphas = torch.as_tensor(alpha, dtype=torch.float32).expand(len(noise)).reshape(-1, 1, 1, 1)
    model.scheduler.set_timesteps(steps)
    need_unified, need_text = bool((alphas > 0).any()), bool((alphas < 1).any())
    branches = [conditions.unconditional] + [conditions.unified] * need_unified + [conditions.text] * need_text
    states = torch.cat(branches)
    look_at(model, conditions, need_unified, need_text)
    latents = noise * model.scheduler.init_noise_sigma
    for i, timestep in enumerate(model.scheduler.timesteps):
        model.look.is_on = steps == 1 or i / steps >= BOUND_FROM
        repeated = latents.repeat(len(branches), 1, 1, 1).contiguous(memory_format=torch.channels_last)
        unconditional, *others = model.unet(repeated, timestep, states).sample.float().chunk(len(branches))
        fused = alphas * others[0] + (1 - alphas) * others[1] if need_unified and need_text else others[0]
        epsilon = guidance_scale * fused + (1 - guidance_scale) * unconditional
        latents = model.scheduler.step(epsilon, timestep, latents).prev_sample
    return latents


@torch.no_grad()
def decode(model: UmmDiffusion, latents: Tensor) -> Tensor:
    """Scaled latents → pictures [b, 3, 256, 256] uint8."""
    pixels = model.vae.decode(latents / model.vae.config.scaling_factor).sample.float()
    return ((pixels.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
