"""Reading the shards of `training.dataset.build` as endless batches of sets (x, y, x_s, p)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import webdataset as wds
from PIL import Image
from torch import Tensor
from transformers import CLIPImageProcessor, CLIPTokenizer

from training.models.tokenizer import CUT_OFF, pin_spans, token_ids

SLOTS = 2
"""Pinned words of one sample at most; further ones are left as plain words."""


@dataclass(frozen=True)
class SetReader:
    """Turns records into tensors for one model.

    resolution: side of the square picture in pixels, a multiple of the VAE's factor.
    """

    shards: str
    tokenizer: CLIPTokenizer
    processor: CLIPImageProcessor
    resolution: int

    def batches(self, batch_size: int, seed: int) -> Iterator[dict[str, Tensor]]:
        """Endless batches in an order that the seed alone decides: pixels [b, 3, r, r] in −1 … 1, input_ids [b, 77],
        spans [b, SLOTS, 2], crops [b, SLOTS, 3, h, w] normalised for the image encoder."""
        rng = random.Random(seed)
        # wds.WebDataset(resampled=True) ignores its seed and refuses to run in several processes.
        records = iter(
            wds.DataPipeline(
                wds.ResampledShards(self.shards, seed=seed, deterministic=True),
                wds.tarfile_to_samples(),
                wds.shuffle(2000, rng=random.Random(seed)),
                wds.decode("pil"),
            )
        )
        while True:
            samples = [self.encode(next(records), rng) for _ in range(batch_size)]
            yield {key: torch.stack([sample[key] for sample in samples]) for key in samples[0]}

    def encode(self, record: dict, rng: random.Random) -> dict[str, Tensor]:
        """One record → tensors without the batch dimension."""
        picture: Image.Image = record["png"].convert("RGB")
        told = record["json"] if isinstance(record["json"], dict) else json.loads(record["json"])
        pins = list(told["pins"])
        rng.shuffle(pins)
        size = self.processor.crop_size["height"]
        spans = torch.zeros(SLOTS, 2, dtype=torch.long)
        crops = torch.zeros(SLOTS, 3, size, size)
        for slot, pin in enumerate(pins[:SLOTS]):
            spans[slot] = torch.tensor(self._span(told["caption"], pin))
            crop = picture.crop(tuple(round(edge) for edge in pin["box"]))
            crops[slot] = self.processor(crop, return_tensors="pt")["pixel_values"][0]
        ids = token_ids(self.tokenizer, [told["caption"]])[0]
        return {"pixels": self._square(picture), "input_ids": ids, "spans": spans, "crops": crops}

    def _span(self, caption: str, pin: dict) -> tuple[int, int]:
        spans = pin_spans(self.tokenizer, caption, range(pin["first"], pin["last"]))
        return (spans[0][0], spans[-1][1]) if spans[-1] != CUT_OFF else CUT_OFF

    def _square(self, picture: Image.Image) -> Tensor:
        """Shortest edge to the resolution, centre crop."""
        scale = self.resolution / min(picture.size)
        width, height = (max(self.resolution, round(edge * scale)) for edge in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
        left, top = (width - self.resolution) // 2, (height - self.resolution) // 2
        picture = picture.crop((left, top, left + self.resolution, top + self.resolution))
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 127.5 - 1
