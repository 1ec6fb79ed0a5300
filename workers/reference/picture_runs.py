"""Whole runs of StableDiffusionPipeline, whose pictures the engine must make too."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

FLOOR = 30.0


@dataclass(frozen=True)
class PictureRun:
    """Settings of one picture. `about` is what the tests need to know beside them, as JSON."""

    name: str
    caption: str
    negative_prompt: str = ""
    guidance_scale: float = 7.5
    steps: int = 6
    seed: int = 7
    height: int = 64
    width: int = 64
    about: dict[str, Any] = field(default_factory=dict)


@torch.no_grad()
def make_picture(
    pipeline: StableDiffusionPipeline, run: PictureRun, prompt: str | None = None, **more: object
) -> torch.Tensor:
    """The pipeline's picture as uint8 [3, height, width]. `prompt` stands in for the caption where it differs."""
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline(
        prompt=run.caption if prompt is None else prompt,
        negative_prompt=run.negative_prompt,
        height=run.height,
        width=run.width,
        num_inference_steps=run.steps,
        guidance_scale=run.guidance_scale,
        generator=torch.Generator("cpu").manual_seed(run.seed),
        output_type="pt",
        **more,
    ).images[0]
    return (picture * 255).round().to(torch.uint8)


def psnr(left: torch.Tensor, right: torch.Tensor) -> float:
    """Peak signal-to-noise ratio of two uint8 pictures in dB."""
    error = (left.float() - right.float()).square().mean().item()
    return float("inf") if error == 0 else 10 * torch.log10(torch.tensor(255**2 / error)).item()


def require_difference(name: str, picture: torch.Tensor, other: torch.Tensor) -> None:
    """A picture that hardly differs without the feature would not show that the feature works."""
    similarity = psnr(picture, other)
    assert similarity < FLOOR, f"{name}: {similarity:.1f} dB from the picture without it"
    print(f"{name}: {similarity:.1f} dB from the picture without it")


def save_pictures(folder: Path, made: list[tuple[PictureRun, torch.Tensor]]) -> None:
    """Writes runs.json and pictures.safetensors, whose tensors have the runs' names."""
    entries = [
        {
            "name": run.name,
            "caption": run.caption,
            "negativePrompt": run.negative_prompt,
            "guidanceScale": run.guidance_scale,
            "steps": run.steps,
            "seed": run.seed,
            "height": run.height,
            "width": run.width,
            **run.about,
        }
        for run, _ in made
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runs.json").write_text(json.dumps(entries, indent=1) + "\n")
    save_file({run.name: picture.contiguous() for run, picture in made}, folder / "pictures.safetensors")
