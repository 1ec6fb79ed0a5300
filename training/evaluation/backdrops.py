"""Which backdrop keeps a cut-out's subject best for the encoder: `python -m training.evaluation.backdrops`.

Held-out subjects are cut out of their pictures as the site does it: by its own network, in a square with a margin. The
pseudo-word of each is compared with the subject's own, the mean over crops of it in other pictures: how near it is, and
how often it is nearer to its own subject than to any other.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from training.dataset.cache import crop_elsewhere
from training.dataset.prerender import HELD_OUT_SEED, shrink, square_around
from training.evaluation.pipeline import UmmDiffusion, load_exported
from training.world import Scene, render_scene, sample_scene
from training.world.render import render_masks

PUBLIC = Path(__file__).parents[2] / "public/models"
SIZE = 256
VIEWS = 6
BLURRED_EDGE = 8
MARGINS = (0.0, 0.02, 0.05, 0.1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=PUBLIC / "picturebook")
    parser.add_argument("--network", type=Path, default=PUBLIC / "picturebook-cutout")
    parser.add_argument("--count", type=int, default=200, help="subjects")
    arguments = parser.parse_args()
    model = load_exported(arguments.model)
    session = onnxruntime.InferenceSession(arguments.network / "onnx/model.onnx", providers=["CPUExecutionProvider"])
    edge = json.loads((arguments.network / "preprocessor_config.json").read_text())["size"]["width"]
    scenes = [replace(sample_scene(HELD_OUT_SEED + i, 1), style="painted") for i in range(arguments.count)]
    own = own_words(model, scenes)
    print(f"{arguments.count} held-out subjects; a square with a margin of its longer side\n")
    print(f"{'seen':28} {'margin':>6}  {'cosine to its own':>17}  {'nearest is its own':>18}")
    for label, margin, crops in views(scenes, session, edge):
        report(label, margin, words(model, crops), own)


def views(
    scenes: list[Scene], session: onnxruntime.InferenceSession, edge: int
) -> Iterator[tuple[str, float, np.ndarray]]:
    """Label, margin and crops [n, 64, 64, 3] of every way to show the subjects."""
    pictures = [render_scene(scene, SIZE) for scene in scenes]
    exact = [render_masks(scene, SIZE)[0] for scene in scenes]
    found = [network_mask(session, picture.pixels, edge) for picture in pictures]
    rng = random.Random(5)
    whole = [shrink(p.pixels, square_around((SIZE, SIZE), np.array(p.boxes[0]), rng)) for p in pictures]
    yield "as it is, cropped by its box", 0.0, np.stack(whole)
    for backdrop in ("grey", "white", "blur"):
        for margin in MARGINS:
            for name, masks in (("network", found), ("exact mask", exact)):
                pairs = zip(pictures, masks, strict=True)
                crops = [compose(picture.pixels, mask, margin, backdrop) for picture, mask in pairs]
                yield f"{backdrop}, {name}", margin, np.stack(crops)


def network_mask(session: onnxruntime.InferenceSession, pixels: np.ndarray, edge: int) -> np.ndarray:
    """[s, s] u8 of a picture [s, s, 3]."""
    resized = np.asarray(Image.fromarray(pixels).resize((edge, edge), Image.Resampling.BILINEAR), np.float32)
    (alphas,) = session.run(None, {"pixel_values": (resized / 127.5 - 1).transpose(2, 0, 1)[None]})
    mask = Image.fromarray((alphas[0, 0] * 255).astype(np.uint8))
    return np.asarray(mask.resize(pixels.shape[1::-1], Image.Resampling.BILINEAR))


def compose(pixels: np.ndarray, mask: np.ndarray, margin: float, backdrop: str) -> np.ndarray:
    """The square round the subject before its backdrop, [64, 64, 3]: workers/images/cut-out.ts and mask-region.ts."""
    rows, columns = np.nonzero(mask >= 128)
    low, high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()]) + 1
    size = round(float((high - low).max()) * (1 + 2 * margin))
    left, top = np.floor((low + high - size) / 2 + 0.5).astype(int)
    pad = SIZE
    window = (slice(pad + top, pad + top + size), slice(pad + left, pad + left + size))
    rgb = np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), "edge")[window]
    share = np.pad(mask.astype(np.float32), pad)[window][..., None] / 255
    if backdrop == "blur":
        small = Image.fromarray(rgb).resize((BLURRED_EDGE, BLURRED_EDGE), Image.Resampling.BILINEAR)
        behind = np.asarray(small.resize((size, size), Image.Resampling.BILINEAR), np.float32)
    else:
        behind = np.full(rgb.shape, {"grey": 128, "white": 255}[backdrop], np.float32)
    composed = (share * rgb + (1 - share) * behind + 0.5).astype(np.uint8)
    return shrink(composed, (0, 0, size, size))


def own_words(model: UmmDiffusion, scenes: list[Scene]) -> Tensor:
    """[n, d]: the mean pseudo-word of each subject over crops from other pictures."""
    rng = random.Random(3)
    crops = np.stack([crop_elsewhere(scene, 0, rng) for scene in scenes for _ in range(VIEWS)])
    return words(model, crops).unflatten(0, (len(scenes), VIEWS)).mean(1)


@torch.no_grad()
def words(model: UmmDiffusion, crops: np.ndarray) -> Tensor:
    """Pseudo-words [n, d] of crops [n, 64, 64, 3] u8."""
    pixels = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 127.5 - 1
    return torch.cat([model.projector(model.image_model(pixel_values=part).image_embeds) for part in pixels.split(64)])


def report(label: str, margin: float, found: Tensor, own: Tensor) -> None:
    """One line. What all pseudo-words share is taken off first: it tells no subject from another."""
    centre = own.mean(0)
    likeness = F.normalize(found - centre, dim=-1) @ F.normalize(own - centre, dim=-1).T
    nearest = (likeness.argmax(1) == torch.arange(len(own))).float().mean()
    print(f"{label:28} {margin:6.2f}  {likeness.diagonal().mean():17.4f}  {100 * nearest:17.1f} %")


if __name__ == "__main__":
    main()
