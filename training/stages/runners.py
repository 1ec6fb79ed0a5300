"""From folders to a trained stage: what each stage reads from a work folder and writes back.

work/train, work/held   pre-rendered worlds
work/cache              shards for stages 3–5
work/runs/<stage>       checkpoint.pt, log.jsonl and the EMA weights in diffusers layout
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from transformers import CLIPModel, CLIPTokenizer

from training.dataset.cached import CachedWorld
from training.dataset.prerender import load_world
from training.loop.config import TrainConfig
from training.loop.trainer import train
from training.models.fast_norm import use_fast_norms
from training.models.networks import load_networks, unconditional_state
from training.models.picturebook import build_clip, build_projector, build_unet, build_vae, scheduler_config
from training.models.projector import PseudoWordProjector
from training.models.tokenizer import build_tokenizer
from training.stages.decoder import DecoderStage
from training.stages.encoders import EncodersStage
from training.stages.text_to_image import TextToImageStage
from training.stages.tiue import TiueStage
from training.stages.vae import VaeStage, reconstruction_psnr
from training.world.captions import all_words

Network = TypeVar("Network", AutoencoderKL, UNet2DConditionModel)


def run_vae(work: Path, config: TrainConfig) -> None:
    """Stage 1; where finished weights lie already, it goes on from them with a fresh cosine."""
    folder, held = work / "runs" / "vae", load_world(work / "held")
    goes_on = (folder / "ema").exists()
    vae = tune_for_cpu(AutoencoderKL.from_pretrained(folder / "ema") if goes_on else build_vae())

    def save() -> None:
        vae.eval()
        print(f"held-out PSNR {reconstruction_psnr(vae, held, 64):.2f} dB", flush=True)
        vae.train()
        vae.save_pretrained(folder / "ema")

    train(VaeStage(vae, load_world(work / "train")), config, folder, save)


def run_encoders(work: Path, config: TrainConfig) -> None:
    """Stage 2, its tokenizer first."""
    folder = work / "runs" / "encoders"
    tokenizer = build_tokenizer(all_words(), folder / "tokenizer")
    clip = build_clip(len(tokenizer), tokenizer.eos_token_id)
    clip.set_attn_implementation("eager")
    stage = EncodersStage(clip, tokenizer, load_world(work / "train"))
    train(stage, config, folder, lambda: clip.save_pretrained(folder / "ema"))


def run_image_encoder(work: Path, config: TrainConfig) -> None:
    """Stage 2 again for the image tower alone, from the finished weights of both."""
    folder, encoders = work / "runs" / "image-encoder", work / "runs" / "encoders"
    clip = CLIPModel.from_pretrained(encoders / "ema")
    tokenizer = CLIPTokenizer.from_pretrained(encoders / "tokenizer")
    stage = EncodersStage(clip, tokenizer, load_world(work / "train"), train_text=False)
    train(stage, config, folder, lambda: clip.save_pretrained(folder / "ema"))


def run_decoder(work: Path, config: TrainConfig) -> None:
    """Stage 1 again for the decoder alone, from the finished weights of the whole."""
    folder, held = work / "runs" / "decoder", load_world(work / "held")
    vae = tune_for_cpu(AutoencoderKL.from_pretrained(work / "runs" / "vae" / "ema"))

    def save() -> None:
        print(f"held-out PSNR {reconstruction_psnr(vae, held, 64):.2f} dB", flush=True)
        vae.save_pretrained(folder / "ema")

    train(DecoderStage(vae, CachedWorld(work / "cache"), load_world(work / "train")), config, folder, save)


def run_unet(work: Path, config: TrainConfig) -> None:
    """Stage 3."""
    folder = work / "runs" / "unet"
    unet = tune_for_cpu(build_unet())
    networks = load_networks(work / "runs")
    unconditional = unconditional_state(networks.tokenizer, networks.clip.text_model)
    stage = TextToImageStage(unet, DDIMScheduler(**scheduler_config()), CachedWorld(work / "cache"), unconditional)
    train(stage, config, folder, lambda: unet.save_pretrained(folder / "ema"))


def run_projector(work: Path, config: TrainConfig) -> None:
    """Stage 4: the projector alone, in front of stage 3's frozen UNet."""
    folder = work / "runs" / "projector"
    stage = _tiue_stage(work, build_projector(), train_unet=False)
    train(stage, config, folder, lambda: stage.projector.save_pretrained(folder / "ema-projector"))


def run_joint(work: Path, config: TrainConfig) -> None:
    """Stage 5: projector and UNet."""
    folder = work / "runs" / "joint"
    projector = PseudoWordProjector.from_pretrained(work / "runs" / "projector" / "ema-projector")
    stage = _tiue_stage(work, projector, train_unet=True)

    def save() -> None:
        stage.projector.save_pretrained(folder / "ema-projector")
        stage.unet.save_pretrained(folder / "ema")

    train(stage, config, folder, save)


def tune_for_cpu(module: Network) -> Network:
    """Memory layout, norms and attention that train fastest on a CPU; the weights stay the same."""
    use_fast_norms(module)
    module.set_attn_processor(AttnProcessor())
    return module.to(memory_format=torch.channels_last)


def _tiue_stage(work: Path, projector: PseudoWordProjector, train_unet: bool) -> TiueStage:
    networks = load_networks(work / "runs")
    networks.clip.set_attn_implementation("eager")
    unet = tune_for_cpu(UNet2DConditionModel.from_pretrained(work / "runs" / "unet" / "ema"))
    unconditional = unconditional_state(networks.tokenizer, networks.clip.text_model)
    scheduler = DDIMScheduler(**scheduler_config())
    data = CachedWorld(work / "cache")
    return TiueStage(projector, unet, networks.clip.text_model, scheduler, data, unconditional, train_unet)


RUNNERS: dict[str, Callable[[Path, TrainConfig], None]] = {
    "vae": run_vae,
    "encoders": run_encoders,
    "image-encoder": run_image_encoder,
    "decoder": run_decoder,
    "unet": run_unet,
    "projector": run_projector,
    "joint": run_joint,
}
