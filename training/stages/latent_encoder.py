"""An encoder for latents that exist already: a frozen decoder must make of them the picture that was encoded.

A release may hold the decoder alone. The UNet knows its latents, so a new encoder has to meet them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor, nn

from training.dataset.prerender import WorldArrays
from training.models.pixels import to_signed
from training.stages.vae import picture_loss, psnr

FULL_SIZE_FROM = 0.6
"""Share of the training after which whole pictures replace crops of half their edge."""
SPREAD_WEIGHT = 0.02


class LatentEncoderStage(nn.Module):
    """Trains the encoder of `vae`; `teacher`, which may decode to smaller pictures, stays as it is."""

    def __init__(self, vae: AutoencoderKL, teacher: AutoencoderKL, world: WorldArrays) -> None:
        super().__init__()
        self.vae = vae
        for part in (vae.decoder, vae.post_quant_conv):
            part.requires_grad_(False)
        self.teacher = teacher.requires_grad_(False)
        self.world = world

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """{'pixels': [b, 3, s, s] uint8}: crops first, whole pictures (a quarter as many) later."""
        size = self.world.pixels.shape[1]
        whole = progress >= FULL_SIZE_FROM
        edge, count = (size, max(1, batch_size // 4)) if whole else (size // 2, batch_size)
        rows = torch.randint(len(self.world), (count,), generator=generator).tolist()
        corners = torch.randint(size - edge + 1, (count, 2), generator=generator).tolist()
        pictures = [
            torch.from_numpy(self.world.pixels[row, y : y + edge, x : x + edge].copy())
            for row, (y, x) in zip(rows, corners, strict=True)
        ]
        return {"pixels": torch.stack(pictures).permute(0, 3, 1, 2)}

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss and PSNR in dB at the teacher's size."""
        picture = to_signed(batch["pixels"])
        latents = self.vae.encode(picture).latent_dist.mode()
        output = self.teacher.decode(latents).sample.float()
        error = output - F.interpolate(picture, size=output.shape[-2:], mode="area")
        far = F.relu(latents.float().abs() - 3).square().mean()
        return {
            "loss": picture_loss(error) + SPREAD_WEIGHT * far,
            "psnr": psnr(error),
            "std": latents.detach().float().std(),
        }
