"""Begin from a released model: `python -m training.run adopt --work DIR --out public/models/picturebook`.

A release holds weights only. This writes them where the stages look for what they go on from; optimizers start anew.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTokenizer

from training.models.grow import grow_decoder
from training.models.picturebook import build_clip, build_vae
from training.models.projector import PseudoWordProjector


def adopt_vae(model: Path, runs: Path) -> None:
    """The released autoencoder as `adopted/vae` and as `vae`; those of the first four releases grow by a block."""
    released = AutoencoderKL.from_config(AutoencoderKL.load_config(model / "vae"))
    released.load_state_dict(load_half(model / "vae"), strict=False)
    released.save_pretrained(runs / "adopted" / "vae")
    ours = build_vae()
    if list(released.config.block_out_channels) == list(ours.config.block_out_channels):
        ours = released
    else:
        grow_decoder(released, ours)
    ours.save_pretrained(runs / "vae" / "ema")


def adopt_encoders(model: Path, runs: Path) -> None:
    """Text and image encoder, tokenizer."""
    tokenizer = CLIPTokenizer.from_pretrained(model / "tokenizer")
    clip = build_clip(len(tokenizer), tokenizer.eos_token_id)
    state = {**load_half(model / "text_encoder", "model"), **load_half(model / "image_encoder", "model")}
    _missing, unexpected = clip.load_state_dict(state, strict=False)
    if unexpected:
        raise ValueError(f"Tensors that this CLIPModel does not have: {unexpected[:3]}")
    clip.save_pretrained(runs / "encoders" / "ema")
    shutil.copytree(model / "tokenizer", runs / "encoders" / "tokenizer", dirs_exist_ok=True)


def adopt_denoiser(model: Path, runs: Path) -> None:
    """UNet and projector, for stages 4 and 5 to go on from."""
    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(model / "unet"))
    unet.load_state_dict(load_half(model / "unet"))
    unet.save_pretrained(runs / "unet" / "ema")
    projector = PseudoWordProjector.from_pretrained(model / "projector")
    for place in ("adopted/projector", "projector/ema-projector"):
        projector.save_pretrained(runs / place)


def load_half(folder: Path, name: str = "diffusion_pytorch_model") -> dict[str, torch.Tensor]:
    """The fp16 weights of a component, in float32."""
    return {key: value.float() for key, value in load_file(folder / f"{name}.fp16.safetensors").items()}


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    args = parser.parse_args(argv)
    runs = args.work / "runs"
    adopt_vae(args.model, runs)
    adopt_encoders(args.model, runs)
    adopt_denoiser(args.model, runs)
    print(f"{args.model} adopted in {runs}")


if __name__ == "__main__":
    main()
