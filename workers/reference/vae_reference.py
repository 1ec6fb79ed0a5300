"""What diffusers' AutoencoderKL decodes, for the tests of the graph builder."""

from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file

SIZES = ((8, 8), (5, 12))


@torch.no_grad()
def write(root: Path) -> None:
    """Writes reference/vae.safetensors of the checkpoint under `root`, computed in float32.

    Holds for every size "hxw.latents" [1, 4, h, w], scaled as the UNet knows them, and "hxw.image" [1, 3, 8h, 8w]
    in 0…1, clamped as StableDiffusionPipeline does.
    """
    vae = AutoencoderKL.from_pretrained(root / "vae", torch_dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(1)
    tensors: dict[str, torch.Tensor] = {}
    for height, width in SIZES:
        latents = torch.randn(1, 4, height, width, generator=generator)
        decoded = vae.decode(latents / vae.config.scaling_factor).sample
        tensors[f"{height}x{width}.latents"] = latents
        tensors[f"{height}x{width}.image"] = (decoded / 2 + 0.5).clamp(0, 1)
    save_file(tensors, root / "reference/vae.safetensors")
