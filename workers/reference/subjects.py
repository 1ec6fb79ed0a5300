"""The pictures that the references pin, and their pseudo-words."""

import numpy as np
import torch
from PIL import Image
from transformers import CLIPImageProcessorPil, CLIPVisionModelWithProjection

from projector import PseudoWordProjector


def subject_pictures() -> list[Image.Image]:
    """Three RGB pictures of different shapes: gradients, a disc, stripes."""
    return [_picture(40, 40, 0), _picture(60, 45, 1), _picture(33, 70, 2)]


def _picture(width: int, height: int, kind: int) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    disc = ((x - 0.4) ** 2 + (y - 0.4) ** 2 < 0.05) * 1.0
    stripes = np.sin(x * 25 + y * 9) * 0.5 + 0.5
    channels = [[x, y, disc], [disc, 1 - x, stripes], [stripes, 0.3 + 0 * x, y]][kind]
    return Image.fromarray((np.stack(channels, axis=-1) * 255).round().astype(np.uint8))


@torch.no_grad()
def image_embeds(
    vision: CLIPVisionModelWithProjection, processor: CLIPImageProcessorPil, pictures: list[Image.Image]
) -> torch.Tensor:
    """Raw projected image embeddings, [n, P]."""
    pixels = processor(images=pictures, return_tensors="pt").pixel_values
    return vision(pixels).image_embeds


@torch.no_grad()
def pseudo_words_of_pins(
    pins: dict[int, list[int]], embeds: torch.Tensor, projector: PseudoWordProjector
) -> tuple[torch.Tensor, dict[int, int]]:
    """One pseudo-word a pin, the mean over its pictures: [pins, D], and word → row."""
    rows = {word: row for row, word in enumerate(pins)}
    means = [projector(embeds[pictures]).mean(dim=0) for pictures in pins.values()]
    return torch.stack(means) if means else torch.zeros(0, projector.layers[-1].out_features), rows
