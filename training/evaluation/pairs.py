"""Held-out pairs to measure with: a crop of one scene, a caption that names another."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import CLIPTokenizer

from training.dataset.prerender import WorldArrays
from training.models.tokenizer import pin_spans
from training.world.captions import SCENE_PHRASES
from training.world.scene import SCENES, Scene


@dataclass(frozen=True)
class Pairs:
    """n pairs. crops: [n, s, 3, 64, 64] uint8, cut out or not; spans: [n, s, 2]; scene: index asked for or −1."""

    captions: list[str]
    crops: Tensor
    spans: Tensor
    scene: Tensor
    sources: list[Scene]


def article(noun: str) -> str:
    """The noun with its indefinite article."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def single_pairs(
    world: WorldArrays, tokenizer: CLIPTokenizer, count: int, name_scene: bool, seed: int = 7, cut_out: bool = False
) -> Pairs:
    """One painted subject each; the caption's scene differs from the crop's, or none is named."""
    return _pairs(world, tokenizer, count, 1, name_scene, seed, cut_out)


def double_pairs(
    world: WorldArrays, tokenizer: CLIPTokenizer, count: int, seed: int = 8, cut_out: bool = False
) -> Pairs:
    """Two painted subjects each, both pinned."""
    return _pairs(world, tokenizer, count, 2, True, seed, cut_out)


def _pairs(
    world: WorldArrays,
    tokenizer: CLIPTokenizer,
    count: int,
    subjects: int,
    name_scene: bool,
    seed: int,
    cut_out: bool,
) -> Pairs:
    views = world.cutouts if cut_out else world.crops
    rng = random.Random(seed)
    captions, crops, spans, asked, sources = [], [], [], [], []
    for row in range(len(world)):
        scene = world.scene(row)
        if len(scene.subjects) != subjects or scene.style != "painted":
            continue
        other = rng.choice([name for name in SCENES if name != scene.background])
        caption = " and ".join(article(subject.name) for subject in scene.subjects)
        caption += f" {SCENE_PHRASES[other][0]}" if name_scene else ""
        captions.append(caption)
        spans.append(pin_spans(tokenizer, caption, [1 + 3 * i for i in range(subjects)]))
        pictures = np.stack([views[row, i, 0] for i in range(subjects)])
        crops.append(torch.from_numpy(pictures).permute(0, 3, 1, 2))
        asked.append(SCENES.index(other) if name_scene else -1)
        sources.append(scene)
        if len(captions) == count:
            break
    return Pairs(captions, torch.stack(crops), torch.tensor(spans), torch.tensor(asked), sources)
