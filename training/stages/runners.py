"""From folders to a trained stage: what each stage reads from a work folder and writes back.

work/train, work/held   pre-rendered worlds
work/cache              shards for stages 3–5
work/runs/<stage>       checkpoint.pt, log.jsonl and the EMA weights in diffusers layout
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer

from training.dataset.cached import CachedWorld
from training.dataset.prerender import load_world
from training.loop.config import TrainConfig
from training.loop.trainer import train
from training.models.fast_norm import use_fast_norms
from training.models.look import LookAdapter, save_look
from training.models.networks import (
    calm_projector,
    encode_latents,
    final_projector,
    latest,
    load_networks,
    on_fastest_device,
    trained_projector,
    unconditional_state,
)
from training.models.picturebook import (
    build_clip,
    build_projector,
    build_tiny_autoencoder,
    build_unet,
    build_vae,
    scheduler_config,
)
from training.models.pixels import to_signed
from training.models.projector import PseudoWordProjector
from training.models.segmenter import Segmenter
from training.models.tokenizer import build_tokenizer
from training.models.trait_words import TraitWords
from training.stages.decoder import DecoderStage
from training.stages.encoders import EncodersStage
from training.stages.invariance import InvarianceStage, embed_subjects
from training.stages.latent_encoder import LatentEncoderStage
from training.stages.look import LookStage
from training.stages.look_reading import LookReadingStage, subject_attributes
from training.stages.louder import LouderStage
from training.stages.segmentation import SegmentationStage
from training.stages.text_to_image import TextToImageStage
from training.stages.tiny_decoder import TinyDecoderStage, decode_pictures, save_tiny, write_targets
from training.stages.tiue import TiueStage
from training.stages.trait_words import TraitWordsStage, mean_words, pinned_embeds, world_traits
from training.stages.vae import VaeStage, psnr, reconstruction_psnr
from training.world.captions import all_words

TRAINED_BLOCKS = 2
"""Of the decoder's up blocks, where the others come trained from a release."""

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


def run_latent_encoder(work: Path, config: TrainConfig) -> None:
    """The encoder of an adopted autoencoder; it takes its place in runs/vae."""
    runs = work / "runs"
    teacher = tune_for_cpu(AutoencoderKL.from_pretrained(runs / "adopted" / "vae"))
    vae = tune_for_cpu(AutoencoderKL.from_pretrained(runs / "vae" / "ema"))
    stage = LatentEncoderStage(vae, teacher, load_world(work / "train"))
    train(stage, config, runs / "latent-encoder", lambda: vae.save_pretrained(runs / "vae" / "ema"))


def run_segmenter(work: Path, config: TrainConfig) -> None:
    """The network that finds subjects, from work/train to work/runs/segmenter/segmenter.pt."""
    folder = work / "runs" / "segmenter"
    segmenter = Segmenter().to(memory_format=torch.channels_last)

    def save() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(segmenter.state_dict(), folder / "segmenter.pt")

    train(SegmentationStage(segmenter, load_world(work / "train")), config, folder, save)


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
        print(f"held-out PSNR {reconstruction_psnr(vae, held, 8):.2f} dB", flush=True)
        vae.save_pretrained(folder / "ema")

    blocks = TRAINED_BLOCKS if (work / "runs" / "adopted").exists() else 0
    stage = DecoderStage(vae, load_world(work / "train"), blocks)
    train(stage, config, folder, save)


def run_tiny_decoder(work: Path, config: TrainConfig, count: int = 700) -> None:
    """A tiny autoencoder for the miniature's latents. The large decoder's pictures are kept in runs/tiny-decoder."""
    runs = work / "runs"
    folder = runs / "tiny-decoder"
    vae = load_networks(runs).vae
    if not (folder / "pictures.npy").exists():
        data = CachedWorld(work / "cache")
        rows = list(range(min(count, len(data))))
        with torch.autocast("cpu", torch.bfloat16):
            write_targets(vae, data.rows(rows, ("latents",))["latents"], folder)
    latents, pictures = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("latents", "pictures"))
    tiny = build_tiny_autoencoder().to(memory_format=torch.channels_last)
    held = encode_latents(vae, load_world(work / "held").pixels[:8])
    target = to_signed(torch.from_numpy(decode_pictures(vae, held)).permute(0, 3, 1, 2))

    def save() -> None:
        with torch.no_grad():
            error = tiny.decode(held).sample.clamp(-1, 1) - target
        print(f"held-out PSNR against the large decoder {psnr(error):.2f} dB", flush=True)
        save_tiny(tiny, folder / "ema")

    train(TinyDecoderStage(tiny, latents, pictures), config, folder, save)


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
    folder, adopted = work / "runs" / "projector", work / "runs" / "adopted" / "projector"
    projector = PseudoWordProjector.from_pretrained(adopted) if adopted.exists() else build_projector()
    stage = _tiue_stage(work, projector, train_unet=False)
    train(stage, config, folder, lambda: stage.projector.save_pretrained(folder / "ema-projector"))


