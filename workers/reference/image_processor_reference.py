"""What transformers' CLIPImageProcessor (on Pillow) makes of pictures of many shapes."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPImageProcessorPil

# name: (width, height, settings of the processor)
SHAPES: dict[str, tuple[int, int, dict[str, object]]] = {
    "square": (32, 32, {}),
    "shrink-wide": (97, 60, {}),
    "enlarge-tall": (23, 60, {}),
    "enlarge": (9, 13, {}),
    "odd-margins": (67, 31, {}),
    "shrink-far": (301, 262, {}),
    "bilinear": (75, 50, {"resample": 2}),
    "lanczos": (75, 50, {"resample": 1}),
    "crop-larger-than-edge": (50, 40, {"size": {"shortest_edge": 24}}),
    "stretch": (61, 40, {"size": {"height": 32, "width": 32}}),
    "plain-scaling": (40, 40, {"do_normalize": False}),
    "no-crop": (40, 40, {"do_center_crop": False, "size": {"height": 32, "width": 32}}),
}
EDGE = 32


def _picture(width: int, height: int, seed: int) -> Image.Image:
    """Smooth colour with hard edges and noise, so that overshoot of the bicubic kernel is met."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([x / width, y / height, (x + y) / (width + height)], axis=-1) * 255
    checks = ((x // 7 + y // 5) % 2 * 255)[..., None]
    noise = rng.integers(0, 256, (height, width, 3))
    mixed = np.where((x < width / 3)[..., None], smooth, np.where((x < 2 * width / 3)[..., None], checks, noise))
    return Image.fromarray(mixed.astype(np.uint8))


def write(folder: Path) -> None:
    """Writes cases.json (settings) and pictures.safetensors: "<name>.rgba" [h,w,4] u8, "<name>.pixel_values" [3,S,S]."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, torch.Tensor] = {}
    entries = []
    for seed, (name, (width, height, settings)) in enumerate(SHAPES.items()):
        processor = CLIPImageProcessorPil(
            **{"size": {"shortest_edge": EDGE}, "crop_size": {"height": EDGE, "width": EDGE}, **settings}
        )
        picture = _picture(width, height, seed)
        tensors[f"{name}.rgba"] = torch.from_numpy(np.array(picture.convert("RGBA")))
        tensors[f"{name}.pixel_values"] = processor(images=picture, return_tensors="pt").pixel_values[0]
        entries.append({"name": name, "config": processor.to_dict()})
    tensors |= _tall()
    tensors |= _transparent()
    tensors |= _region()
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "pictures.safetensors")
    (folder / "cases.json").write_text(json.dumps(entries) + "\n")


def _processor() -> CLIPImageProcessorPil:
    return CLIPImageProcessorPil(size={"shortest_edge": EDGE}, crop_size={"height": EDGE, "width": EDGE})


def _tall() -> dict[str, torch.Tensor]:
    """A tall picture that shrinks, rows first: Pillow 13 may take columns first here, earlier releases never did."""
    picture = _picture(41, 130, 89)
    rows_first = picture.resize((EDGE, 130), Image.Resampling.BICUBIC).resize((EDGE, 101), Image.Resampling.BICUBIC)
    return {
        "shrink-tall.rgba": torch.from_numpy(np.array(picture.convert("RGBA"))),
        "shrink-tall.pixel_values": _processor()(images=rows_first, do_resize=False, return_tensors="pt").pixel_values[0],
    }


def _transparent() -> dict[str, torch.Tensor]:
    """A picture with an alpha channel, composed on white by Pillow."""
    rgba = np.dstack([np.array(_picture(50, 40, 90)), np.linspace(0, 255, 2000).reshape(40, 50)]).astype(np.uint8)
    picture = Image.fromarray(rgba)
    white = Image.new("RGBA", picture.size, "white")
    composed = Image.alpha_composite(white, picture).convert("RGB")
    return {
        "transparent.rgba": torch.from_numpy(rgba),
        "transparent.pixel_values": _processor()(images=composed, return_tensors="pt").pixel_values[0],
    }


def _region() -> dict[str, torch.Tensor]:
    """The square of 45 pixels at (20, 10) of a picture."""
    picture = _picture(90, 70, 91)
    crop = picture.crop((20, 10, 65, 55))
    return {
        "region.rgba": torch.from_numpy(np.array(picture.convert("RGBA"))),
        "region.pixel_values": _processor()(images=crop, return_tensors="pt").pixel_values[0],
    }
