"""The look on pictures as they come: an IP-Adapter (Plus) for SD 1.5 and any checkpoint in diffusers layout.

    accelerate launch -m training.stages.live_look --model PATH --image-encoder PATH \\
        --sets 'sets/sets-{00000..00179}.tar' --out runs/look
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPImageProcessor, CLIPTextModel, CLIPTokenizer, CLIPVisionModelWithProjection

from training.dataset.sets import SetReader
from training.loop.config import TrainConfig, share_of_process
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.look import LookAdapter, patch_tokens, save_look
from training.models.networks import unconditional_state
from training.stages.live_batches import LiveBatches
from training.stages.look import DROPPED_SHARE, LookStage, gates
from training.stages.noise_prediction import noise_loss

SETTINGS = {"batch_size": 64, "learning_rate": 1e-4, "steps": 1_000_000, "width": 768, "queries": 16}
"""IP-Adapter, Sec. 4.1.2: eight GPUs of eight samples each, constant rate; width and queries of its Plus variant."""


class LiveLookStage(LookStage):
    """Encodes pictures, captions and crops with the frozen networks at every step; text states are h_y."""

    def __init__(self, vae: AutoencoderKL, reader: SetReader, **stage) -> None:
        super().__init__(projector=torch.nn.Identity(), data=None, gamma=0.0, **stage)
        self.vae = vae.requires_grad_(False)
        self.batches = LiveBatches(reader, vae, self.scheduler.config.num_train_timesteps)

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """Raw pictures and crops, noise, timesteps, and how much text there is."""
        batch = self.batches.draw(generator, batch_size)
        batch["text"] = torch.rand(batch_size, generator=generator)
        regions = torch.ones(*batch["spans"].shape[:2], *batch["noise"].shape[-2:], dtype=torch.bool)
        batch["gate"] = gates(batch.pop("spans"), regions, torch.ones(batch_size, dtype=torch.bool))
        return batch

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Encode without gradients, then the loss."""
        silent = batch["text"] >= 1 - DROPPED_SHARE
        with torch.no_grad():
            latents = self.vae.encode(batch["pixels"]).latent_dist.mode() * self.vae.config.scaling_factor
            states = self.text_model(input_ids=batch["input_ids"]).last_hidden_state.float()
            states = torch.where(silent[:, None, None], self.unconditional_state, states)
            blind = batch["text"] >= 1 - DROPPED_SHARE / 2
            crops = torch.where(blind.view(-1, 1, 1, 1, 1), 0.0, batch["crops"])
            patches = patch_tokens(self.image_model, crops.flatten(0, 1))
        self.look.tokens = self.adapter.image_proj(patches).unflatten(0, crops.shape[:2])
        self.look.gate = batch["gate"]
        return noise_loss(self.unet, self.scheduler, {**batch, "latents": latents.float()}, states, self.gamma)


def build_stage(model: str, image_encoder: str, sets: str, width: int, queries: int) -> LiveLookStage:
    """Assemble the stage around a checkpoint in diffusers layout (local folder or Hub name)."""
    tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
    image_model = CLIPVisionModelWithProjection.from_pretrained(image_encoder)
    text_model = CLIPTextModel.from_pretrained(model, subfolder="text_encoder")
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    vae = AutoencoderKL.from_pretrained(model, subfolder="vae")
    resolution = unet.config.sample_size * 2 ** (len(vae.config.block_out_channels) - 1)
    return LiveLookStage(
        vae=vae,
        reader=SetReader(sets, tokenizer, CLIPImageProcessor.from_pretrained(image_encoder), resolution),
        adapter=LookAdapter(unet, image_model.config.hidden_size, width, queries),
        unet=unet,
        text_model=text_model,
        image_model=image_model,
        scheduler=DDIMScheduler.from_pretrained(model, subfolder="scheduler"),
        unconditional_state=unconditional_state(tokenizer, text_model),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="checkpoint in diffusers layout, e.g. SD 1.5")
    parser.add_argument("--image-encoder", required=True, help="e.g. the image_encoder of h94/IP-Adapter")
    parser.add_argument("--sets", required=True, help="shards of training.dataset.build")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--batch-size", type=int, default=SETTINGS["batch_size"], help="over all processes")
    parser.add_argument("--steps", type=int, default=SETTINGS["steps"])
    parser.add_argument("--learning-rate", type=float, default=SETTINGS["learning_rate"])
    parser.add_argument("--width", type=int, default=SETTINGS["width"], help="of the resampler, a multiple of 64")
    parser.add_argument("--queries", type=int, default=SETTINGS["queries"], help="image tokens of a picture")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    stage = build_stage(args.model, args.image_encoder, args.sets, args.width, args.queries)
    config = TrainConfig(
        Budget(steps=args.steps),
        batch_size=share_of_process(args.batch_size),
        learning_rate=args.learning_rate,
        constant=True,
        ema=0.9999,
        betas=(0.9, 0.999),
        seed=args.seed,
        save_seconds=1800,
        optimizer="adamw",
    )
    train(stage, config, args.out, lambda: save_look(stage.adapter, args.out / "ema"))


if __name__ == "__main__":
    main()
