"""UNets of other shapes than Stable Diffusion 1.5's that load like any other, and what diffusers answers.

Distilled ones without a middle, with one layer a block or a level less; a plain middle; attention to the text alone.
"""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import save_file

from random_weights import scale_randomly

BASE: dict[str, Any] = {
    "sample_size": 8,
    "block_out_channels": (8, 16),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": 2,
    "cross_attention_dim": 8,
    "norm_num_groups": 4,
}
THREE_LEVELS: dict[str, Any] = {
    "block_out_channels": (8, 16, 16),
    "down_block_types": ("CrossAttnDownBlock2D",) * 3,
    "up_block_types": ("CrossAttnUpBlock2D",) * 3,
}
VARIANTS: dict[str, dict[str, Any]] = {
    "no-middle": {"mid_block_type": None},
    "three-levels-no-middle": {**THREE_LEVELS, "mid_block_type": None},
    "plain-middle": {"mid_block_type": "UNetMidBlock2D"},
    "text-only-attention": {"only_cross_attention": True},
    "text-only-attention-by-block": {
        **THREE_LEVELS,
        "only_cross_attention": (True, False, True),
        "mid_block_only_cross_attention": True,
    },
    "lists": {
        **THREE_LEVELS,
        "attention_head_dim": (2, 4, 8),
        "layers_per_block": (1, 2, 1),
        "transformer_layers_per_block": (1, 2, 1),
    },
    "guidance-embedding": {"time_cond_proj_dim": 12},
}
TIMESTEP = 421
GUIDANCE_SCALE = 7.5
SIZES = ((8, 8), (7, 10))


def guidance_scale_embedding(scale: torch.Tensor, channels: int) -> torch.Tensor:
    """[1, channels]: what StableDiffusionPipeline makes of w − 1."""
    return StableDiffusionPipeline.get_guidance_scale_embedding(None, scale, embedding_dim=channels)


@torch.no_grad()
def write(root: Path) -> None:
    """Writes, for every variant, NAME.config.json, NAME.safetensors (weights) and NAME.reference.safetensors.

    The reference holds hidden_states [2, 77, D], time_embedding [1, C0], and for every size "hxw.latents" [1, 4, h, w]
    and "hxw.noise_prediction" [2, 4, h, w], in float32.
    """
    root.mkdir(parents=True, exist_ok=True)
    for seed, (name, change) in enumerate(VARIANTS.items()):
        unet = UNet2DConditionModel(**{**BASE, **change}).eval()
        scale_randomly(unet, 100 + seed, {})
        (root / f"{name}.config.json").write_text(json.dumps(dict(unet.config), indent=1, default=sorted) + "\n")
        save_file({key: value.contiguous() for key, value in unet.state_dict().items()}, root / f"{name}.safetensors")
        generator = torch.Generator().manual_seed(seed)
        hidden_states = torch.randn(2, 77, BASE["cross_attention_dim"], generator=generator)
        tensors = {"hidden_states": hidden_states, "time_embedding": unet.time_proj(torch.tensor([TIMESTEP]))}
        cond_dim = unet.config.time_cond_proj_dim
        cond = None if cond_dim is None else guidance_scale_embedding(torch.tensor([GUIDANCE_SCALE - 1]), cond_dim)
        if cond is not None:
            tensors["timestep_cond"] = cond
        for height, width in SIZES:
            latents = torch.randn(1, 4, height, width, generator=generator)
            tensors[f"{height}x{width}.latents"] = latents
            tensors[f"{height}x{width}.noise_prediction"] = unet(
                latents.expand(2, -1, -1, -1), TIMESTEP, hidden_states, timestep_cond=cond
            ).sample
        save_file({key: value.contiguous() for key, value in tensors.items()}, root / f"{name}.reference.safetensors")


if __name__ == "__main__":
    write(Path(__file__).parent / "data" / "unet-variants")
