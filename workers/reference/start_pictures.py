"""Pictures that start from pictures: image to image, inpainting with four and nine channels, mixed noise; whole LCM models.

Networks of nine channels, and those that read the guidance scale, are the checkpoints' own with one tensor more or
other: only that tensor is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    SchedulerMixin,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file

from lora_pictures import CAPTION, load_pipeline
from picture_runs import PictureRun, require_difference, save_pictures

EDGE = 64
COND_DIM = 32
# Name in the engine: class, and what is set beside the checkpoint's config.
SCHEDULERS: dict[str, tuple[type[SchedulerMixin], dict[str, object]]] = {
    "ddim": (DDIMScheduler, {}),
    "dpmsolver++2m-karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {}),
    "lcm": (LCMScheduler, {}),
}


@dataclass(frozen=True)
class Start:
    """One run. `network` is the checkpoint's own, one of nine channels or one that reads the guidance scale."""

    name: str
    scheduler: str = "ddim"
    strength: float = 1.0
    masked: bool = False
    checkpoint: str = "sd15"
    network: str = "own"
    steps: int = 6
    eta: float = 0.0
    picture: bool = True
    variation: float = 0.0
    variation_seed: int = 0


STARTS = (
    Start("picture-0.3", strength=0.3, steps=10),
    Start("picture-0.7", strength=0.7),
    Start("picture-1"),
    Start("picture-eta", strength=0.7, eta=0.6),
    Start("picture-euler", "euler", 0.7),
    Start("picture-euler-ancestral", "euler-ancestral", 0.7),
    Start("picture-dpmsolver", "dpmsolver++2m-karras", 0.7),
    Start("picture-lcm", "lcm", 0.5, steps=4),
    Start("keep-1", masked=True),
    Start("keep-0.7", strength=0.7, masked=True),
    Start("keep-euler-ancestral", "euler-ancestral", 0.8, masked=True),
    Start("fill-1", masked=True, network="inpainting"),
    Start("fill-0.6", strength=0.6, masked=True, network="inpainting"),
    Start("fill-euler-ancestral", "euler-ancestral", masked=True, network="inpainting"),
    Start("fill-without-mask", strength=0.7, network="inpainting"),
    Start("fill-all", network="inpainting", picture=False),
    Start("half-fill-1", masked=True, checkpoint="half", network="inpainting"),
    Start("lcm-whole", "lcm", network="guidance-embedding", picture=False, steps=4),
    Start("lcm-whole-from-picture", "lcm", 0.5, network="guidance-embedding", steps=4),
    Start("variation-0.3", picture=False, variation=0.3, variation_seed=11),
)


def start_picture() -> torch.Tensor:
    """A smooth picture, uint8 [3, EDGE, EDGE]."""
    coarse = torch.rand(1, 3, 5, 5, generator=torch.Generator().manual_seed(3))
    smooth = torch.nn.functional.interpolate(coarse, size=(EDGE, EDGE), mode="bicubic").clamp(0, 1)
    return (smooth[0] * 255).round().to(torch.uint8).contiguous()


def mask_picture() -> torch.Tensor:
    """A rectangle that no edge of a latent pixel bounds, uint8 [EDGE, EDGE], 255 where the picture is made again."""
    mask = torch.zeros(EDGE, EDGE, dtype=torch.uint8)
    mask[11:50, 21:61] = 255
    return mask


