"""Image embeddings, pseudo-words and, where the checkpoint has one, the safety checker's verdicts."""

from pathlib import Path

import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker, cosine_distance
from safetensors.torch import load_file, save_file

from components import Components
from subjects import subject_pictures


def write(parts: Components, folder: Path) -> None:
    """Writes image.safetensors: rgba pictures, pixel_values [3,3,S,S], image_embeds [3,P], pseudo_words [3,D]."""
    pictures = subject_pictures()
    pixels = parts.processor(images=pictures, return_tensors="pt").pixel_values
    with torch.no_grad():
        embeds = parts.vision(pixels).image_embeds
        tensors = {
            "pixel_values": pixels,
            "image_embeds": embeds,
            "pseudo_words": parts.projector(embeds),
        }
    for index, picture in enumerate(pictures):
        tensors[f"rgba.{index}"] = torch.from_numpy(np.array(picture.convert("RGBA")))
    if parts.case.safety_checker:
        tensors |= _safety(parts, pixels)
    save_file(tensors, folder / "image.safetensors")


@torch.no_grad()
def _safety(parts: Components, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    """Cosines [3,17] and [3,3] and flags of diffusers' checker, with thresholds that let some pictures pass."""
    checker = StableDiffusionSafetyChecker.from_pretrained(parts.root / "safety_checker").eval()
    embeds = checker.visual_projection(checker.vision_model(pixels)[1])
    concept = cosine_distance(embeds, checker.concept_embeds)
    special = cosine_distance(embeds, checker.special_care_embeds)
    thresholds = _set_thresholds(checker, concept, special)
    _, flags = checker(pixels, [np.zeros(1)] * 3)
    path = parts.root / "safety_checker/model.safetensors"
    save_file({**load_file(path), **thresholds}, path, metadata={"format": "pt"})
    return {
        "safety.concept_cosines": concept,
        "safety.special_care_cosines": special,
        "safety.flags": torch.tensor(flags, dtype=torch.uint8),
    }


def _set_thresholds(
    checker: StableDiffusionSafetyChecker, concept: torch.Tensor, special: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Thresholds under which picture 0 passes, picture 1 is raised by a concept, picture 2 only by special care."""
    concept_weights = concept.max(dim=0).values + 0.1
    special_weights = special.max(dim=0).values + 0.1
    own = int((concept[1] - concept[[0, 2]].max(dim=0).values).argmax())
    concept_weights[own] = concept[1, own] - 0.02
    care = int((special[2] - special[[0, 1]].max(dim=0).values).argmax())
    special_weights[care] = special[2, care] - 0.02
    nearest = int((concept[2] - concept[[0, 1]].max(dim=0).values).argmax())
    concept_weights[nearest] = concept[2, nearest] + 0.005
    checker.concept_embeds_weights.data.copy_(concept_weights)
    checker.special_care_embeds_weights.data.copy_(special_weights)
    return {
        "concept_embeds_weights": concept_weights,
        "special_care_embeds_weights": special_weights,
    }
