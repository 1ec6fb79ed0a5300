"""What a cached scene's caption says, and which of its words are pinned to pictures."""

from __future__ import annotations

import random

import numpy as np
from transformers import CLIPTokenizer

from training.dataset.prerender import MAX_SUBJECTS
from training.models.tokenizer import pin_spans
from training.world.captions import PINNED_STYLE_PHRASE, STYLE_PHRASES, Caption, sample_caption
from training.world.scene import Scene

SLOTS = MAX_SUBJECTS + 1
"""Pinned words of one caption: up to two subjects, then the word "style"."""
STYLE_SLOT = MAX_SUBJECTS
MIN_BOX_SHARE = 0.10
STYLE_PINNED = 0.3


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
        spans[slot] = pin_spans(tokenizer, caption.text, [word])[0]
    return spans
