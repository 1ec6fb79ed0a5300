"""The frozen networks of stages 1 and 2, and what they say about pictures and captions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor
from transformers import CLIPModel, CLIPTextModel, CLIPTokenizer

from training.models.pixels import to_signed
from training.models.tokenizer import token_ids


@dataclass(frozen=True)
class Networks:
    """The frozen networks, in evaluation mode."""

    vae: AutoencoderKL
    clip: CLIPModel
    tokenizer: CLIPTokenizer


def load_networks(runs: Path) -> Networks:
    """Load what stages 1 and 2 wrote."""
    vae = AutoencoderKL.from_pretrained(latest(runs, "decoder", "vae")).to(memory_format=torch.channels_last).eval()
    clip = CLIPModel.from_pretrained(latest(runs, "image-encoder", "encoders")).eval()
    return Networks(vae, clip, CLIPTokenizer.from_pretrained(runs / "encoders" / "tokenizer"))


def on_fastest_device(networks: Networks) -> Networks:
    """The same networks on a GPU where there is one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Networks(networks.vae.to(device), networks.clip.to(device), networks.tokenizer)


def latest(runs: Path, further: str, first: str) -> Path:
    """The weights of the stage that went on from the first one's where there is one, else the first one's."""
    folder = runs / further / "ema"
    return folder if folder.exists() else runs / first / "ema"


def trained_projector(runs: Path) -> Path:
    """Stage 5's projector where there is one, else stage 4's."""
    joint = runs / "joint" / "ema-projector"
    return joint if joint.exists() else runs / "projector" / "ema-projector"


def final_projector(runs: Path) -> Path:
    """The projector that says traits louder where it was trained, else the one before it."""
    louder = runs / "louder" / "ema-projector"
    return louder if louder.exists() else calm_projector(runs)


def calm_projector(runs: Path) -> Path:
    """The projector that leaves backgrounds out where it was trained, else the one before it."""
    invariant = runs / "invariance" / "ema-projector"
    return invariant if invariant.exists() else trained_projector(runs)


@torch.no_grad()
def encode_latents(vae: AutoencoderKL, pixels: np.ndarray, batch_size: int = 4) -> Tensor:
    """[n, 256, 256, 3] uint8 → scaled latents [n, 4, 16, 16]; few at a time stay in a CPU's cache."""
    parts = [
        vae.encode(
            to_signed(torch.from_numpy(pixels[i : i + batch_size].copy()).permute(0, 3, 1, 2)).to(vae.device)
        ).latent_dist.mode()
        for i in range(0, len(pixels), batch_size)
    ]
    return torch.cat(parts).float().cpu() * vae.config.scaling_factor


@torch.no_grad()
def encode_texts(
    tokenizer: CLIPTokenizer, text_model: CLIPTextModel, texts: list[str], batch_size: int = 128
) -> tuple[Tensor, Tensor]:
    """Captions → input ids [n, 77] and hidden states [n, 77, d]; equal captions are run once."""
    unique = list(dict.fromkeys(texts))
    ids = token_ids(tokenizer, unique)
    states = [
        text_model(input_ids=ids[i : i + batch_size].to(text_model.device)).last_hidden_state.float().cpu()
        for i in range(0, len(ids), batch_size)
    ]
    order = {text: i for i, text in enumerate(unique)}
    rows = torch.tensor([order[text] for text in texts])
    return ids[rows], torch.cat(states)[rows]


def unconditional_state(tokenizer: CLIPTokenizer, text_model: CLIPTextModel) -> Tensor:
    """h_∅: the hidden states of the empty caption, [77, d]."""
    return encode_texts(tokenizer, text_model, [""])[1][0]


@torch.no_grad()
def encode_images(clip: CLIPModel, pixels: Tensor, batch_size: int = 128) -> Tensor:
    """[n, 3, 64, 64] uint8 → raw projected image embeddings [n, d]."""
    parts = [
        clip.visual_projection(
            clip.vision_model(pixel_values=pixels[i : i + batch_size].to(clip.device).float() / 127.5 - 1).pooler_output
        )
        for i in range(0, len(pixels), batch_size)
    ]
    return torch.cat(parts).float().cpu()


def measure_scaling_factor(vae: AutoencoderKL, pixels: np.ndarray) -> float:
    """1 / standard deviation of the latents, as latent diffusion takes it."""
    vae.register_to_config(scaling_factor=1.0)
    return float(1 / encode_latents(vae, pixels).std())
