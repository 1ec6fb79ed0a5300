"""What diffusers' UNet2DConditionModel answers, for the tests of the graph builder."""

from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file

TIMESTEP = 421
TOKENS = 77
BRANCHES = 3
# An even size, a wide one, and one whose halves are odd, so that skips decide the size of the upsampled maps.
SIZES = ((8, 8), (12, 20), (7, 10))


@torch.no_grad()
def write(root: Path) -> None:
    """Writes reference/unet.safetensors of the checkpoint under `root`, computed in float32.

    Holds hidden_states [3, 77, D], time_embedding [1, C0], and for every size "hxw.latents" [1, 4, h, w] and
    "hxw.noise_prediction" [3, 4, h, w]: the three conditions on the same latents.
    """
    unet = UNet2DConditionModel.from_pretrained(root / "unet", torch_dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(TIMESTEP)
    hidden_states = torch.randn(BRANCHES, TOKENS, unet.config.cross_attention_dim, generator=generator)
    tensors = {"hidden_states": hidden_states, "time_embedding": unet.time_proj(torch.tensor([TIMESTEP]))}
    for height, width in SIZES:
        latents = torch.randn(1, 4, height, width, generator=generator)
        prediction = unet(latents.expand(BRANCHES, -1, -1, -1), TIMESTEP, hidden_states).sample
        tensors[f"{height}x{width}.latents"] = latents
        tensors[f"{height}x{width}.noise_prediction"] = prediction
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, root / "reference/unet.safetensors")
