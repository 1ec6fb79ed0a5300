"""What diffusers' VaeImageProcessor makes of mask files of several sizes, shapes and kinds for one frame."""

from pathlib import Path

import numpy as np
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image
from safetensors.torch import save_file

WIDTH, HEIGHT = 48, 32
# name: (width, height of the file, kind of its pixels)
FILES: dict[str, tuple[int, int, str]] = {
    "same-size": (48, 32, "grey"),
    "larger": (131, 90, "grey"),
    "smaller": (12, 8, "grey"),
    # Shrunk along its rows by more: Pillow 13 takes columns first elsewhere, earlier releases never did.
    "another-shape": (130, 40, "grey"),
    "coloured": (96, 64, "coloured"),
    "transparent": (96, 64, "transparent"),
}


def _mask(width: int, height: int, kind: str, seed: int) -> np.ndarray:
    """[h, w, 4] u8: an ellipse with a soft edge over hard stripes."""
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot((x / width - 0.4) / 0.3, (y / height - 0.5) / 0.35)
    soft = np.clip(255 * (1.3 - distance) / 0.6, 0, 255)
    grey = np.where(x > 0.8 * width, (y * 8 // height) % 2 * 255, soft)
    rgb = np.dstack([grey] * 3)
    if kind == "coloured":
        noise = np.random.default_rng(seed).integers(0, 256, rgb.shape)
        rgb = np.where((y < height / 3)[..., None], noise, rgb)
    alpha = np.where(y > height / 2, 255, 255 * x // width) if kind == "transparent" else np.full_like(grey, 255)
    return np.dstack([rgb, alpha]).astype(np.uint8)


def write(folder: Path) -> None:
    """Writes masks.safetensors: "<name>.rgba" [h, w, 4] u8 and "<name>.mask" [HEIGHT, WIDTH] f32 in 0…1."""
    folder.mkdir(parents=True, exist_ok=True)
    processor = VaeImageProcessor(do_normalize=False, do_binarize=False, do_convert_grayscale=True)
    tensors: dict[str, torch.Tensor] = {}
    for seed, (name, (width, height, kind)) in enumerate(FILES.items()):
        rgba = _mask(width, height, kind, seed)
        picture = Image.fromarray(rgba)
        # diffusers drops the alpha channel; what is transparent shall not be marked.
        flat = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture).convert("RGB")
        tensors[f"{name}.rgba"] = torch.from_numpy(rgba)
        tensors[f"{name}.mask"] = processor.preprocess(flat, height=HEIGHT, width=WIDTH)[0, 0]
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "masks.safetensors")
