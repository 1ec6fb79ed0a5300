"""What diffusers' AutoencoderKL decodes and encodes, for the tests of the graph builder."""

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
    save_file(encoded(vae), root / "reference/vae-encoder.safetensors")


@torch.no_grad()
def encoded(vae: AutoencoderKL) -> dict[str, torch.Tensor]:
    """For every size "hxw.pixels" uint8 [8h, 8w, 3], and of its latents, scaled, "hxw.mean" and "hxw.sample" [1, 4, h, w].

    Samples are drawn with torch.Generator("cpu").manual_seed(7).
    """
    generator = torch.Generator().manual_seed(2)
    tensors: dict[str, torch.Tensor] = {}
    for height, width in SIZES:
        coarse = torch.rand(1, 3, height, width, generator=generator)
        smooth = torch.nn.functional.interpolate(coarse, scale_factor=8, mode="bilinear")
        pixels = (smooth[0].permute(1, 2, 0) * 255).round().to(torch.uint8).contiguous()
        image = pixels.permute(2, 0, 1)[None].float() / 255 * 2 - 1
        posterior = vae.encode(image).latent_dist
        factor = vae.config.scaling_factor
        tensors[f"{height}x{width}.pixels"] = pixels
        tensors[f"{height}x{width}.mean"] = (factor * posterior.mode()).contiguous()
        tensors[f"{height}x{width}.sample"] = factor * posterior.sample(torch.Generator().manual_seed(7))
    return tensors
