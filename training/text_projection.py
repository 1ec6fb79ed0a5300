"""The text projection of a released model, fitted to its encoders: `python -m training.text_projection MODEL`.

CLIP-T, how near a picture is to a caption, needs the matrix that brings captions to where pictures are. Releases up to
5 left it out. Here it learns by contrast between pictures and captions, as in stage 2, while both towers stay as they
are: what they say is kept, so that this takes minutes. The matrix is added to the text encoder's file, where
transformers' CLIPTextModelWithProjection has it.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer, CLIPVisionModelWithProjection

from training.dataset.prerender import CROP_SIZE, HELD_OUT_SEED
from training.models.pixels import shrunk
from training.models.tokenizer import token_ids
from training.world import render_scene, sample_scene
from training.world.captions import detailed_caption, sample_caption

NAME = "text_projection.weight"
EDGE = 128
"""At which scenes are drawn."""
CAPTIONS = 2
"""Of each scene: with every trait of its subjects, and as people say it."""
RIVALS = 32
"""Pictures among which a caption's own is found by chance once in as many times."""


@dataclass(frozen=True)
class Pairs:
    """states: [n, CAPTIONS, d] pooled states of captions; embeds: [n, p] image embeddings."""

    states: Tensor
    embeds: Tensor


@torch.no_grad()
def embed_pairs(model: Path, first_seed: int, count: int, batch_size: int = 64) -> Pairs:
    """What a model's encoders say of scenes and their captions."""
    settings = {"variant": "fp16", "dtype": torch.float32}
    text_model = CLIPTextModel.from_pretrained(model, subfolder="text_encoder", **settings).eval()
    image_model = CLIPVisionModelWithProjection.from_pretrained(model, subfolder="image_encoder", **settings).eval()
    tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
    states, embeds = [], []
    for start in range(first_seed, first_seed + count, batch_size):
        seeds = range(start, min(start + batch_size, first_seed + count))
        scenes = [sample_scene(seed) for seed in seeds]
        pictures = [torch.from_numpy(render_scene(scene, EDGE).pixels.copy()).permute(2, 0, 1) for scene in scenes]
        pixels = torch.stack([shrunk(picture, CROP_SIZE) for picture in pictures])
        embeds.append(image_model(pixel_values=pixels.float() / 127.5 - 1).image_embeds)
        texts = [
            say(scene, random.Random(seed)).text
            for scene, seed in zip(scenes, seeds, strict=True)
            for say in (detailed_caption, sample_caption)
        ]
        pooled = text_model(input_ids=token_ids(tokenizer, texts)).pooler_output
        states.append(pooled.unflatten(0, (len(scenes), CAPTIONS)))
    return Pairs(torch.cat(states), torch.cat(embeds))


def fit(pairs: Pairs, steps: int, batch_size: int = 512, rate: float = 2e-3) -> Tensor:
    """The projection [p, d] under which captions are nearest to their own pictures."""
    generator = torch.Generator().manual_seed(0)
    projection = nn.Linear(pairs.states.shape[-1], pairs.embeds.shape[-1], bias=False)
    scale = nn.Parameter(torch.tensor(2.66))
    optimizer = torch.optim.AdamW([*projection.parameters(), scale], lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        rows = torch.randint(len(pairs.embeds), (batch_size,), generator=generator)
        which = torch.randint(CAPTIONS, (batch_size,), generator=generator)
        text = F.normalize(projection(pairs.states[rows, which]), dim=1)
        logits = scale.clamp(max=4.6).exp() * F.normalize(pairs.embeds[rows], dim=1) @ text.T
        target = torch.arange(batch_size)
        loss = F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return projection.weight.detach()


@torch.no_grad()
def matched(pairs: Pairs, projection: Tensor, caption: int) -> float:
    """Share of captions that are nearest to their own picture among RIVALS."""
    text = F.normalize(pairs.states[:, caption] @ projection.T, dim=1)
    cosines = (text.unflatten(0, (-1, RIVALS)) @ F.normalize(pairs.embeds, dim=1).unflatten(0, (-1, RIVALS)).mT).argmax(
        -1
    )
    return (cosines == torch.arange(RIVALS)).float().mean().item()


def add_to_release(model: Path, projection: Tensor) -> None:
    """Writes it beside the text encoder's other tensors, in half precision."""
    path = model / "text_encoder" / "model.fp16.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    tensors[NAME] = projection.to(torch.float16).contiguous()
    save_file(tensors, path, {"format": "pt"})


def main(argv: list[str] | None = None) -> None:
    """Fits, measures on held-out scenes, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--scenes", type=int, default=1600)
    parser.add_argument("--steps", type=int, default=500)
    args = parser.parse_args(argv)
    torch.manual_seed(0)
    projection = fit(embed_pairs(args.model, 0, args.scenes), args.steps)
    held = embed_pairs(args.model, HELD_OUT_SEED, 16 * RIVALS)
    for caption, name in enumerate(("detailed", "everyday")):
        share = matched(held, projection, caption)
        print(f"{name} captions nearest to their own picture of {RIVALS}: {100 * share:.1f} %")
    add_to_release(args.model, projection)


if __name__ == "__main__":
    main()
