"""Shards of what the frozen networks say about the world: latents, text states, image embeddings.

Stages 3–5 read these instead of running the VAE and the encoders at every step.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor
from transformers import CLIPModel, CLIPTokenizer

from training.dataset.prerender import CROPS, MAX_SUBJECTS, WorldArrays, load_world
from training.models.tokenizer import word_token_mask
from training.stages.encoders import half_size
from training.stages.vae import to_signed
from training.world.attributes import GREY_STYLES
from training.world.captions import PINNED_STYLE_PHRASE, STYLE_PHRASES, Caption, sample_caption
from training.world.scene import Scene

SLOTS = MAX_SUBJECTS + 1
"""Pinned words of one caption: up to two subjects, then the word "style"."""
STYLE_SLOT = MAX_SUBJECTS
MIN_BOX_SHARE = 0.10
STYLE_PINNED = 0.3
LATENT_FACTOR = 8
FIELDS = ("latents", "focus", "grey", "input_ids", "spans", "text_states", "image_embeds")


@dataclass(frozen=True)
class Networks:
    """The frozen networks, in evaluation mode."""

    vae: AutoencoderKL
    clip: CLIPModel
    tokenizer: CLIPTokenizer


def load_networks(runs: Path) -> Networks:
    """Load what stages 1 and 2 wrote."""
    vae = AutoencoderKL.from_pretrained(latest(runs, "decoder", "vae")).to(memory_format=torch.channels_last).eval()
    clip = CLIPModel.from_pretrained(latest(runs, "image-encoder", "encoders")).eval()
    return Networks(vae, clip, CLIPTokenizer.from_pretrained(runs / "encoders" / "tokenizer"))


def latest(runs: Path, further: str, first: str) -> Path:
    """The weights of the stage that went on from the first one's where there is one, else the first one's."""
    folder = runs / further / "ema"
    return folder if folder.exists() else runs / first / "ema"


def style_caption(scene: Scene, rng: random.Random) -> tuple[Caption, int | None]:
    """A caption; for some styled scenes one that leaves the style to a picture pinned to "style"."""
    caption = sample_caption(scene, rng)
    pinned = scene.style in STYLE_PHRASES and rng.random() < STYLE_PINNED
    if not pinned:
        return caption, None
    text = caption.text
    for phrase in STYLE_PHRASES[scene.style]:
        text = text.removesuffix(f" {phrase}")
    text = f"{text} {PINNED_STYLE_PHRASE}"
    return Caption(text, caption.positions), len(text.split()) - 1


def token_spans(
    tokenizer: CLIPTokenizer, caption: Caption, style: int | None, boxes: np.ndarray, area: float
) -> np.ndarray:
    """[SLOTS, 2] first and past-last token of each pinned word; 0, 0 where nothing is pinned.

    Boxes under 10 % of the picture are discarded (UMM-Diffusion, Sec. 3.4).
    """
    spans = np.zeros((SLOTS, 2), np.int64)
    words = dict(enumerate(caption.positions))
    if style is not None:
        words[STYLE_SLOT] = style
    for slot, word in words.items():
        if slot < MAX_SUBJECTS:
            left, top, right, bottom = boxes[slot]
            if (right - left) * (bottom - top) < MIN_BOX_SHARE * area:
                continue
        tokens = np.flatnonzero(word_token_mask(tokenizer, caption.text, word))
        spans[slot] = (tokens[0], tokens[-1] + 1)
    return spans


def focus_maps(boxes: np.ndarray, size: int, cells: int) -> np.ndarray:
    """Boxes [n, s, 4] in pixels of size × size → [n, cells, cells] bool: latents within some box."""
    centres = (np.arange(cells) + 0.5) * size / cells
    left, top, right, bottom = np.moveaxis(boxes, -1, 0)[..., None]
    across = (left <= centres) & (centres < right)
    down = (top <= centres) & (centres < bottom)
    return (down[..., :, None] & across[..., None, :]).any(1)


@torch.no_grad()
def encode_latents(vae: AutoencoderKL, pixels: np.ndarray, batch_size: int = 4) -> Tensor:
    """[n, 128, 128, 3] uint8 → scaled latents [n, 4, 16, 16]; few at a time stay in a CPU's cache."""
    parts = [
        vae.encode(
            to_signed(torch.from_numpy(pixels[i : i + batch_size].copy()).permute(0, 3, 1, 2))
        ).latent_dist.mode()
        for i in range(0, len(pixels), batch_size)
    ]
    return torch.cat(parts).float() * vae.config.scaling_factor


