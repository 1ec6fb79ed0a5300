"""Write a trained model in SD 1.5's diffusers layout: `python -m training.export --work DIR OUT`."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPVisionModelWithProjection

from training.dataset.prerender import load_world
from training.export_segmenter import export_segmenter
from training.models.networks import Networks, encode_latents, final_projector, latest, load_networks
from training.models.picturebook import image_processor, scheduler_config
from training.models.projector import PseudoWordProjector
from training.models.segmenter import Segmenter

MODEL_INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "feature_extractor": ["transformers", "CLIPImageProcessor"],
    "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def export(networks: Networks, unet: UNet2DConditionModel, projector: PseudoWordProjector, out: Path) -> None:
    """Write every network with its configuration; weights in fp16, the projector in float32."""
    out.mkdir(parents=True, exist_ok=True)
    _write_json(out / "model_index.json", MODEL_INDEX)
    _save_diffusers(unet, out / "unet", unet.state_dict())
    _save_diffusers(networks.vae, out / "vae", networks.vae.state_dict())
    _save_text_encoder(networks, out / "text_encoder")
    _save_image_encoder(networks, out / "image_encoder")
    image_processor().save_pretrained(out / "feature_extractor")
    DDIMScheduler(**scheduler_config()).save_pretrained(out / "scheduler")
    projector.save_pretrained(out / "projector")
    _forget_origin(out / "projector" / "config.json")


def preview_matrix(latents: Tensor, pixels: Tensor) -> dict[str, object]:
    """Least squares from scaled latents [n, 4, h, w] to RGB in 0–1 of pixels [n, 3, f · h, f · w] uint8."""
    colours = F.avg_pool2d(pixels.float() / 255, pixels.shape[-1] // latents.shape[-1])
    inputs = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1]).double()
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=torch.float64)], 1)
    targets = colours.permute(0, 2, 3, 1).reshape(-1, 3).double()
    solution = torch.linalg.lstsq(inputs, targets).solution.T
    return {
        "latent_channels": latents.shape[1],
        "matrix": [[round(v, 6) for v in row] for row in solution[:, :-1].tolist()],
        "bias": [round(v, 6) for v in solution[:, -1].tolist()],
    }


def _half(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value.detach().to(torch.float16).contiguous() for key, value in state.items()}


def _save_diffusers(module: nn.Module, folder: Path, state: dict[str, Tensor]) -> None:
    module.save_config(folder)
    _forget_origin(folder / "config.json")
    save_file(_half(state), folder / "diffusion_pytorch_model.fp16.safetensors", {"format": "pt"})


def _save_text_encoder(networks: Networks, folder: Path) -> None:
    text = CLIPTextModel(networks.clip.config.text_config)
    state = networks.clip.text_model.state_dict()
    text.load_state_dict(state)
    text.config.architectures = ["CLIPTextModel"]
    text.config.save_pretrained(folder)
    prefixed = {f"text_model.{key}": value for key, value in state.items() if "position_ids" not in key}
    # No pipeline reads it; scores of captions do.
    projection = {"text_projection.weight": networks.clip.text_projection.weight}
    save_file(_half(prefixed | projection), folder / "model.fp16.safetensors", {"format": "pt"})


def _save_image_encoder(networks: Networks, folder: Path) -> None:
    image = CLIPVisionModelWithProjection(networks.clip.config.vision_config)
    image.config.architectures = ["CLIPVisionModelWithProjection"]
    image.config.save_pretrained(folder)
    state = networks.clip.state_dict()
    kept = {
        k: v
        for k, v in state.items()
        if k.startswith(("vision_model.", "visual_projection.")) and "position_ids" not in k
    }
    save_file(_half(kept), folder / "model.fp16.safetensors", {"format": "pt"})


def _forget_origin(path: Path) -> None:
    """Drop the local folder that diffusers notes in a configuration."""
    config = json.loads(path.read_text())
    config.pop("_name_or_path", None)
    _write_json(path, config)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def main(argv: list[str] | None = None) -> None:
    """Export what the stages of a work folder wrote."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args(argv)
    runs = args.work / "runs"
    networks = load_networks(runs)
    unet = UNet2DConditionModel.from_pretrained(latest(runs, "joint", "unet"))
    projector = PseudoWordProjector.from_pretrained(final_projector(runs))
    export(networks, unet, projector, args.out)
    shutil.copytree(runs / "encoders" / "tokenizer", args.out / "tokenizer", dirs_exist_ok=True)
    if (runs / "look" / "ema").exists():
        shutil.copytree(runs / "look" / "ema", args.out / "look", dirs_exist_ok=True)
    if (runs / "segmenter" / "segmenter.pt").exists():
        segmenter = Segmenter()
        segmenter.load_state_dict(torch.load(runs / "segmenter" / "segmenter.pt", weights_only=True))
        export_segmenter(segmenter, args.out.with_name(f"{args.out.name}-cutout"))
    world = load_world(args.work / "train")
    pixels = np.array(world.pixels[:128])
    latents = encode_latents(networks.vae, pixels)
    _write_json(
        args.out / "preview" / "config.json", preview_matrix(latents, torch.from_numpy(pixels).permute(0, 3, 1, 2))
    )


if __name__ == "__main__":
    main()
