"""A tiny autoencoder's decoder for latents that exist: it draws what the large one draws, in a fraction of the work.

As TAESD was made for Stable Diffusion's latents (madebyollin/taesd), in the same format (diffusers' AutoencoderTiny),
with as many levels as the large decoder has. There is no encoder: the file holds the decoder alone.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from safetensors.torch import save_file
from torch import Tensor, nn

from training.models.pixels import to_signed
from training.stages.decoder import NOISE
from training.stages.vae import picture_loss, psnr

FULL_SIZE_FROM = 0.6
"""Share of the training after which whole pictures replace crops of half their edge."""


class TinyDecoderStage(nn.Module):
    """latents: [n, 4, h, w] as the UNet knows them; pictures: the large decoder's, [n, f·h, f·w, 3] uint8."""

    def __init__(self, tiny: AutoencoderTiny, latents: np.ndarray, pictures: np.ndarray) -> None:
        super().__init__()
        self.decoder = tiny.decoder
        self.latents = latents
        self.pictures = pictures

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """latents [b, 4, h, w], pixels [b, 3, f·h, f·w] uint8: crops, later whole pictures, a quarter as many."""
        whole = progress >= FULL_SIZE_FROM
        height, width = self.latents.shape[2:]
        rows, columns = (height, width) if whole else (height // 2, width // 2)
        count = max(1, batch_size // 4) if whole else batch_size
        scale = self.pictures.shape[1] // height
        drawn = torch.randint(len(self.latents), (count,), generator=generator).tolist()
        top = torch.randint(height - rows + 1, (count,), generator=generator).tolist()
        left = torch.randint(width - columns + 1, (count,), generator=generator).tolist()
        latents, pictures = [], []
        for row, y, x in zip(drawn, top, left, strict=True):
            latents.append(self.latents[row, :, y : y + rows, x : x + columns])
            down, across = slice(scale * y, scale * (y + rows)), slice(scale * x, scale * (x + columns))
            pictures.append(self.pictures[row, down, across])
        return {
            "latents": torch.from_numpy(np.stack(latents)).float(),
            "pixels": torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2),
        }

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch, and PSNR in dB against the large decoder's pictures."""
        output = self.decoder(batch["latents"].contiguous(memory_format=torch.channels_last)).float()
        error = output - to_signed(batch["pixels"])
        return {"loss": picture_loss(error), "psnr": psnr(error)}


@torch.no_grad()
def decode_pictures(vae: AutoencoderKL, latents: Tensor) -> np.ndarray:
    """Scaled latents [n, 4, h, w] → the pictures that the product would show, [n, f·h, f·w, 3] uint8."""
    decoded = vae.decode(latents / vae.config.scaling_factor).sample.float().clamp(-1, 1)
    return ((decoded + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def write_targets(vae: AutoencoderKL, latents: Tensor, folder: Path, batch_size: int = 4) -> None:
    """latents.npy and pictures.npy for the stage: each row of latents with noise of its own.

    A UNet's latents are never quite those of a picture; the large decoder's pictures are those of the noisy ones too.
    """
    generator = torch.Generator().manual_seed(0)
    strength = NOISE * torch.rand(len(latents), 1, 1, 1, generator=generator)
    noisy = (latents + strength * torch.randn(latents.shape, generator=generator)).half()
    folder.mkdir(parents=True, exist_ok=True)
    edges = [2 ** (len(vae.config.block_out_channels) - 1) * edge for edge in latents.shape[2:]]
    partial = folder / "pictures.partial.npy"
    pictures = np.lib.format.open_memmap(partial, "w+", np.uint8, (len(latents), *edges, 3))
    for start in range(0, len(noisy), batch_size):
        pictures[start : start + batch_size] = decode_pictures(vae, noisy[start : start + batch_size].float())
    pictures.flush()
    np.save(folder / "latents.npy", noisy.numpy())
    partial.rename(folder / "pictures.npy")


def save_tiny(tiny: AutoencoderTiny, folder: Path) -> None:
    """config.json and the decoder's half of the weights, under diffusers' names."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {f"decoder.{name}": tensor.contiguous() for name, tensor in tiny.decoder.state_dict().items()}
    save_file(state, folder / "diffusion_pytorch_model.safetensors")
    told = {key: value for key, value in tiny.config.items() if not key.startswith("_")}
    (folder / "config.json").write_text(json.dumps({"_class_name": "AutoencoderTiny", **told}, indent=2) + "\n")