@torch.no_grad()
def encode_texts(networks: Networks, texts: list[str], batch_size: int = 128) -> tuple[Tensor, Tensor]:
    """Captions → input ids [n, 77] and hidden states [n, 77, d]; equal captions are run once."""
    unique = list(dict.fromkeys(texts))
    ids = networks.tokenizer(unique, padding="max_length", truncation=True, max_length=77, return_tensors="pt")[
        "input_ids"
    ]
    states = [
        networks.clip.text_model(input_ids=ids[i : i + batch_size]).last_hidden_state.float()
        for i in range(0, len(ids), batch_size)
    ]
    order = {text: i for i, text in enumerate(unique)}
    rows = torch.tensor([order[text] for text in texts])
    return ids[rows], torch.cat(states)[rows]


@torch.no_grad()
def encode_images(clip: CLIPModel, pixels: Tensor, batch_size: int = 128) -> Tensor:
    """[n, 3, 64, 64] uint8 → raw projected image embeddings [n, d]."""
    parts = [
        clip.visual_projection(
            clip.vision_model(pixel_values=pixels[i : i + batch_size].float() / 127.5 - 1).pooler_output
        )
        for i in range(0, len(pixels), batch_size)
    ]
    return torch.cat(parts).float()


def build_shard(networks: Networks, world: WorldArrays, start: int, stop: int) -> dict[str, np.ndarray]:
    """Encode rows start … stop − 1. Field shapes: see `CachedWorld`."""
    rng = random.Random(world.first_seed + start)
    scenes = [world.scene(row) for row in range(start, stop)]
    said = [style_caption(scene, rng) for scene in scenes]
    area = float(world.pixels.shape[1] ** 2)
    spans = np.stack(
        [
            token_spans(networks.tokenizer, caption, style, world.boxes[start + i], area)
            for i, (caption, style) in enumerate(said)
        ]
    )
    ids, states = encode_texts(networks, [caption.text for caption, _ in said])
    return {
        "latents": encode_latents(networks.vae, world.pixels[start:stop]).numpy().astype(np.float16),
        "focus": focus_maps(world.boxes[start:stop], world.pixels.shape[1], world.pixels.shape[1] // LATENT_FACTOR),
        "grey": np.array([scene.style in GREY_STYLES for scene in scenes]),
        "input_ids": ids.numpy(),
        "spans": spans,
        "text_states": states.numpy().astype(np.float16),
        "image_embeds": _image_embeds(networks.clip, world, scenes, start, spans).numpy(),
    }


def _image_embeds(clip: CLIPModel, world: WorldArrays, scenes: list[Scene], start: int, spans: np.ndarray) -> Tensor:
    """[n, SLOTS, CROPS, d]: crops of the pinned subjects; for "style", other pictures in that style."""
    embeds = torch.zeros(len(scenes), SLOTS, CROPS, clip.config.projection_dim)
    pinned = spans[..., 1] > 0
    jobs: list[tuple[int, int, int]] = []
    pictures: list[Tensor] = []
    by_style: dict[str, list[int]] = {}
    for i, scene in enumerate(scenes):
        by_style.setdefault(scene.style, []).append(start + i)
    rng = random.Random(start)
    for i, slot in np.argwhere(pinned).tolist():
        for k in range(CROPS):
            if slot == STYLE_SLOT:
                other = rng.choice(by_style[scenes[i].style])
                picture = half_size(torch.from_numpy(world.pixels[other].copy()).permute(2, 0, 1))
            else:
                picture = torch.from_numpy(world.crops[start + i, slot, k].copy()).permute(2, 0, 1)
            jobs.append((i, slot, k))
            pictures.append(picture)
    if pictures:
        index = torch.tensor(jobs)
        embeds[index[:, 0], index[:, 1], index[:, 2]] = encode_images(clip, torch.stack(pictures))
    return embeds


def measure_scaling_factor(vae: AutoencoderKL, pixels: np.ndarray) -> float:
    """1 / standard deviation of the latents, as latent diffusion takes it."""
    vae.register_to_config(scaling_factor=1.0)
    return float(1 / encode_latents(vae, pixels).std())


def main(argv: list[str] | None = None) -> None:
    """Encode the training world shard by shard, skipping the shards that exist."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=64_000)
    parser.add_argument("--shard", type=int, default=4_000)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    networks = load_networks(args.work / "runs")
    world = load_world(args.work / "train")
    with torch.autocast("cpu", torch.bfloat16):
        if networks.vae.config.scaling_factor == 0.18215:
            networks.vae.register_to_config(scaling_factor=measure_scaling_factor(networks.vae, world.pixels[:512]))
            networks.vae.save_pretrained(args.work / "runs" / "vae" / "ema")
        for start in range(0, min(args.count, len(world)), args.shard):
            folder = args.work / "cache" / f"shard-{start:06d}"
            if folder.exists():
                continue
            shard = build_shard(networks, world, start, min(start + args.shard, args.count, len(world)))
            partial = folder.with_suffix(".partial")
            partial.mkdir(parents=True, exist_ok=True)
            for name, array in shard.items():
                np.save(partial / f"{name}.npy", array)
            partial.rename(folder)
            print(folder, flush=True)


if __name__ == "__main__":
    main()
