"""The checkpoints that the tests run on: small, random, in the shapes of Stable Diffusion 1.x and 2.x."""

from dataclasses import dataclass, field
from typing import Any

import torch

TINY_VAE: dict[str, Any] = {
    "block_out_channels": (16, 16, 32, 32),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "latent_channels": 4,
    "sample_size": 64,
}

SD1_UNET: dict[str, Any] = {
    "sample_size": 8,
    "block_out_channels": (32, 64),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": 4,
    "cross_attention_dim": 32,
    "norm_num_groups": 8,
}

SD1_SCHEDULER: dict[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "timestep_spacing": "leading",
}


@dataclass(frozen=True)
class Run:
    """Settings of one whole run of the fused pipeline.

    `alphas` holds one fuse ratio, or one a step. `pins` maps a word's index to the pictures pinned on it.
    """

    name: str
    caption: str
    pins: dict[int, list[int]] = field(default_factory=dict)
    negative_prompt: str = ""
    alphas: tuple[float, ...] = (0.5,)
    guidance_scale: float = 7.5
    steps: int = 10
    eta: float = 0.0
    seed: int = 7
    positions: str = "pinned"
    height: int = 64
    width: int = 64

    def entry(self) -> dict[str, object]:
        """The run as the tests read it."""
        return {
            "name": self.name,
            "caption": self.caption,
            "negativePrompt": self.negative_prompt,
            "pins": [{"word": word, "pictures": pictures} for word, pictures in self.pins.items()],
            "alphas": list(self.alphas),
            "guidanceScale": self.guidance_scale,
            "steps": self.steps,
            "eta": self.eta,
            "seed": self.seed,
            "subjectPositions": self.positions,
            "height": self.height,
            "width": self.width,
        }


@dataclass(frozen=True)
class Case:
    """One checkpoint and the runs that are made on it."""

    name: str
    seed: int
    unet: dict[str, Any]
    vae: dict[str, Any]
    text: dict[str, Any]
    vision: dict[str, Any]
    scheduler: dict[str, Any]
    projector: dict[str, Any]
    runs: tuple[Run, ...]
    pad_token: str = "<|endoftext|>"
    dtype: torch.dtype = torch.float32
    text_prefix: str = ""
    old_vae_attention: bool = False
    safety_checker: bool = False


DOG_ON_BEACH = "A dog, running on the beach under a tower"
TWO_PINS = {1: [0], 8: [1, 2]}

CASES: tuple[Case, ...] = (
    Case(
        name="sd15",
        seed=15,
        unet=SD1_UNET,
        vae=TINY_VAE,
        text={"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4},
        vision={
            "hidden_size": 48,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": 32,
            "patch_size": 8,
            "projection_dim": 40,
        },
        scheduler=SD1_SCHEDULER,
        projector={"hidden_dims": [64, 64], "activation": "gelu"},
        text_prefix="text_model.",
        safety_checker=True,
        runs=(
            Run("paper", DOG_ON_BEACH, TWO_PINS, steps=50),
            Run("text-only", DOG_ON_BEACH, alphas=(0.0,), negative_prompt="blurry", steps=20),
            Run("subject-only", DOG_ON_BEACH, TWO_PINS, alphas=(1.0,)),
            Run("no-guidance", DOG_ON_BEACH, TWO_PINS, guidance_scale=1.0),
            Run("stochastic", DOG_ON_BEACH, TWO_PINS, eta=0.7),
            Run("moved", DOG_ON_BEACH, TWO_PINS, alphas=(0.2,) * 5 + (0.8,) * 5),
            Run("all-positions", DOG_ON_BEACH, TWO_PINS, positions="all"),
            Run("wide", DOG_ON_BEACH, TWO_PINS, width=96, seed=4294967295),
        ),
    ),
    Case(
        name="v-prediction",
        seed=21,
        unet={
            "sample_size": 8,
            "block_out_channels": (32, 32, 64),
            "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            "layers_per_block": 2,
            "attention_head_dim": (2, 4, 8),
            "use_linear_projection": True,
            "cross_attention_dim": 48,
            "norm_num_groups": 16,
        },
        vae=TINY_VAE,
        text={
            "hidden_size": 48,
            "intermediate_size": 96,
            "num_hidden_layers": 3,
            "num_attention_heads": 6,
            "hidden_act": "gelu",
        },
        vision={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
            "projection_dim": 24,
            "hidden_act": "gelu",
        },
        scheduler={**SD1_SCHEDULER, "prediction_type": "v_prediction"},
        projector={"hidden_dims": [], "activation": "relu"},
        pad_token="!",
        old_vae_attention=True,
        runs=(
            Run("paper", DOG_ON_BEACH, TWO_PINS, steps=20),
            Run("text-only", DOG_ON_BEACH, alphas=(0.0,), steps=10),
        ),
    ),
    Case(
        name="half",
        seed=16,
        unet={**SD1_UNET, "layers_per_block": 2},
        vae=TINY_VAE,
        text={"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
        vision={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 32,
            "patch_size": 16,
            "projection_dim": 32,
        },
        scheduler=SD1_SCHEDULER,
        projector={"hidden_dims": [48], "activation": "relu"},
        dtype=torch.float16,
        text_prefix="text_model.",
        runs=(Run("paper", DOG_ON_BEACH, TWO_PINS, steps=50),),
    ),
)
