"""Whole runs with StableDiffusionSafetyChecker: one picture that it flags and one that it lets pass."""

from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline

from lora_pictures import load_pipeline
from picture_runs import PictureRun, make_picture, save_pictures

SEEDS = 200


def write(data: Path, folder: Path) -> None:
    """Looks for the first seed of each verdict. A flagged picture is kept as it was before diffusers blackened it."""
    checked = StableDiffusionPipeline.from_pretrained(data / "sd15", torch_dtype=torch.float32)
    plain = load_pipeline(data / "sd15")
    found: dict[bool, tuple[PictureRun, torch.Tensor]] = {}
    for seed in range(SEEDS):
        run = PictureRun("", "a dog on the beach", steps=3, seed=seed)
        picture = make_picture(plain, run)
        flagged = not torch.equal(make_picture(checked, run), picture)
        if flagged not in found:
            name = "flagged" if flagged else "passed"
            about = {"checkpoint": "sd15", "flagged": flagged}
            found[flagged] = PictureRun(name, run.caption, steps=run.steps, seed=seed, about=about), picture
        if len(found) == 2:
            break
    assert len(found) == 2, "no seed gives the other verdict"
    save_pictures(folder, [found[True], found[False]])
