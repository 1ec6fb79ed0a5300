"""The autoencoder's decoder goes on alone: its encoder, so every latent and the UNet, stay as they are."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor, nn

from training.dataset.cached import CachedWorld
from training.dataset.prerender import WorldArrays
from training.models.pixels import to_signed
from training.stages.noise_prediction import FOCUS
from training.stages.vae import picture_loss, psnr

EXTRA_GREYS = 0.2
"""Share of the samples that are pencil and chalk drawings beside those that come anyway: their outlines are inverted.

Only here: a UNet that sees them oftener than they are draws them unasked.
"""
NOISE = 0.07
"""Standard deviation of the noise on the latents: a UNet's latents are never quite those of a picture."""


class DecoderStage(nn.Module):
    """Whole pictures from cached latents, looking harder at subjects. Row i of the cache is row i of the world."""

    def __init__(self, vae: AutoencoderKL, data: CachedWorld, world: WorldArrays) -> None:
        super().__init__()
        self.vae = vae
        for part in (vae.encoder, vae.quant_conv):
            part.requires_grad_(False)
        self.data = data
        self.world = world

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """latents [b, 4, 16, 16] scaled and noised, focus [b, 16, 16], pixels [b, 3, 128, 128] uint8."""
        rows = self.data.draw(batch_size, generator, EXTRA_GREYS)
        batch = self.data.rows(rows, ("latents", "focus"))
        batch["latents"] += NOISE * torch.randn(batch["latents"].shape, generator=generator)
        pictures = [torch.from_numpy(self.world.pixels[row].copy()) for row in rows]
        batch["pixels"] = torch.stack(pictures).permute(0, 3, 1, 2)
        return batch

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss and PSNR in dB of one batch."""
        target = to_signed(batch["pixels"])
        output = self.vae.decode(batch["latents"] / self.vae.config.scaling_factor).sample.float()
        weight = torch.where(batch["focus"], FOCUS, 1.0)[:, None]
        weight = F.interpolate(weight / weight.mean(), size=target.shape[-2:])
        error = output - target
        return {"loss": picture_loss(error, weight), "psnr": psnr(error)}