def run_invariance(work: Path, config: TrainConfig, subjects: int = 9000) -> None:
    """The projector again: one word for all views of a subject. Embeddings are kept in runs/invariance/embeds.pt."""
    runs = work / "runs"
    kept = runs / "invariance" / "embeds.pt"
    if not kept.exists():
        world = load_world(work / "train")
        embeds = embed_subjects(on_fastest_device(load_networks(runs)).clip, world, range(min(subjects, len(world))))
        kept.parent.mkdir(parents=True, exist_ok=True)
        torch.save(embeds, kept)
    teacher, projector = (PseudoWordProjector.from_pretrained(trained_projector(runs)) for _ in range(2))
    stage = InvarianceStage(projector, teacher, torch.load(kept, weights_only=True))
    train(stage, config, kept.parent, lambda: projector.save_pretrained(kept.parent / "ema-projector"))


def run_joint(work: Path, config: TrainConfig) -> None:
    """Stage 5: projector and UNet."""
    folder = work / "runs" / "joint"
    projector = PseudoWordProjector.from_pretrained(work / "runs" / "projector" / "ema-projector")
    stage = _tiue_stage(work, projector, train_unet=True)

    def save() -> None:
        stage.projector.save_pretrained(folder / "ema-projector")
        stage.unet.save_pretrained(folder / "ema")

    train(stage, config, folder, save)


def run_trait_words(work: Path, config: TrainConfig) -> None:
    """Words of known traits, from what the projector says of every view in the cache."""
    runs, data = work / "runs", CachedWorld(work / "cache")
    projector = PseudoWordProjector.from_pretrained(calm_projector(runs))
    embeds, pinned = pinned_embeds(data)
    words = mean_words(projector, embeds)
    traits = world_traits(load_world(work / "train"), len(data))
    model = TraitWords(projector.config.output_dim)

    def save() -> None:
        torch.save(model.state_dict(), runs / "trait-words" / "model.pt")

    train(TraitWordsStage(model, traits[pinned], words[pinned]), config, runs / "trait-words", save)


def run_louder(work: Path, config: TrainConfig) -> None:
    """The projector once more: the louder words, from every view in the cache."""
    runs, data = work / "runs", CachedWorld(work / "cache")
    projector = PseudoWordProjector.from_pretrained(calm_projector(runs))
    embeds, pinned = pinned_embeds(data)
    stage = LouderStage(projector, embeds[pinned], _louder_words(work, len(data))[pinned])
    train(stage, config, runs / "louder", lambda: projector.save_pretrained(runs / "louder" / "ema-projector"))


def run_look_reading(work: Path, config: TrainConfig) -> None:
    """The look's resampler, taught to read."""
    folder, data, world = work / "runs" / "look-reading", CachedWorld(work / "cache"), load_world(work / "train")
    vision = load_networks(work / "runs").clip.vision_model
    words = _louder_words(work, len(data))
    resampler = LookAdapter(build_unet(), vision.config.hidden_size).image_proj
    stage = LookReadingStage(resampler, vision, data, subject_attributes(world, len(data)), words)
    train(stage, config, folder, lambda: torch.save(resampler.state_dict(), folder / "resampler.pt"))


def run_look(work: Path, config: TrainConfig) -> None:
    """The adapter, in front of stage 5's frozen networks; taught, and with a head start, where those stages ran."""
    runs, data = work / "runs", CachedWorld(work / "cache")
    networks = load_networks(runs)
    networks.clip.set_attn_implementation("eager")
    unet = tune_for_cpu(UNet2DConditionModel.from_pretrained(latest(runs, "joint", "unet")))
    adapter = LookAdapter(unet, networks.clip.config.vision_config.hidden_size)
    head_start = runs / "look-reading" / "resampler.pt"
    if head_start.exists():
        adapter.image_proj.load_state_dict(torch.load(head_start, weights_only=True))
    stage = LookStage(
        adapter=adapter,
        projector=PseudoWordProjector.from_pretrained(final_projector(runs)),
        unet=unet,
        text_model=networks.clip.text_model,
        image_model=networks.clip.vision_model,
        scheduler=DDIMScheduler(**scheduler_config()),
        data=data,
        unconditional_state=unconditional_state(networks.tokenizer, networks.clip.text_model),
        words=_louder_words(work, len(data)) if (runs / "trait-words" / "model.pt").exists() else None,
    )
    train(stage, config, runs / "look", lambda: save_look(adapter, runs / "look" / "ema"))


@torch.no_grad()
def _louder_words(work: Path, count: int) -> Tensor:
    """The teacher's word for each subject of the first scenes, [count, MAX_SUBJECTS, d]."""
    state = torch.load(work / "runs" / "trait-words" / "model.pt", weights_only=True)
    model = TraitWords(len(state["mean"]))
    model.load_state_dict(state)
    return model.louder(world_traits(load_world(work / "train"), count))


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
    "latent-encoder": run_latent_encoder,
    "segmenter": run_segmenter,
    "encoders": run_encoders,
    "image-encoder": run_image_encoder,
    "decoder": run_decoder,
    "tiny-decoder": run_tiny_decoder,
    "unet": run_unet,
    "projector": run_projector,
    "joint": run_joint,
    "invariance": run_invariance,
    "trait-words": run_trait_words,
    "louder": run_louder,
    "look-reading": run_look_reading,
    "look": run_look,
}
