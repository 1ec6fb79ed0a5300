"""Stages 4 and 5: training TIUE (UMM-Diffusion, Sec. 3.3 and 3.4).

Stage 4 trains the projector alone, everything else frozen; stage 5 projector and UNet. Each
sample is given one of three conditions: none (h_∅), unified (h_u) or text (h_y).
"""

from __future__ import annotations

from typing import Protocol

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextModel

from training.dataset.cache import VIEW_WEIGHTS
from training.models.projector import PseudoWordProjector
from training.models.tiue import unified_hidden_states
from training.stages.noise_prediction import MIN_SNR_GAMMA, draw_noise, noise_loss

CONDITIONS = {"unconditional": 0.1, "unified": 0.54, "text": 0.36}
UNCONDITIONAL, UNIFIED, TEXT = range(3)
KEEP_BOTH = 0.7
"""Share of two-subject pictures with both words pinned; otherwise one of them."""


class TiueData(Protocol):
    """Sets (x, y, x_s, p), encoded."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def draw(self, count: int, generator: torch.Generator) -> list[int]:
        """Random rows."""
        ...

    def rows(self, indices: list[int], fields: tuple[str, ...]) -> dict[str, Tensor]:
        """latents, focus, input_ids, spans [b, s, 2], text_states, views or image_embeds [b, s, k, …]."""
        ...


class TiueStage(nn.Module):
    """Noise prediction under h_u, h_y or h_∅. `train_unet` makes it stage 5."""

    fields = ("latents", "focus", "input_ids", "spans", "text_states", "image_embeds")

    def __init__(
        self,
        projector: PseudoWordProjector,
        unet: UNet2DConditionModel,
        text_model: CLIPTextModel,
        scheduler: DDIMScheduler,
        data: TiueData,
        unconditional_state: Tensor,
        train_unet: bool,
        gamma: float = MIN_SNR_GAMMA,
    ) -> None:
        super().__init__()
        self.projector = projector
        self.unet = unet.requires_grad_(train_unet)
        self.text_model = text_model.requires_grad_(False)
        self.scheduler = scheduler
        self.data = data
        self.gamma = gamma
        self.train_unet = train_unet
        self.register_buffer("unconditional_state", unconditional_state, persistent=False)

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """One encoded set per sample, its condition, and one crop per pinned word."""
        batch = self.data.rows(self.data.draw(batch_size, generator), self.fields)
        batch["noise"], batch["timesteps"] = draw_noise(
            batch["latents"], self.scheduler.config.num_train_timesteps, generator
        )
        batch["image_embeds"] = pick_view(batch["image_embeds"], draw_views(batch["spans"].shape[:2], generator))
        batch["spans"] = drop_pins(batch["spans"], generator)
        batch["condition"] = draw_conditions(batch_size, generator, unified_only=not self.train_unet)
        return batch

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch."""
        condition = batch["condition"][:, None, None]
        pseudo = self.projector(batch["image_embeds"])
        unified = unified_hidden_states(
            self.text_model, batch["input_ids"], batch["text_states"], pseudo, batch["spans"]
        )
        states = torch.where(condition == UNIFIED, unified, batch["text_states"])
        states = torch.where(condition == UNCONDITIONAL, self.unconditional_state.to(states.dtype), states)
        return noise_loss(self.unet, self.scheduler, batch, states, self.gamma)


def draw_conditions(count: int, generator: torch.Generator, unified_only: bool = False) -> Tensor:
    """A condition for each sample, [count]; unified only where nothing else has a gradient."""
    if unified_only:
        return torch.full((count,), UNIFIED)
    weights = torch.tensor(list(CONDITIONS.values()))
    return torch.multinomial(weights, count, replacement=True, generator=generator)


def draw_views(shape: tuple[int, int], generator: torch.Generator) -> Tensor:
    """For each pinned word of each sample, [b, s], which view of it is shown."""
    weights = torch.tensor(list(VIEW_WEIGHTS.values()))
    return torch.multinomial(weights, shape[0] * shape[1], replacement=True, generator=generator).view(shape)


def pick_view(views: Tensor, choice: Tensor) -> Tensor:
    """[b, s, k, …] and [b, s] → [b, s, …]."""
    b, s = choice.shape
    return views[torch.arange(b)[:, None], torch.arange(s)[None], choice]


def drop_pins(spans: Tensor, generator: torch.Generator) -> Tensor:
    """Unpin one of several pinned words in a share of the samples. spans: [b, s, 2]."""
    pinned = spans[..., 1] > 0
    several = pinned.sum(1) > 1
    drop = several & (torch.rand(len(spans), generator=generator) >= KEEP_BOTH)
    scores = torch.rand(pinned.shape, generator=generator).masked_fill(~pinned, -1)
    victim = torch.zeros_like(pinned).scatter_(1, scores.argmax(1, keepdim=True), True)
    return spans.masked_fill((victim & drop[:, None])[..., None], 0)
