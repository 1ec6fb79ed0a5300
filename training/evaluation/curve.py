"""The trade-off over the fuse ratio α, measured (UMM-Diffusion, Fig. 7)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.evaluation.judge import Judge, half_view, hue_error, read, whole_view
from training.evaluation.pairs import Pairs
from training.evaluation.pipeline import Conditions, UmmDiffusion, decode, encode_conditions, sample_latents
from training.world.identity import ACCESSORIES, PATTERNS
from training.world.scene import CLASSES, SCENES
from training.world.styles import STYLES

ALPHAS: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Sampling:
    """How the pictures of an evaluation are sampled."""

    guidance_scale: float
    steps: int
    batch_size: int = 50
    seed: int = 1234


def generate(model: UmmDiffusion, pairs: Pairs, alpha: float, sampling: Sampling) -> Tensor:
    """Pictures [n, 3, 256, 256] uint8; the noise of pair i is the same for every α."""
    channels, size = model.unet.config.in_channels, model.unet.config.sample_size
    noise = torch.randn(
        len(pairs.captions), channels, size, size, generator=torch.Generator().manual_seed(sampling.seed)
    )
    return generate_from(model, pairs, alpha, sampling, noise)


def generate_from(model: UmmDiffusion, pairs: Pairs, alpha: float, sampling: Sampling, noise: Tensor) -> Tensor:
    """Pictures [n, 3, 256, 256] uint8 from noise [n, 4, 16, 16]."""
    pictures = []
    for start in range(0, len(pairs.captions), sampling.batch_size):
        part = slice(start, start + sampling.batch_size)
        conditions: Conditions = encode_conditions(model, pairs.captions[part], pairs.crops[part], pairs.spans[part])
        latents = sample_latents(model, conditions, noise[part], alpha, sampling.guidance_scale, sampling.steps)
        pictures.append(decode(model, latents))
    return torch.cat(pictures)


def score(judge: Judge, pictures: Tensor, pairs: Pairs) -> dict[str, float]:
    """Shares and hue errors of single-subject pictures against caption and crop."""
    answers = read(judge, torch.stack([whole_view(picture) for picture in pictures]))
    subjects = [scene.subjects[0] for scene in pairs.sources]
    own_scene = torch.tensor([SCENES.index(scene.background) for scene in pairs.sources])
    classes = torch.tensor([CLASSES.index(subject.name) for subject in subjects])
    patterns = torch.tensor([PATTERNS.index(subject.identity.pattern) for subject in subjects])
    accessories = torch.tensor([ACCESSORIES.index(subject.identity.accessory) for subject in subjects])
    body = torch.tensor([subject.identity.body_hue for subject in subjects])
    second = torch.tensor([subject.identity.second_hue for subject in subjects])
    result = {
        "class": _share(answers["class"] == classes),
        "body_hue_error": _mean(hue_error(answers["body"], body)),
        "second_hue_error": _mean(hue_error(answers["second"], second)),
        "pattern": _share(answers["pattern"] == patterns),
        "accessory": _share(answers["accessory"] == accessories),
        "background_leak": _share(answers["scene"] == own_scene),
        "style_unasked": _share(answers["style"] != STYLES.index("painted")),
    }
    if (pairs.scene >= 0).all():
        result["scene"] = _share(answers["scene"] == pairs.scene)
    return result


def measure_curve(model: UmmDiffusion, judge: Judge, pairs: Pairs, sampling: Sampling) -> list[dict[str, float]]:
    """`score` for every α."""
    rows = []
    for alpha in ALPHAS:
        row = {"alpha": alpha, **score(judge, generate(model, pairs, alpha, sampling), pairs)}
        print(row, flush=True)
        rows.append(row)
    return rows


def measure_mixing(
    model: UmmDiffusion, judge: Judge, pairs: Pairs, alpha: float, sampling: Sampling
) -> dict[str, float]:
    """Two pinned subjects: how often one wears the other's looks (UMM-Diffusion, Sec. 4.5).

    A side is mixed when its body hue is nearer to the other subject's than to its own.
    """
    return mixing(judge, generate(model, pairs, alpha, sampling), pairs, alpha)


def mixing(judge: Judge, pictures: Tensor, pairs: Pairs, alpha: float) -> dict[str, float]:
    """`measure_mixing` of pictures that are there, [n, 3, h, w] uint8."""
    right, swapped, errors = [], [], []
    for side in range(2):
        answers = read(judge, torch.stack([half_view(picture, side) for picture in pictures]))
        own = torch.tensor([scene.subjects[side].identity.body_hue for scene in pairs.sources])
        other = torch.tensor([scene.subjects[1 - side].identity.body_hue for scene in pairs.sources])
        classes = torch.tensor([CLASSES.index(scene.subjects[side].name) for scene in pairs.sources])
        error = hue_error(answers["body"], own)
        right.append(answers["class"] == classes)
        swapped.append(hue_error(answers["body"], other) < error)
        errors.append(error)
    return {
        "alpha": alpha,
        "pairs": len(pictures),
        "class": _share(torch.cat(right)),
        "both_classes": _share(right[0] & right[1]),
        "body_hue_error": _mean(torch.cat(errors)),
        "mixed": _share(torch.cat(swapped)),
    }


def _share(hits: Tensor) -> float:
    return round(float(hits.float().mean()), 4)


def _mean(values: Tensor) -> float:
    return round(float(values.mean()), 2)
