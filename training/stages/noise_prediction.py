"""The diffusion loss that stages 3, 4 and 5 share (UMM-Diffusion, Eq. 2 and 4)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor

MIN_SNR_GAMMA = 5.0
"""Hang et al., "Efficient Diffusion Training via Min-SNR Weighting Strategy"."""

FOCUS = 2.5
"""Weight of the latents within a subject's box, next to 1 for the background."""


def draw_noise(latents: Tensor, steps: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Noise like the latents, and a timestep for each (stratified over the batch)."""
    noise = torch.randn(latents.shape, generator=generator)
    count = len(latents)
    offsets = (torch.rand(count, generator=generator) + torch.arange(count)) / count
    return noise, (offsets * steps).long().clamp(max=steps - 1)


def noise_weight(scheduler: DDIMScheduler, timesteps: Tensor, gamma: float = MIN_SNR_GAMMA) -> Tensor:
    """min(SNR, γ) / SNR · √(1 + 1 / SNR), [b]: min-SNR for ε-prediction, lifted where noise is strong.

    Layout and colours are decided at strong noise, where a wrong x₀ hardly shows in ε. The root lies
    halfway to v-prediction's weight; a short training gets coherent subjects from it much sooner.
    """
    alpha = scheduler.alphas_cumprod.to(timesteps.device)[timesteps]
    snr = alpha / (1 - alpha)
    return snr.clamp(max=gamma) / snr * (1 + 1 / snr).sqrt()


def focused_mean(error: Tensor, focus: Tensor | None) -> Tensor:
    """Mean of [b, h, w] over each picture, cells in focus counting FOCUS times; [b].

    The least squared error of each cell stays where it was; what is hard to draw is learnt sooner.
    """
    if focus is None:
        return error.mean((1, 2))
    weight = torch.where(focus, FOCUS, 1.0)
    return (weight * error).sum((1, 2)) / weight.sum((1, 2))


def noisy_latents(scheduler: DDIMScheduler, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """x_t of a batch's latents, noise and timesteps, [b, c, h, w], and the timesteps."""
    noisy = scheduler.add_noise(batch["latents"], batch["noise"], batch["timesteps"])
    return noisy.contiguous(memory_format=torch.channels_last), batch["timesteps"]


def noise_loss(
    unet: UNet2DConditionModel,
    scheduler: DDIMScheduler,
    batch: dict[str, Tensor],
    hidden_states: Tensor,
    gamma: float = MIN_SNR_GAMMA,
) -> dict[str, Tensor]:
    """Weighted squared error of ε. batch: latents, noise [b, c, h, w], timesteps [b], maybe focus [b, h, w].

    target [b, c, h, w], where the batch has it, is the ε to be predicted in place of the noise: a teacher's.
    gamma = 0 gives the plain mean, as the paper trains SD 1.5.
    """
    noisy, timesteps = noisy_latents(scheduler, batch)
    predicted = unet(noisy, timesteps, hidden_states).sample.float()
    target = batch.get("target", batch["noise"])
    error = focused_mean(F.mse_loss(predicted, target, reduction="none").mean(1), batch.get("focus"))
    weight = noise_weight(scheduler, timesteps, gamma) if gamma else torch.ones_like(error)
    return {"loss": (weight * error).mean(), "mse": error.detach().mean()}
