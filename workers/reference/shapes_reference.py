"""Names and shapes of the tensors of Stable Diffusion 1.5's UNet, for tests and benches that draw weights of its shape."""

import json
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from full_size_configs import UNET


def write(folder: Path) -> None:
    """Writes sd15-unet.json: its config, and the shape of each tensor by name."""
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(UNET)
    tensors = {name: list(tensor.shape) for name, tensor in unet.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sd15-unet.json").write_text(json.dumps({"config": UNET, "tensors": tensors}) + "\n")


if __name__ == "__main__":
    write(Path(__file__).parent / "data" / "shapes")
