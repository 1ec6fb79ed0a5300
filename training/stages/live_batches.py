"""What all stages share that see pictures as they come."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from training.dataset.sets import SetReader
from training.stages.noise_prediction import draw_noise


class LiveBatches:
    """Batches of a stream of sets, with noise for their latents, [b, c, h, w], and a timestep for each, [b].

    The stream cannot be entered in the middle: a resumed run opens it anew, in an order seeded by its step.
    """

    def __init__(self, reader: SetReader, vae: AutoencoderKL, train_timesteps: int) -> None:
        self.reader = reader
        self.channels = vae.config.latent_channels
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.train_timesteps = train_timesteps
        self.stream: Iterator[dict[str, Tensor]] | None = None

    def draw(self, generator: torch.Generator, batch_size: int) -> dict[str, Tensor]:
        """Raw pictures and crops, noise and timesteps."""
        if self.stream is None:
            self.stream = self.reader.batches(batch_size, seed=int(torch.randint(2**31, (1,), generator=generator)))
        batch = next(self.stream)
        height, width = (edge // self.factor for edge in batch["pixels"].shape[-2:])
        like = torch.empty(batch_size, self.channels, height, width)
        batch["noise"], batch["timesteps"] = draw_noise(like, self.train_timesteps, generator)
        return batch
