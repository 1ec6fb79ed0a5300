"""Pictures with a LoRA of LCM-LoRA's kind: fused into the UNet, few steps of LCMScheduler, little or no guidance.

LCM-LoRA (Luo et al. 2023, arXiv 2311.05556) is published under kohya's names and changes every layer of these kinds.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import LCMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file

from lora_pictures import CAPTION, Lora, factors, fused, load_pipeline
from picture_runs import PictureRun, make_picture, require_difference, save_pictures

ENDINGS = (
    "to_q",
    "to_k",
    "to_v",
    "to_out.0",
    "proj_in",
    "proj_out",
    "ff.net.0.proj",
    "ff.net.2",
    "conv1",
    "conv2",
    "conv_shortcut",
    "downsamplers.0.conv",
    "upsamplers.0.conv",
    "time_emb_proj",
)
RANK = 2
ALPHA = 1.0
# Guidance scale and width. diffusers leaves the unconditional branch out at 1.
RUNS = ((1.0, 64), (1.0, 96), (1.5, 96))


def modules(pipeline: StableDiffusionPipeline) -> Iterator[tuple[str, torch.Tensor]]:
    """Kohya's key and the base weight of each layer."""
    for name, weight in pipeline.unet.state_dict().items():
        module = name.removesuffix(".weight")
        if module != name and module.endswith(ENDINGS):
            yield "lora_unet_" + module.replace(".", "_"), weight


def lcm_lora(pipeline: StableDiffusionPipeline) -> Lora:
    """Random factors for every layer, a quarter as large as its weights."""
    tensors: Lora = {}
    for key, weight in modules(pipeline):
        down, up = factors(weight, RANK)
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = down, up / 4
        tensors[f"{key}.alpha"] = torch.tensor(ALPHA).half()
    return tensors


def write(data: Path, folder: Path) -> None:
    """The LoRA file for the checkpoint sd15 under `data`, and the pictures that diffusers makes with it."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(23)
    file = "sd15-lcm.safetensors"
    base = load_pipeline(data / "sd15")
    save_file(lcm_lora(base), folder / file, metadata={"ss_network_module": "networks.lora"})
    pipeline = fused(data / "sd15", folder, [(file, 1.0)])
    made: list[tuple[PictureRun, torch.Tensor]] = []
    for scale, width in RUNS:
        about = {"checkpoint": "sd15", "scheduler": "lcm", "loras": [{"file": file, "weight": 1.0}]}
        run = PictureRun(f"sd15-lcm-{scale}-{width}x64", CAPTION, guidance_scale=scale, steps=4, width=width, about=about)
        for model in (base, pipeline):
            model.scheduler = LCMScheduler.from_config(model.scheduler.config)
        picture = make_picture(pipeline, run)
        require_difference(run.name, picture, make_picture(base, run))
        made.append((run, picture))
    save_pictures(folder, made)