def changed_tensors(unet: UNet2DConditionModel, network: str, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """What another network has instead of, or beside, the tensors of this one."""
    if network == "inpainting":
        own = unet.conv_in.weight.detach()
        generator = torch.Generator().manual_seed(4)
        more = torch.randn(own.shape[0], 5, 3, 3, generator=generator) / 9
        return {"conv_in.weight": torch.cat([own, more], dim=1).to(dtype).contiguous()}
    generator = torch.Generator().manual_seed(5)
    proj = torch.randn(unet.config.block_out_channels[0], COND_DIM, generator=generator)
    return {"time_embedding.cond_proj.weight": proj.to(dtype)}


CHANGES: dict[str, dict[str, int]] = {
    "inpainting": {"in_channels": 9},
    "guidance-embedding": {"time_cond_proj_dim": COND_DIM},
}


def other_network(unet: UNet2DConditionModel, network: str, tensors: dict[str, torch.Tensor]) -> UNet2DConditionModel:
    """The UNet with these tensors."""
    other = UNet2DConditionModel.from_config({**unet.config, **CHANGES[network]})
    other.load_state_dict({**unet.state_dict(), **{name: tensor.float() for name, tensor in tensors.items()}})
    return other.eval()


def mixed_noise(first: torch.Tensor, second: torch.Tensor, amount: float) -> torch.Tensor:
    """Spherical interpolation of columns: A1111 normalizes noise [4, h, w] along its height."""
    left, right = (noise / noise.norm(dim=2, keepdim=True) for noise in (first, second))
    angle = torch.acos((left * right).sum(2, keepdim=True))
    return (torch.sin((1 - amount) * angle) * first + torch.sin(amount * angle) * second) / torch.sin(angle)


def inputs_of(start: Start) -> tuple[type[DiffusionPipeline], dict[str, Any]]:
    """The pipeline, and what it takes beside what all take."""
    image = start_picture()[None].float() / 255
    mask = mask_picture()[None, None].float() / 255
    size = {"height": EDGE, "width": EDGE}
    if start.network == "inpainting":
        given = mask if start.masked else torch.ones_like(mask)
        return StableDiffusionInpaintPipeline, {"image": image, "mask_image": given, "strength": start.strength, **size}
    if start.masked:
        return StableDiffusionInpaintPipeline, {"image": image, "mask_image": mask, "strength": start.strength, **size}
    if start.picture:
        return StableDiffusionImg2ImgPipeline, {"image": image, "strength": start.strength}
    if start.variation == 0:
        return StableDiffusionPipeline, size
    shape = (1, 4, EDGE // 8, EDGE // 8)
    seeds = (7, start.variation_seed)
    first, second = (torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds)
    return StableDiffusionPipeline, {**size, "latents": mixed_noise(first, second, start.variation)}


@torch.no_grad()
def picture_of(base: StableDiffusionPipeline, unet: UNet2DConditionModel, start: Start) -> torch.Tensor:
    """uint8 [3, EDGE, EDGE]; what the mask leaves is the start picture's, to the pixel."""
    cls, settings = SCHEDULERS[start.scheduler]
    kind, inputs = inputs_of(start)
    parts = {**base.components, "unet": unet, "scheduler": cls.from_config(base.scheduler.config, **settings)}
    pipeline = kind(**parts, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline(
        prompt=CAPTION,
        negative_prompt="blurry",
        num_inference_steps=start.steps,
        guidance_scale=7.5,
        eta=start.eta,
        generator=torch.Generator("cpu").manual_seed(7),
        output_type="pt",
        **inputs,
    ).images[0]
    picture = (made * 255).round().to(torch.uint8)
    return torch.where(mask_picture()[None] > 127, picture, start_picture()) if start.masked else picture


def other_runs(start: Start) -> Iterator[Start]:
    """Runs that must give another picture, so that the feature shows."""
    if start.masked:
        yield replace(start, masked=False)
    elif start.variation > 0:
        yield replace(start, variation=0.0)


def write(data: Path, folder: Path) -> None:
    """runs.json, pictures.safetensors, what they start from, and the tensors of the other networks."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[PictureRun, torch.Tensor]] = []
    bases = {name: load_pipeline(data / name) for name in ("sd15", "half")}
    networks = {(name, "own"): base.unet for name, base in bases.items()}
    for name, network in dict.fromkeys((s.checkpoint, s.network) for s in STARTS if s.network != "own"):
        unet = bases[name].unet
        tensors = changed_tensors(unet, network, torch.float16 if name == "half" else torch.float32)
        save_file(tensors, folder / f"{name}-{network}.safetensors")
        networks[name, network] = other_network(unet, network, tensors)
    for start in STARTS:
        base, unet = bases[start.checkpoint], networks[start.checkpoint, start.network]
        picture = picture_of(base, unet, start)
        for other in other_runs(start):
            require_difference(start.name, picture, picture_of(base, unet, other))
        about = {
            "checkpoint": start.checkpoint,
            "network": start.network,
            "change": CHANGES.get(start.network, {}),
            "scheduler": start.scheduler,
            "strength": start.strength,
            "eta": start.eta,
            "hasPicture": start.picture,
            "isMasked": start.masked,
            "variation": start.variation,
            "variationSeed": start.variation_seed,
        }
        made.append((PictureRun(start.name, CAPTION, "blurry", steps=start.steps, about=about), picture))
    save_pictures(folder, made)
    picture, mask = start_picture(), mask_picture()
    save_file({"picture": picture.permute(1, 2, 0).contiguous(), "mask": mask}, folder / "start.safetensors")
