"""Stage 3: the text-to-image UNet, with one caption in ten left empty."""

from __future__ import annotations

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor, nn

from training.dataset.cached import CachedWorld
from training.stages.noise_prediction import draw_noise, noise_loss

UNCONDITIONAL_SHARE = 0.1


class TextToImageStage(nn.Module):
    """Trains the UNet on cached latents and text states; `unconditional_state` is h_∅, [77, d]."""

    def __init__(
        self, unet: UNet2DConditionModel, scheduler: DDIMScheduler, data: CachedWorld, unconditional_state: Tensor
    ) -> None:
        super().__init__()
        self.unet = unet
        self.scheduler = scheduler
        self.data = data
        self.register_buffer("unconditional_state", unconditional_state, persistent=False)

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """latents, noise, timesteps, text_states [b, 77, d] and which are unconditional [b]."""
        rows = self.data.draw(batch_size, generator)
        batch = self.data.rows(rows, ("latents", "focus", "text_states"))
        batch["noise"], batch["timesteps"] = draw_noise(
            batch["latents"], self.scheduler.config.num_train_timesteps, generator
        )
        batch["unconditional"] = torch.rand(batch_size, generator=generator) < UNCONDITIONAL_SHARE
        return batch

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch."""
        states = torch.where(batch["unconditional"][:, None, None], self.unconditional_state, batch["text_states"])
        return noise_loss(self.unet, self.scheduler, batch, states)
