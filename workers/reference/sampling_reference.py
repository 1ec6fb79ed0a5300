"""Latents that diffusers makes from a picture, with a part of it kept, and with guidance that ends early."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    SchedulerMixin,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
)
from diffusers.callbacks import SDCFGCutoffCallback
from safetensors.torch import save_file

from lora_pictures import CAPTION, load_pipeline

EDGE = 64
SCALE = 8
COMMON = {"caption": CAPTION, "negativePrompt": "blurry", "guidanceScale": 7.5}

# Name in the engine: class, and what is set beside the checkpoint's config.
SCHEDULERS: dict[str, tuple[type[SchedulerMixin], dict[str, object]]] = {
    "ddim": (DDIMScheduler, {}),
    "dpmsolver++2m-karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {}),
}
PIPELINES: dict[str, type[DiffusionPipeline]] = {
    "noise": StableDiffusionPipeline,
    "picture": StableDiffusionImg2ImgPipeline,
    "keep": StableDiffusionInpaintPipeline,
}


@dataclass(frozen=True)
class Run:
    """One run. `start` is what it starts from, `cutoff` the share of steps after which guidance ends."""

    name: str
    start: str
    scheduler: str
    strength: float = 1.0
    steps: int = 10
    seed: int = 7
    cutoff: float | None = None


RUNS = (
    Run("picture-ddim", "picture", "ddim", 0.6),
    Run("picture-ddim-odd", "picture", "ddim", 0.45, steps=7),
    Run("picture-dpmsolver", "picture", "dpmsolver++2m-karras", 0.6),
    Run("picture-euler", "picture", "euler", 0.5),
    Run("picture-euler-ancestral", "picture", "euler-ancestral", 0.5),
    Run("keep-ddim", "keep", "ddim"),
    Run("keep-ddim-late", "keep", "ddim", 0.7),
    Run("keep-euler-ancestral", "keep", "euler-ancestral", 0.8, steps=6),
    Run("cutoff-ddim", "noise", "ddim", cutoff=0.4),
)


def image_latents() -> torch.Tensor:
    """Smooth latents [1, 4, h, w] of the size that a VAE gives."""
    edge = EDGE // SCALE
    y, x = torch.meshgrid(torch.linspace(0, 3, edge), torch.linspace(0, 3, edge), indexing="ij")
    return torch.stack([torch.sin(x + channel) + torch.cos(y * (channel + 1)) for channel in range(4)])[None]


def left_half_kept() -> torch.Tensor:
    """[1, 1, H, W], 1 where the picture is made again."""
    mask = torch.zeros(1, 1, EDGE, EDGE)
    mask[..., EDGE // 2 :] = 1
    return mask


def inputs_of(run: Run) -> dict[str, Any]:
    """What the pipeline of the run's start takes beside what all take."""
    latents = image_latents()
    if run.start == "noise":
        callback = None if run.cutoff is None else SDCFGCutoffCallback(cutoff_step_ratio=run.cutoff)
        return {"height": EDGE, "width": EDGE, "callback_on_step_end": callback}
    if run.start == "picture":
        return {"image": latents, "strength": run.strength}
    masked = {"mask_image": left_half_kept(), "masked_image_latents": latents, "height": EDGE, "width": EDGE}
    return {"image": latents, "strength": run.strength, **masked}


@torch.no_grad()
def final_latents(base: StableDiffusionPipeline, run: Run) -> torch.Tensor:
    """[1, 4, h, w]"""
    cls, settings = SCHEDULERS[run.scheduler]
    parts = {**base.components, "scheduler": cls.from_config(base.scheduler.config, **settings)}
    pipeline = PIPELINES[run.start](**parts, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        prompt=COMMON["caption"],
        negative_prompt=COMMON["negativePrompt"],
        num_inference_steps=run.steps,
        guidance_scale=COMMON["guidanceScale"],
        generator=torch.Generator("cpu").manual_seed(run.seed),
        output_type="latent",
        **inputs_of(run),
    ).images.contiguous()


def write(data: Path, folder: Path) -> None:
    """Writes runs.json and latents.safetensors: what runs start from, and what they end with, by their names."""
    base = load_pipeline(data / "sd15")
    mask = torch.nn.functional.interpolate(left_half_kept(), scale_factor=1 / SCALE)
    tensors = {"image_latents": image_latents(), "mask": mask}
    tensors |= {run.name: final_latents(base, run) for run in RUNS}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runs.json").write_text(json.dumps([{**asdict(run), **COMMON} for run in RUNS], indent=1) + "\n")
    save_file(tensors, folder / "latents.safetensors")


if __name__ == "__main__":
    DATA = Path(__file__).parent / "data"
    write(DATA, DATA / "sampling")
