"""A random IP-Adapter-Plus and its image encoder in the exact shapes of h94/IP-Adapter, for check:full-size.

`full_size_look.py FOLDER` writes FOLDER/models/… (1.3 GB, float16).
"""

import sys
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.embeddings import IPAdapterPlusImageProjection
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.utils import logging

from full_size_configs import UNET, VISION_H
from look_reference import key_values, published
from random_weights import scale_randomly

RESAMPLER = {"hidden_dims": 768, "depth": 4, "dim_head": 64, "heads": 12, "num_queries": 16}


@torch.no_grad()
def save_image_encoder(folder: Path) -> None:
    """Writes image_encoder/ in the shape of OpenCLIP's ViT-H/14."""
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**VISION_H)).eval()
    scale_randomly(encoder, 7, {})
    encoder.half().save_pretrained(folder / "image_encoder")


@torch.no_grad()
def save_adapter(folder: Path) -> None:
    """Writes ip-adapter-plus_sd15.safetensors."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**UNET)
    width = UNET["cross_attention_dim"]
    projection = IPAdapterPlusImageProjection(embed_dims=VISION_H["hidden_size"], output_dims=width, **RESAMPLER)
    scale_randomly(projection, 8, {"latents": 1.0})
    groups = {"image_proj": published("plus", projection), "ip_adapter": key_values(unet, 8)}
    flat = {
        f"{group}.{name}": tensor.half().contiguous()
        for group, tensors in groups.items()
        for name, tensor in tensors.items()
    }
    save_file(flat, folder / "ip-adapter-plus_sd15.safetensors")


def main(folder: str) -> None:
    """The adapter comes last and says that the rest is there."""
    logging.disable_progress_bar()
    models = Path(folder) / "models"
    models.mkdir(parents=True, exist_ok=True)
    save_image_encoder(models)
    save_adapter(models)


if __name__ == "__main__":
    main(*sys.argv[1:])
