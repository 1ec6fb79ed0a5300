"""The autoencoder's decoder goes on alone: its encoder, so every latent and the UNet, stay as they are.

Most of what it learns here is to be sharp, and that happens in its last blocks; those before them may stay frozen.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor, nn

from training.dataset.cache import regions_of
from training.dataset.prerender import WorldArrays
from training.models.pixels import to_signed
from training.stages.noise_prediction import FOCUS
from training.stages.vae import picture_loss, psnr

NOISE = 0.07
"""Standard deviation of the noise on the latents: a UNet's latents are never quite those of a picture."""
SHARPNESS_WEIGHT = 4.0
WINDOW = 4
"""Edge in pixels of the windows whose gradients are compared."""


class DecoderStage(nn.Module):
    """Whole pictures from what the frozen encoder makes of them, looking harder at subjects.

    `blocks`: how many of the decoder's up blocks are trained, counted from the end; 0: the whole decoder.
    """

    def __init__(self, vae: AutoencoderKL, world: WorldArrays, blocks: int = 0) -> None:
        super().__init__()
        self.vae = vae.requires_grad_(blocks == 0)
        for part in (vae.encoder, vae.quant_conv):
            part.requires_grad_(False)
        if blocks:
            for part in (*vae.decoder.up_blocks[-blocks:], vae.decoder.conv_norm_out, vae.decoder.conv_out):
                part.requires_grad_(True)
        self.world = world

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """pixels [b, 3, 256, 256] uint8, focus [b, 16, 16], noise [b, 4, 16, 16]."""
        rows = torch.randint(len(self.world), (batch_size,), generator=generator).tolist()
        size = self.world.pixels.shape[1]
        cells = size // 2 ** (len(self.vae.config.block_out_channels) - 1)
        shape = (batch_size, self.vae.config.latent_channels, cells, cells)
        pictures = [torch.from_numpy(self.world.pixels[row].copy()) for row in rows]
        return {
            "pixels": torch.stack(pictures).permute(0, 3, 1, 2),
            "focus": torch.from_numpy(regions_of(self.world.boxes[rows], size, cells).any(1)),
            "noise": NOISE * torch.randn(shape, generator=generator),
        }

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss, PSNR in dB and the output's gradient energy as a share of the truth's."""
        target = to_signed(batch["pixels"])
        with torch.no_grad():
            latents = self.vae.encode(target).latent_dist.mode()
        output = self.vae.decode(latents + batch["noise"]).sample.float()
        weight = torch.where(batch["focus"], FOCUS, 1.0)[:, None]
        weight = F.interpolate(weight / weight.mean(), size=target.shape[-2:])
        error = output - target
        found, true = gradient_energy(output), gradient_energy(target)
        blur = ((found + 1e-4).sqrt() - (true + 1e-4).sqrt()).abs().mean()
        return {
            "loss": picture_loss(error, weight) + SHARPNESS_WEIGHT * blur,
            "psnr": psnr(error),
            "sharpness": found.detach().mean() / true.mean(),
        }


def gradient_energy(pictures: Tensor, window: int = WINDOW) -> Tensor:
    """Mean squared differences of neighbouring pixels within windows: [b, 3, h, w] → [b, 3, h/window, w/window].

    A blurred outline keeps its sum of differences but loses their squares. Squares within a window do not ask
    where in it the outline is: what cannot be known to a pixel need not be blurred.
    """
    across = F.pad((pictures[..., 1:] - pictures[..., :-1]).square(), (0, 1))
    down = F.pad((pictures[..., 1:, :] - pictures[..., :-1, :]).square(), (0, 0, 0, 1))
    return F.avg_pool2d(across + down, window)
