"""Stages 4 and 5 on pictures as they come: for SD 1.5 and any checkpoint in diffusers layout.

    accelerate launch -m training.stages.live_tiue projector --model PATH --image-encoder PATH \\
        --sets 'sets/sets-{00000..00179}.tar' --out runs/projector
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
from training.models.networks import unconditional_state
from training.models.projector import PseudoWordProjector
from training.stages.live_batches import LiveBatches
from training.stages.tiue import TiueStage, draw_conditions

PAPER = {"batch_size": 192, "learning_rate": 1e-5, "steps": 200_000, "ema": 0.9999}
"""UMM-Diffusion, Sec. 4.1: both phases; batch over all processes, constant rate."""


class LiveTiueStage(TiueStage):
    """Encodes pictures, captions and crops with the frozen networks at every step."""

    def __init__(
        self, vae: AutoencoderKL, image_model: CLIPVisionModelWithProjection, reader: SetReader, **stage
    ) -> None:
        super().__init__(data=None, **stage)
        self.vae = vae.requires_grad_(False)
        self.image_model = image_model.requires_grad_(False)
        self.batches = LiveBatches(reader, vae, self.scheduler.config.num_train_timesteps)

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """Raw pictures and crops, noise, timesteps and conditions."""
        batch = self.batches.draw(generator, batch_size)
        batch["condition"] = draw_conditions(batch_size, generator, unified_only=not self.train_unet)
        return batch

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Encode without gradients, then the loss of stages 4 and 5."""
        with torch.no_grad():
            latents = self.vae.encode(batch["pixels"]).latent_dist.mode() * self.vae.config.scaling_factor
            text = self.text_model(input_ids=batch["input_ids"]).last_hidden_state
            b, s = batch["crops"].shape[:2]
            embeds = self.image_model(pixel_values=batch["crops"].flatten(0, 1)).image_embeds.unflatten(0, (b, s))
        encoded = {"latents": latents.float(), "text_states": text.float(), "image_embeds": embeds.float()}
        return super().forward({**batch, **encoded})


def build_stage(model: str, image_encoder: str, projector: str | None, sets: str, train_unet: bool) -> LiveTiueStage:
    """Assemble the stage around a checkpoint in diffusers layout (local folder or Hub name).

    Without a projector a new one is made: two hidden layers four times as wide as the embedding.
    """
    tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
    image_model = CLIPVisionModelWithProjection.from_pretrained(image_encoder)
    text_model = CLIPTextModel.from_pretrained(model, subfolder="text_encoder")
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    vae = AutoencoderKL.from_pretrained(model, subfolder="vae")
    width, dim = text_model.config.hidden_size, image_model.config.projection_dim
    network = (
        PseudoWordProjector.from_pretrained(projector)
        if projector
        else PseudoWordProjector(dim, [4 * dim, 4 * dim], width)
    )
    resolution = unet.config.sample_size * 2 ** (len(vae.config.block_out_channels) - 1)
    reader = SetReader(sets, tokenizer, CLIPImageProcessor.from_pretrained(image_encoder), resolution)
    return LiveTiueStage(
        vae=vae,
        image_model=image_model,
        reader=reader,
        projector=network,
        unet=unet,
        text_model=text_model,
        scheduler=DDIMScheduler.from_pretrained(model, subfolder="scheduler"),
        unconditional_state=unconditional_state(tokenizer, text_model),
        train_unet=train_unet,
        gamma=0.0,
    )


def main() -> None:
    """Command line; defaults are the paper's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("phase", choices=("projector", "joint"))
    parser.add_argument("--model", required=True, help="checkpoint in diffusers layout, e.g. SD 1.5")
    parser.add_argument("--image-encoder", required=True, help="e.g. openai/clip-vit-large-patch14")
    parser.add_argument("--projector", help="what the projector phase wrote (joint phase)")
    parser.add_argument("--sets", required=True, help="shards of training.dataset.build")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--batch-size", type=int, default=PAPER["batch_size"], help="over all processes")
    parser.add_argument("--steps", type=int, default=PAPER["steps"])
    parser.add_argument("--learning-rate", type=float, default=PAPER["learning_rate"])
    parser.add_argument("--ema", type=float, default=PAPER["ema"])
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    joint = args.phase == "joint"
    if joint and not args.projector:
        parser.error("The joint phase starts from a trained projector: give --projector.")
    stage = build_stage(args.model, args.image_encoder, args.projector, args.sets, joint)
    config = TrainConfig(
        Budget(steps=args.steps),
        batch_size=share_of_process(args.batch_size),
        learning_rate=args.learning_rate,
        constant=True,
        ema=args.ema,
        betas=(0.9, 0.999),
        seed=args.seed,
        save_seconds=1800,
        optimizer="adamw",
    )

    def save() -> None:
        stage.projector.save_pretrained(args.out / "ema-projector")
        if joint:
            stage.unet.save_pretrained(args.out / "ema")

    train(stage, config, args.out, save)


if __name__ == "__main__":
    main()
