"""Stage 2: CLIP-like text and image encoders, by contrast between pictures and captions.

SD's CLIP has read captions of every kind; the world's everyday captions leave a subject's looks
unsaid. So this stage reads detailed captions too, and a linear probe on the image embedding
keeps hues, pattern and accessory readable from it.
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPModel, CLIPTokenizer

from training.dataset.prerender import CROP_SIZE, CROPS, WorldArrays
from training.models.pixels import shrunk
from training.world.attributes import WIDTH, attribute_loss, attribute_row
from training.world.captions import detailed_caption, sample_caption

CROP_SHARE = 0.75
DETAILED_SHARE = 0.75
PROBE_WEIGHT = 1.0
MAX_SHIFT = 3


class EncodersStage(nn.Module):
    """Symmetric contrastive loss plus the attribute probe's loss.

    `train_text=False` locks the text tower (Zhai et al., "LiT", the other way round): the image
    encoder can then go on learning while the UNet that reads the text states stays valid.
    """

    def __init__(self, clip: CLIPModel, tokenizer: CLIPTokenizer, world: WorldArrays, train_text: bool = True) -> None:
        super().__init__()
        self.clip = clip
        for part in (clip.text_model, clip.text_projection):
            part.requires_grad_(train_text)
        self.probe = nn.Linear(clip.config.projection_dim, WIDTH)
        self.tokenizer = tokenizer
        self.world = world

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """{'pixels': [b, 3, 64, 64] uint8, 'input_ids': [b, l], 'attributes': [b, 9]}."""
        rows = torch.randint(len(self.world), (batch_size,), generator=generator).tolist()
        rng = random.Random(int(torch.randint(2**62, (1,), generator=generator)))
        pictures, captions, attributes = zip(*(self._example(row, rng) for row in rows), strict=True)
        tokens = self.tokenizer(list(captions), padding="longest", truncation=True, max_length=77, return_tensors="pt")
        return {
            "pixels": torch.stack(pictures),
            "input_ids": tokens["input_ids"],
            "attributes": torch.tensor(attributes),
        }

    def _example(self, row: int, rng: random.Random) -> tuple[Tensor, str, list[float]]:
        scene = self.world.scene(row)
        subject = scene.subjects[0] if len(scene.subjects) == 1 else None
        if rng.random() < CROP_SHARE:
            i = rng.randrange(len(scene.subjects))
            pixels = shifted(self.world.crops[row, i, rng.randrange(CROPS)], rng)
            subject = scene.subjects[i]
            scene = replace(scene, subjects=(subject,))
        else:
            pixels = shrunk(torch.from_numpy(self.world.pixels[row].copy()).permute(2, 0, 1), CROP_SIZE)
        say = detailed_caption if rng.random() < DETAILED_SHARE else sample_caption
        return pixels, say(scene, rng).text, attribute_row(scene, subject)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss, share of pictures whose own caption scores highest, probe loss."""
        pixels = batch["pixels"].float() / 127.5 - 1
        raw = self.clip.visual_projection(self.clip.vision_model(pixel_values=pixels).pooler_output).float()
        text = self.clip.text_projection(self.clip.text_model(input_ids=batch["input_ids"]).pooler_output).float()
        logits = self.clip.logit_scale.exp() * F.normalize(raw, dim=1) @ F.normalize(text, dim=1).T
        target = torch.arange(len(logits), device=logits.device)
        contrast = 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))
        probe = attribute_loss(self.probe(raw).float(), batch["attributes"])
        matched = (logits.argmax(1) == target).float().mean()
        return {
            "loss": contrast + PROBE_WEIGHT * probe,
            "contrast": contrast.detach(),
            "matched": matched,
            "probe": probe.detach(),
        }


def shifted(crop: np.ndarray, rng: random.Random) -> Tensor:
    """[s, s, 3] uint8 → [3, s, s], moved by up to MAX_SHIFT pixels and mirrored by chance."""
    dx, dy = rng.randint(0, 2 * MAX_SHIFT), rng.randint(0, 2 * MAX_SHIFT)
    margin = ((MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT, MAX_SHIFT), (0, 0))
    moved = np.pad(crop, margin, mode="edge")[dy : dy + crop.shape[0], dx : dx + crop.shape[1]]
    if rng.random() < 0.5:
        moved = moved[:, ::-1]
    return torch.from_numpy(moved.copy()).permute(2, 0, 1)
