"""Tiny autoencoders of random weights, and what diffusers' AutoencoderTiny makes of latents and pictures."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny
from safetensors.torch import load_file, save_file

SIZES = ((4, 4), (3, 6))
# As published (madebyollin/taesd) but narrower.
PUBLISHED = {"encoder_block_out_channels": (4,) * 4, "decoder_block_out_channels": (4,) * 4}
# Differs in every number that the config can say, but for how many levels there are.
OTHER = {
    "encoder_block_out_channels": (5,) * 4,
    "decoder_block_out_channels": (3,) * 4,
    "num_encoder_blocks": (2, 1, 0, 2),
    "num_decoder_blocks": (1, 2, 0, 3),
    "latent_magnitude": 4,
    "latent_shift": 0.25,
    "scaling_factor": 0.5,
}
# Its pictures are four times as large as those of four levels, so its latents are smaller.
FIVE_LEVELS = {
    "encoder_block_out_channels": (3,) * 5,
    "decoder_block_out_channels": (4,) * 5,
    "num_encoder_blocks": (0, 1, 0, 1, 2),
    "num_decoder_blocks": (2, 1, 1, 1, 0),
}
FIVE_LEVELS_SIZES = ((2, 2), (1, 3))
CASES = {"published": (PUBLISHED, SIZES), "other": (OTHER, SIZES), "five-levels": (FIVE_LEVELS, FIVE_LEVELS_SIZES)}


@torch.no_grad()
def tiny(seed: int, config: dict[str, Any]) -> AutoencoderTiny:
    """An autoencoder whose pictures vary within 0…1: torch's own initial weights let a tower of ReLU fade."""
    torch.manual_seed(seed)
    model = AutoencoderTiny(**config).eval()
    for name, weight in model.named_parameters():
        if name.endswith("weight"):
            torch.nn.init.kaiming_normal_(weight, nonlinearity="relu")
            weight.data *= 0.7 if ".conv." in name else 1.0
        else:
            weight.data.normal_(0, 0.1)
    last = model.decoder.layers[-1]
    layers = model.decoder.layers(torch.randn(1, 4, 8, 8))
    last.weight.data *= 0.2 / layers.std()
    last.bias.data.fill_(0.5)
    return model


@torch.no_grad()
def reference(model: AutoencoderTiny, sizes: tuple[tuple[int, int], ...]) -> dict[str, torch.Tensor]:
    """As vae_reference.py: "hxw.latents" and "hxw.image"; "hxw.pixels" uint8 and "hxw.encoded", scaled."""
    generator = torch.Generator().manual_seed(1)
    factor = model.config.scaling_factor
    scale = 2 ** (len(model.config.num_encoder_blocks) - 1)
    tensors: dict[str, torch.Tensor] = {}
    for height, width in sizes:
        # Some beyond the soft limit of ±3.
        latents = 1.6 * torch.randn(1, 4, height, width, generator=generator)
        decoded = model.decode(latents / factor).sample
        tensors[f"{height}x{width}.latents"] = latents
        tensors[f"{height}x{width}.image"] = decoded / 2 + 0.5
        coarse = torch.rand(1, 3, height, width, generator=generator)
        smooth = torch.nn.functional.interpolate(coarse, scale_factor=scale, mode="bilinear")
        pixels = (smooth[0].permute(1, 2, 0) * 255).round().to(torch.uint8).contiguous()
        image = pixels.permute(2, 0, 1)[None].float() / 255 * 2 - 1
        tensors[f"{height}x{width}.pixels"] = pixels
        tensors[f"{height}x{width}.encoded"] = factor * model.encode(image).latents
    return tensors


def original_halves(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    """The weights of a file of diffusers under the names of TAESD's own files, whose decoder counts one module more."""
    halves: dict[str, dict[str, torch.Tensor]] = {"encoder": {}, "decoder": {}}
    for name, tensor in load_file(path).items():
        half, _, layer, rest = name.split(".", 3)
        halves[half][f"{int(layer) + (half == 'decoder')}.{rest}"] = tensor
    return halves


def write(root: Path) -> None:
    """Writes each case in diffusers' layout with reference.safetensors, published/ also as TAESD has it."""
    for seed, (name, (config, sizes)) in enumerate(CASES.items()):
        folder = root / name
        model = tiny(seed, config)
        model.save_pretrained(folder)
        save_file(reference(model, sizes), folder / "reference.safetensors")
        written = json.loads((folder / "config.json").read_text())
        written.pop("_diffusers_version")
        (folder / "config.json").write_text(json.dumps(written, indent=2) + "\n")
    for half, tensors in original_halves(root / "published/diffusion_pytorch_model.safetensors").items():
        save_file(tensors, root / f"taesd_{half}.safetensors")


if __name__ == "__main__":
    write(Path(__file__).parent / "data" / "tiny-autoencoder")
