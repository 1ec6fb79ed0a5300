"""Pictures of StableDiffusionPipeline with an IP-Adapter, from photos on."""

from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file
from transformers import CLIPImageProcessorPil, CLIPVisionModelWithProjection

from picture_runs import PictureRun, make_picture, require_difference, save_pictures
from subjects import subject_pictures

CAPTION = "a dog on the beach"
# The kind of adapter, which photos are pinned, the scale, the width.
RUNS = (("plain", (1,), 0.6, 64), ("plus", (0, 2), 1.0, 96), ("full-face", (1,), 0.8, 64))


def load_pipeline(data: Path, kind: str) -> StableDiffusionPipeline:
    """The checkpoint sd15 with one of the adapters of look_reference.py."""
    encoder = data / "look" / "image_encoder"
    pipeline = StableDiffusionPipeline.from_pretrained(
        data / "sd15",
        torch_dtype=torch.float32,
        safety_checker=None,
        image_encoder=CLIPVisionModelWithProjection.from_pretrained(encoder, torch_dtype=torch.float32),
        feature_extractor=CLIPImageProcessorPil.from_pretrained(encoder),
    )
    groups: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in load_file(data / "look" / f"{kind}.safetensors").items():
        group, _, rest = name.partition(".")
        groups[group][rest] = tensor.float()
    pipeline.load_ip_adapter([groups], subfolder=[""], weight_name=[""], image_encoder_folder=None)
    return pipeline


def write(data: Path, folder: Path) -> None:
    photos = subject_pictures()
    made: list[tuple[PictureRun, torch.Tensor]] = []
    for kind, numbers, scale, width in RUNS:
        about = {"checkpoint": "sd15", "adapter": kind, "photos": list(numbers), "strength": scale}
        run = PictureRun(f"{kind}-{scale:g}-{len(numbers)}", CAPTION, steps=5, width=width, about=about)
        pipeline = load_pipeline(data, kind)
        images = [[photos[number] for number in numbers]]
        pipeline.set_ip_adapter_scale(scale)
        picture = make_picture(pipeline, run, ip_adapter_image=images)
        pipeline.set_ip_adapter_scale(0)
        require_difference(run.name, picture, make_picture(pipeline, run, ip_adapter_image=images))
        made.append((run, picture))
    save_pictures(folder, made)
