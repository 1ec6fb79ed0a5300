"""Stage 1: the autoencoder. A picture of 128 × 128 becomes latents of 4 × 16 × 16 (f = 8)."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor, nn

from training.dataset.prerender import WorldArrays
from training.models.pixels import to_signed

KL_WEIGHT = 1e-4
EDGE_WEIGHT = 0.3
COLOUR_WEIGHT = 1.5
READABLE_WEIGHT = 3.0
FULL_SIZE_FROM = 0.8
"""Share of the training after which whole pictures replace 64 × 64 crops."""


class VaeStage(nn.Module):
    """Reconstruction in L1 and squared error, edges and colours in L1, a light pull towards N(0, 1).

    A linear head must read the mean colour of each 8 × 8 block off the latents: without it four
    channels settle on lightness and outlines, and a hue is lost. (It also makes previews good.)
    """

    def __init__(self, vae: AutoencoderKL, world: WorldArrays, crop: int = 64) -> None:
        super().__init__()
        self.vae = vae
        self.world = world
        self.crop = crop
        self.colour_head = nn.Conv2d(vae.config.latent_channels, 2, 1)

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """{'pixels': [b, 3, s, s] uint8}: crops first, whole pictures (fewer) at the end."""
        size = self.world.pixels.shape[1]
        crop = min(self.crop, size) if progress < FULL_SIZE_FROM else size
        count = max(1, batch_size * self.crop**2 // crop**2) if crop > self.crop else batch_size
        rows = torch.randint(len(self.world), (count,), generator=generator).tolist()
        corners = torch.randint(size - crop + 1, (count, 2), generator=generator).tolist()
        pictures = [
            torch.from_numpy(self.world.pixels[row, y : y + crop, x : x + crop].copy())
            for row, (y, x) in zip(rows, corners, strict=True)
        ]
        return {"pixels": torch.stack(pictures).permute(0, 3, 1, 2)}

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss and PSNR in dB of one batch."""
        target = to_signed(batch["pixels"])
        posterior = self.vae.encode(target).latent_dist
        output = self.vae.decode(posterior.sample()).sample.float()
        error = output - target
        kl = posterior.kl().mean() / posterior.mean[0].numel()
        loss = picture_loss(error) + KL_WEIGHT * kl
        mean = posterior.mean
        hues = opponent(F.avg_pool2d(target, target.shape[-1] // mean.shape[-1]))
        unread = (self.colour_head(mean).float() - hues).abs().mean()
        loss = loss + READABLE_WEIGHT * unread
        return {
            "loss": loss,
            "psnr": psnr(error),
            "kl": kl.detach(),
            "unread": unread.detach(),
        }


def picture_loss(error: Tensor, weight: Tensor | None = None) -> Tensor:
    """L1, squared, edge and colour errors of [b, 3, h, w]; weight [b, 1, h, w] averages 1."""
    across = (error[..., 1:] - error[..., :-1]).abs()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs()
    plain = error.abs() + error.square()
    if weight is not None:
        plain, across, down = plain * weight, across * weight[..., 1:], down * weight[..., 1:, :]
    colour = opponent(F.avg_pool2d(error, 4)).abs().mean()
    return plain.mean() + EDGE_WEIGHT * (across.mean() + down.mean()) + COLOUR_WEIGHT * colour


def psnr(error: Tensor) -> Tensor:
    """PSNR in dB of a whole batch, from the errors of pixels in −1 … 1."""
    return -10 * torch.log10(error.detach().square().mean() / 4)


def opponent(error: Tensor) -> Tensor:
    """[b, 3, h, w] RGB error → its two colour axes, red–green and blue–yellow.

    Plain errors in RGB are mostly lightness: without this term the little latents drop a hue.
    """
    red, green, blue = error.unbind(1)
    return torch.stack([red - green, blue - (red + green) / 2], 1)


@torch.no_grad()
def reconstruct(vae: AutoencoderKL, pixels: np.ndarray, batch_size: int = 4) -> tuple[Tensor, Tensor]:
    """[n, s, s, 3] uint8 → the pictures and decode(mode of encode) of them, both [n, 3, s, s] in −1 … 1."""
    target = to_signed(torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2))
    outputs = [
        vae.decode(vae.encode(part.to(vae.device)).latent_dist.mode()).sample.float().cpu()
        for part in target.split(batch_size)
    ]
    return target, torch.cat(outputs).clamp(-1, 1)


def reconstruction_psnr(vae: AutoencoderKL, world: WorldArrays, count: int = 256) -> float:
    """Mean PSNR in dB of the first `count` pictures."""
    target, output = reconstruct(vae, world.pixels[:count])
    return float(-10 * torch.log10((output - target).square().mean((1, 2, 3)) / 4).mean())
