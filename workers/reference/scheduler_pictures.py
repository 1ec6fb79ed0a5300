"""Pictures of every sampler beside DDIM, by diffusers' own classes."""

from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    SchedulerMixin,
    TCDScheduler,
)

from lora_pictures import CAPTION, load_pipeline
from picture_runs import PictureRun, make_picture, require_difference, save_pictures

# Name in the engine, class, what is set beside the checkpoint's config, steps.
SCHEDULERS: tuple[tuple[str, type[SchedulerMixin], dict[str, object], int], ...] = (
    ("dpmsolver++2m-karras", DPMSolverMultistepScheduler, {"use_karras_sigmas": True}, 8),
    ("euler", EulerDiscreteScheduler, {}, 8),
    ("euler-ancestral", EulerAncestralDiscreteScheduler, {}, 8),
    ("lcm", LCMScheduler, {}, 4),
    ("tcd", TCDScheduler, {}, 4),
    ("dpmsolver++2m", DPMSolverMultistepScheduler, {}, 8),
)
# On a checkpoint whose file asks for dynamic thresholding.
THRESHOLDING = {"thresholding": True, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 1.5}
THRESHOLDED: tuple[tuple[str, type[SchedulerMixin], int], ...] = (
    ("ddim", DDIMScheduler, 6),
    ("dpmsolver++2m", DPMSolverMultistepScheduler, 6),
)


def write(data: Path, folder: Path) -> None:
    """One picture a sampler and checkpoint under `data`."""
    made: list[tuple[PictureRun, torch.Tensor]] = []
    for case, width in (("sd15", 64), ("v-prediction", 96)):
        pipeline = load_pipeline(data / case)
        config = pipeline.scheduler.config
        for name, cls, settings, steps in SCHEDULERS:
            run = PictureRun(
                f"{case}-{name}", CAPTION, "blurry", steps=steps, width=width, about={"checkpoint": case, "scheduler": name}
            )
            pipeline.scheduler = type(pipeline.scheduler).from_config(config)
            other = make_picture(pipeline, run)
            pipeline.scheduler = cls.from_config(config, **settings)
            picture = make_picture(pipeline, run)
            require_difference(run.name, picture, other)
            made.append((run, picture))
    pipeline = load_pipeline(data / "sd15")
    config = pipeline.scheduler.config
    for name, cls, steps in THRESHOLDED:
        about = {"checkpoint": "sd15", "scheduler": name, "file": THRESHOLDING}
        run = PictureRun(f"thresholding-{name}", CAPTION, "blurry", steps=steps, width=64, about=about)
        pipeline.scheduler = cls.from_config(config)
        other = make_picture(pipeline, run)
        pipeline.scheduler = cls.from_config(config, **THRESHOLDING)
        picture = make_picture(pipeline, run)
        require_difference(run.name, picture, other)
        made.append((run, picture))
    save_pictures(folder, made)
