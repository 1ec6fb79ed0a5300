"""Shards of what the frozen networks say about the world: latents, text states, image embeddings.

Stages 3–5 read these instead of running the VAE and the encoders at every step.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import CLIPModel

from training.dataset.pinning import SLOTS, STYLE_SLOT, style_caption, token_spans
from training.dataset.prerender import CROP_SIZE, WorldArrays, load_world, shrink, square_around
from training.models.networks import (
    Networks,
    encode_images,
    encode_latents,
    encode_texts,
    load_networks,
    measure_scaling_factor,
    on_fastest_device,
)
from training.models.pixels import shrunk
from training.world import render_scene
from training.world.scene import SCENES, Scene

LATENT_FACTOR = 16
VIEW_WEIGHTS = {"crop": 0.1, "crop elsewhere": 0.4, "cut-out": 0.25, "other cut-out": 0.25}
"""Views of a pinned subject, and how often each is trained on.

A crop of the very picture that is to be drawn teaches that a pinned picture's background belongs into the new one.
"""
FIELDS = ("latents", "focus", "regions", "input_ids", "spans", "text_states", "views", "image_embeds")


def regions_of(boxes: np.ndarray, size: int, cells: int) -> np.ndarray:
    """Boxes [n, s, 4] in pixels of size × size → [n, s, cells, cells] bool: latents within each box."""
    centres = (np.arange(cells) + 0.5) * size / cells
    left, top, right, bottom = np.moveaxis(boxes, -1, 0)[..., None]
    across = (left <= centres) & (centres < right)
    down = (top <= centres) & (centres < bottom)
    return down[..., :, None] & across[..., None, :]


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
    size = world.pixels.shape[1]
    regions = regions_of(world.boxes[start:stop], size, size // LATENT_FACTOR)
    views = pinned_views(world, scenes, start, spans)
    ids, states = encode_texts(networks.tokenizer, networks.clip.text_model, [caption.text for caption, _ in said])
    return {
        "latents": encode_latents(networks.vae, world.pixels[start:stop]).numpy().astype(np.float16),
        "focus": regions.any(1),
        "regions": regions,
        "input_ids": ids.numpy(),
        "spans": spans,
        "text_states": states.numpy().astype(np.float16),
        "views": views,
        "image_embeds": _image_embeds(networks.clip, views, spans).numpy(),
    }


def pinned_views(world: WorldArrays, scenes: list[Scene], start: int, spans: np.ndarray) -> np.ndarray:
    """[n, SLOTS, VIEWS, 64, 64, 3] uint8: what is pinned to each pinned word, see VIEW_WEIGHTS; zeros elsewhere.

    Each view of "style" is another picture in that style.
    """
    views = np.zeros((len(scenes), SLOTS, len(VIEW_WEIGHTS), CROP_SIZE, CROP_SIZE, 3), np.uint8)
    by_style: dict[str, list[int]] = {}
    for i, scene in enumerate(scenes):
        by_style.setdefault(scene.style, []).append(start + i)
    rng = random.Random(start)
    for i, slot in np.argwhere(spans[..., 1] > 0).tolist():
        if slot == STYLE_SLOT:
            for view in views[i, slot]:
                other = rng.choice(by_style[scenes[i].style])
                picture = torch.from_numpy(world.pixels[other].copy()).permute(2, 0, 1)
                view[:] = shrunk(picture, CROP_SIZE).permute(1, 2, 0).numpy()
        else:
            row = start + i
            elsewhere = crop_elsewhere(scenes[i], slot, rng)
            views[i, slot] = np.stack([world.crops[row, slot, 0], elsewhere, *world.cutouts[row, slot]])
    return views


def crop_elsewhere(scene: Scene, slot: int, rng: random.Random) -> np.ndarray:
    """The same subject cropped from another picture, [64, 64, 3]: what comes along must not be learnt from it."""
    background = rng.choice([name for name in SCENES if name != scene.background])
    other = replace(scene, seed=rng.randrange(2**31), background=background, style="painted")
    rendering = render_scene(other)
    return shrink(rendering.pixels, square_around(rendering.pixels.shape[:2], np.array(rendering.boxes[slot]), rng))


def _image_embeds(clip: CLIPModel, views: np.ndarray, spans: np.ndarray) -> Tensor:
    """[n, SLOTS, VIEWS, d] of [n, SLOTS, VIEWS, 64, 64, 3]; zeros where nothing is pinned."""
    embeds = torch.zeros(*views.shape[:3], clip.config.projection_dim)
    pinned = torch.from_numpy(spans[..., 1] > 0)
    if pinned.any():
        pictures = torch.from_numpy(views[pinned.numpy()]).permute(0, 1, 4, 2, 3)
        embeds[pinned] = encode_images(clip, pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2])
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
    networks = on_fastest_device(load_networks(args.work / "runs"))
    world = load_world(args.work / "train")
    with torch.autocast(networks.vae.device.type, torch.bfloat16):
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
