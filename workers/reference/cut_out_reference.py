"""A subject before a backdrop as Pillow and torch compose it, and the square round what a mask shows."""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

WIDTH, HEIGHT = 46, 31
REGIONS = {"inside": (7, 3, 24), "over-the-edge": (-6, -9, 52)}
BACKDROPS = ("grey", "white", "blur")
MARGIN = 0.05
BLURRED_EDGE = 8


def _picture(rng: np.random.Generator) -> np.ndarray:
    """[h, w, 4] u8: colours, noise, and a corner that is half transparent."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    rgb = np.stack([255 * x / WIDTH, 255 * y / HEIGHT, rng.integers(0, 256, (HEIGHT, WIDTH))], -1)
    alpha = np.where((x < 20) & (y < 12), 120, 255)
    return np.dstack([rgb, alpha]).astype(np.uint8)


def _mask(width: int, height: int) -> np.ndarray:
    """[h, w] u8: a soft ellipse off the middle."""
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot((x / width - 0.55) / 0.28, (y / height - 0.45) / 0.35)
    return np.clip(255 * (1.25 - distance) / 0.5, 0, 255).astype(np.uint8)


def _compose(picture: np.ndarray, mask: np.ndarray, region: tuple[int, int, int], backdrop: str) -> np.ndarray:
    left, top, size = region
    enlarged = F.interpolate(torch.tensor(mask)[None, None].double(), (HEIGHT, WIDTH), mode="bilinear")[0, 0].numpy()
    pad = size + max(abs(left), abs(top))
    window = (slice(pad + top, pad + top + size), slice(pad + left, pad + left + size))
    rgb = np.pad(picture[..., :3], ((pad, pad), (pad, pad), (0, 0)), "edge")[window]
    share = np.pad(enlarged * picture[..., 3] / 255, pad)[window][..., None] / 255
    if backdrop == "blur":
        edge = (BLURRED_EDGE, BLURRED_EDGE)
        small = Image.fromarray(rgb).resize(edge, Image.Resampling.BILINEAR)
        behind = np.array(small.resize((size, size), Image.Resampling.BILINEAR))
    else:
        behind = np.full_like(rgb, {"grey": 128, "white": 255}[backdrop])
    return np.round(share * rgb + (1 - share) * behind).astype(np.uint8)


def _square(mask: np.ndarray) -> dict[str, int]:
    """The square round all pixels that are at least half the subject, with a margin, in pixels of the picture."""
    rows, columns = np.nonzero(mask >= 128)
    scale = np.array([WIDTH / mask.shape[1], HEIGHT / mask.shape[0]])
    low = np.array([columns.min(), rows.min()]) * scale
    high = np.array([columns.max() + 1, rows.max() + 1]) * scale
    size = int(np.floor((high - low).max() * (1 + 2 * MARGIN) + 0.5))
    x, y = np.floor((low + high - size) / 2 + 0.5).astype(int)
    return {"x": int(x), "y": int(y), "size": size}


def write(folder: Path) -> None:
    """Writes pictures.safetensors and cases.json (regions and squares)."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = _picture(np.random.default_rng(11))
    masks = {"small": _mask(20, 14), "large": _mask(90, 61)}
    tensors = {"picture": torch.from_numpy(picture)}
    for name, mask in masks.items():
        tensors[f"{name}.mask"] = torch.from_numpy(mask)
        for place, region in REGIONS.items():
            for backdrop in BACKDROPS:
                composed = _compose(picture, mask, region, backdrop)
                tensors[f"{name}.{place}.{backdrop}"] = torch.from_numpy(composed)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "pictures.safetensors")
    cases = {
        "regions": {place: dict(zip(("x", "y", "size"), region, strict=True)) for place, region in REGIONS.items()},
        "squares": {name: _square(mask) for name, mask in masks.items()},
    }
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
