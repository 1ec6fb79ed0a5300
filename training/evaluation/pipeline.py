"""The whole model in one object, and sampling with the fusing technique (UMM-Diffusion, Eq. 8)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer, CLIPVisionModelWithProjection

from training.models.networks import encode_texts, unconditional_state
from training.models.projector import PseudoWordProjector
from training.models.tiue import unified_hidden_states


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


@dataclass(frozen=True)
class Conditions:
    """Hidden states [b, 77, d] of the three branches."""

    unified: Tensor
    text: Tensor
    unconditional: Tensor


def load_exported(folder: Path) -> UmmDiffusion:
    """Load a model in diffusers layout; half-precision files are computed in float32."""
    variant = {"variant": "fp16", "torch_dtype": torch.float32}
    projector = PseudoWordProjector.from_pretrained(folder, subfolder="projector")
    return UmmDiffusion(
        vae=AutoencoderKL.from_pretrained(folder, subfolder="vae", **variant).eval(),
        unet=UNet2DConditionModel.from_pretrained(folder, subfolder="unet", **variant).eval(),
        text_model=CLIPTextModel.from_pretrained(
            folder, subfolder="text_encoder", variant="fp16", dtype=torch.float32
        ).eval(),
        image_model=CLIPVisionModelWithProjection.from_pretrained(
            folder, subfolder="image_encoder", variant="fp16", dtype=torch.float32
        ).eval(),
        tokenizer=CLIPTokenizer.from_pretrained(folder, subfolder="tokenizer"),
        projector=projector.eval(),
        scheduler=DDIMScheduler.from_pretrained(folder, subfolder="scheduler"),
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
    return Conditions(unified, text, unconditional)


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
    latents = noise * model.scheduler.init_noise_sigma
    for timestep in model.scheduler.timesteps:
        repeated = latents.repeat(len(branches), 1, 1, 1).contiguous(memory_format=torch.channels_last)
        unconditional, *others = model.unet(repeated, timestep, states).sample.float().chunk(len(branches))
        fused = alphas * others[0] + (1 - alphas) * others[1] if need_unified and need_text else others[0]
        epsilon = guidance_scale * fused + (1 - guidance_scale) * unconditional
        latents = model.scheduler.step(epsilon, timestep, latents).prev_sample
    return latents


@torch.no_grad()
def decode(model: UmmDiffusion, latents: Tensor) -> Tensor:
    """Scaled latents → pictures [b, 3, 128, 128] uint8."""
    pixels = model.vae.decode(latents / model.vae.config.scaling_factor).sample.float()
    return ((pixels.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
