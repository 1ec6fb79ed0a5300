"""Shards of what the frozen networks say about the world: latents, text states, image embeddings.

Stages 3–5 read these instead of running the VAE and the encoders at every step.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import CLIPModel

from training.dataset.pinning import SLOTS, STYLE_SLOT, style_caption, token_spans
from training.dataset.prerender import CROPS, WorldArrays, load_world
from training.models.networks import (
    Networks,
    encode_images,
    encode_latents,
    encode_texts,
    load_networks,
    measure_scaling_factor,
)
from training.models.pixels import half_size
from training.world.attributes import GREY_STYLES
from training.world.scene import Scene

LATENT_FACTOR = 8
FIELDS = ("latents", "focus", "grey", "input_ids", "spans", "text_states", "image_embeds")


def focus_maps(boxes: np.ndarray, size: int, cells: int) -> np.ndarray:
    """Boxes [n, s, 4] in pixels of size × size → [n, cells, cells] bool: latents within some box."""
    centres = (np.arange(cells) + 0.5) * size / cells
    left, top, right, bottom = np.moveaxis(boxes, -1, 0)[..., None]
    across = (left <= centres) & (centres < right)
    down = (top <= centres) & (centres < bottom)
    return (down[..., :, None] & across[..., None, :]).any(1)


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
    ids, states = encode_texts(networks.tokenizer, networks.clip.text_model, [caption.text for caption, _ in said])
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
