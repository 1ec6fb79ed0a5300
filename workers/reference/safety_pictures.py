"""Whole runs with StableDiffusionSafetyChecker: pictures that it flags, square and wide, and one that it lets pass."""

from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline

from lora_pictures import load_pipeline
from picture_runs import PictureRun, make_picture, save_pictures

SEEDS = 200
# Name, verdict, width.
WANTED = (("flagged", True, 64), ("passed", False, 64), ("flagged-96x64", True, 96))


def find_verdict(
    checked: StableDiffusionPipeline, plain: StableDiffusionPipeline, name: str, flagged: bool, width: int
) -> tuple[PictureRun, torch.Tensor]:
    """The first seed of a verdict. A flagged picture is kept as it was before diffusers blackened it."""
    for seed in range(SEEDS):
        about = {"checkpoint": "sd15", "flagged": flagged}
        run = PictureRun(name, "a dog on the beach", steps=3, seed=seed, width=width, about=about)
        picture = make_picture(plain, run)
        if flagged != torch.equal(make_picture(checked, run), picture):
            return run, picture
    raise AssertionError(f"no seed gives {name}")


def write(data: Path, folder: Path) -> None:
    """One picture of each wanted verdict and width."""
    checked = StableDiffusionPipeline.from_pretrained(data / "sd15", torch_dtype=torch.float32)
    plain = load_pipeline(data / "sd15")
    save_pictures(folder, [find_verdict(checked, plain, *wanted) for wanted in WANTED])
