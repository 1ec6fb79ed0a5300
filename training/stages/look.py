"""The look: an adapter learns to draw what a picture shows, everything else frozen (IP-Adapter, Sec. 3.2).

Its tokens stand beside h_u mostly, as the product uses them, and beside h_y, so that they can do without a pseudo-word.

Where better words of the subjects are known than the projector's (`trait_words`), the frozen UNet that is given them
teaches: its ε holds no noise of chance, of which nearly all of a diffusion loss is made, and no background.
"""

from __future__ import annotations

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPVisionModelWithProjection

from training.models.look import LookAdapter, install_look, patch_tokens
from training.models.tiue import unified_hidden_states
from training.stages.noise_prediction import MIN_SNR_GAMMA, draw_noise, noise_loss, noisy_latents
from training.stages.tiue import TiueData, draw_views, pick_view

UNIFIED_SHARE = 0.8
"""Samples whose text states are h_u; the others' are h_y."""
DROPPED_SHARE = 0.08
"""Samples without text; half of them look at plain grey too: classifier-free guidance asks for that."""
EVERYWHERE_SHARE = 0.5
"""Samples of one subject in which its picture is looked at everywhere; otherwise within its box."""


class LookStage(nn.Module):
    """Noise prediction with a look; only the adapter has gradients.

    words: [n, MAX_SUBJECTS, d], the teacher's word for each subject of each row; None: the true noise teaches.
    """

    fields = ("latents", "focus", "regions", "input_ids", "spans", "text_states", "views", "image_embeds")

    def __init__(
        self,
        adapter: LookAdapter,
        projector: nn.Module,
        unet: UNet2DConditionModel,
        text_model: CLIPTextModel,
        image_model: CLIPVisionModelWithProjection,
        scheduler: DDIMScheduler,
        data: TiueData | None,
        unconditional_state: Tensor,
        gamma: float = MIN_SNR_GAMMA,
        words: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.adapter = adapter
        frozen = (projector, unet, text_model, image_model)
        self.projector, self.unet, self.text_model, self.image_model = (part.requires_grad_(False) for part in frozen)
        self.scheduler = scheduler
        self.data = data
        self.gamma = gamma
        self.words = words
        self.look = install_look(unet, adapter)
        self.register_buffer("unconditional_state", unconditional_state, persistent=False)

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """Encoded sets, one view of each pinned subject, where it is looked at, and how much text there is."""
        rows = self.data.draw(batch_size, generator)
        batch = self.data.rows(rows, self.fields)
        if self.words is not None:
            batch["words"] = self.words[rows]
        batch["noise"], batch["timesteps"] = draw_noise(
            batch["latents"], self.scheduler.config.num_train_timesteps, generator
        )
        choice = draw_views(batch["spans"].shape[:2], generator)
        batch["views"] = pick_view(batch["views"], choice)
        batch["image_embeds"] = pick_view(batch["image_embeds"], choice)
        everywhere = torch.rand(batch_size, generator=generator) < EVERYWHERE_SHARE
        batch["gate"] = gates(batch["spans"], batch.pop("regions"), everywhere)
        batch["text"] = torch.rand(batch_size, generator=generator)
        return batch

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch."""
        with torch.no_grad():
            states = self._states(batch)
            if "words" in batch:
                batch = {**batch, "target": self._taught(batch)}
            subjects = batch["gate"].shape[1]
            pixels = batch["views"][:, :subjects].permute(0, 1, 4, 2, 3).float() / 127.5 - 1
            blind = batch["text"].view(-1, 1, 1, 1, 1) >= 1 - DROPPED_SHARE / 2
            pixels = torch.where(blind, 0.0, pixels)
            patches = patch_tokens(self.image_model, pixels.flatten(0, 1))
        tokens = self.adapter.image_proj(patches)
        self.look.tokens, self.look.gate = tokens.unflatten(0, (-1, subjects)), batch["gate"]
        return noise_loss(self.unet, self.scheduler, batch, states, self.gamma)

    def _taught(self, batch: dict[str, Tensor]) -> Tensor:
        """ε of the network without a look that is told the teacher's words, [b, c, h, w]; without text as it is."""
        self.look.tokens = None
        pseudo = self.projector(batch["image_embeds"])
        pseudo[:, : batch["words"].shape[1]] = batch["words"].to(pseudo.dtype)
        states = self._silenced(batch, self._unified(batch, pseudo))
        return self.unet(*noisy_latents(self.scheduler, batch), states).sample.float()

    def _states(self, batch: dict[str, Tensor]) -> Tensor:
        unified = self._unified(batch, self.projector(batch["image_embeds"]))
        text = batch["text"][:, None, None]
        return self._silenced(batch, torch.where(text < UNIFIED_SHARE, unified, batch["text_states"]))

    def _unified(self, batch: dict[str, Tensor], pseudo: Tensor) -> Tensor:
        return unified_hidden_states(self.text_model, batch["input_ids"], batch["text_states"], pseudo, batch["spans"])

    def _silenced(self, batch: dict[str, Tensor], states: Tensor) -> Tensor:
        silent = batch["text"][:, None, None] >= 1 - DROPPED_SHARE
        return torch.where(silent, self.unconditional_state.to(states.dtype), states)


def gates(spans: Tensor, regions: Tensor, everywhere: Tensor) -> Tensor:
    """Where each subject's picture is looked at, [b, s, h, w].

    spans: [b, s + 1, 2], the last for "style", which has no look; regions: [b, s, h, w] bool; everywhere: [b] bool,
    heeded where one subject is pinned: several stay in their own boxes.
    """
    pinned = spans[:, : regions.shape[1], 1] > 0
    alone = pinned.sum(1) == 1
    where = regions | (everywhere & alone)[:, None, None, None]
    return (where & pinned[..., None, None]).float()
