"""Render the world once into memory-mapped arrays, so that training never waits for drawing."""

from __future__ import annotations

import argparse
import itertools
import json
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from training.world import render_scene, sample_scene
from training.world.render import render_masks
from training.world.scene import Scene

Rgb = tuple[int, int, int]
Area = tuple[float, float, float, float]

MAX_SUBJECTS = 2
CROPS = 2
CROP_SIZE = 64
BACKDROPS: tuple[Rgb, ...] = ((255, 255, 255), (128, 128, 128), (236, 236, 236), (0, 0, 0))
"""What a cut-out is commonly put on."""
KNOWN_BACKDROP = 0.6
HELD_OUT_SEED = 10_000_000
"""Scenes from this seed on are never trained on."""


ARRAYS = ("pixels", "boxes", "crops", "cutouts", "masks")


@dataclass(frozen=True)
class WorldArrays:
    """Pre-rendered scenes seed … seed + n − 1.

    pixels: [n, size, size, 3] uint8; boxes: [n, 2, 4] float32 in pixels (zeros: no subject);
    crops: [n, 2, CROPS, 64, 64, 3] uint8, square pictures of each subject; cutouts: the same squares with the
    subject alone on one of BACKDROPS; masks: [n, size, size] uint8, 255 where any subject is.
    """

    first_seed: int
    pixels: np.ndarray
    boxes: np.ndarray
    crops: np.ndarray
    cutouts: np.ndarray
    masks: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def scene(self, index: int) -> Scene:
        """The scene behind a row."""
        return sample_scene(self.first_seed + index)


def square_around(size: tuple[int, int], box: np.ndarray, rng: random.Random) -> Area:
    """A jittered square around a box, within a picture of (height, width)."""
    height, width = size
    left, top, right, bottom = (float(edge) for edge in box)
    side = min(max(right - left, bottom - top) * rng.uniform(1.0, 1.14), width, height)
    cx = (left + right) / 2 + rng.uniform(-0.03, 0.03) * side
    cy = (top + bottom) / 2 + rng.uniform(-0.03, 0.03) * side
    cx = min(max(cx, side / 2), width - side / 2)
    cy = min(max(cy, side / 2), height - side / 2)
    return cx - side / 2, cy - side / 2, cx + side / 2, cy + side / 2


def shrink(pixels: np.ndarray, area: Area) -> np.ndarray:
    """An area of a picture as 64 × 64 pixels (bicubic, as CLIP does)."""
    image = Image.fromarray(pixels).resize((CROP_SIZE, CROP_SIZE), Image.Resampling.BICUBIC, box=area)
    return np.asarray(image)


def on_backdrop(pixels: np.ndarray, mask: np.ndarray, colour: Rgb) -> np.ndarray:
    """What a mask [h, w] uint8 covers of a picture [h, w, 3], on a plain colour."""
    inside = mask[..., None].astype(np.float32) / 255
    return (pixels * inside + np.float32(colour) * (1 - inside) + 0.5).astype(np.uint8)


def sample_backdrop(rng: random.Random) -> Rgb:
    """One of BACKDROPS or any pale or strong colour."""
    if rng.random() < KNOWN_BACKDROP:
        return rng.choice(BACKDROPS)
    return tuple(rng.randrange(256) for _ in range(3))


def _open(folder: Path, count: int, size: int, mode: str) -> dict[str, np.memmap]:
    shapes = {
        "pixels": ((count, size, size, 3), np.uint8),
        "boxes": ((count, MAX_SUBJECTS, 4), np.float32),
        "crops": ((count, MAX_SUBJECTS, CROPS, CROP_SIZE, CROP_SIZE, 3), np.uint8),
        "cutouts": ((count, MAX_SUBJECTS, CROPS, CROP_SIZE, CROP_SIZE, 3), np.uint8),
        "masks": ((count, size, size), np.uint8),
    }
    return {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", mode, kind, shape)
        for name, (shape, kind) in shapes.items()
    }


def _fill(folder: Path, first_seed: int, start: int, stop: int) -> None:
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r+") for name in ARRAYS}
    size = arrays["pixels"].shape[1]
    for row in range(start, stop):
        scene = sample_scene(first_seed + row)
        rendering = render_scene(scene, size)
        rng = random.Random(scene.seed ^ 0xC409)
        masks = render_masks(scene, size)
        arrays["pixels"][row], arrays["masks"][row] = rendering.pixels, masks.max(0)
        for i, box in enumerate(rendering.boxes):
            arrays["boxes"][row, i] = box
            for k in range(CROPS):
                area = square_around((size, size), np.array(box), rng)
                arrays["crops"][row, i, k] = shrink(rendering.pixels, area)
                alone = on_backdrop(rendering.pixels, masks[i], sample_backdrop(rng))
                arrays["cutouts"][row, i, k] = shrink(alone, area)


def prerender(folder: Path, count: int, first_seed: int = 0, size: int = 256, workers: int = 2) -> WorldArrays:
    """Render `count` scenes into `folder`; does nothing when they are there already."""
    info = {"count": count, "first_seed": first_seed, "size": size}
    marker = folder / "world.json"
    if not (marker.exists() and json.loads(marker.read_text()) == info):
        folder.mkdir(parents=True, exist_ok=True)
        _open(folder, count, size, "w+")
        edges = [round(i * count / (workers * 4)) for i in range(workers * 4 + 1)]
        with ProcessPoolExecutor(workers) as pool:
            jobs = [pool.submit(_fill, folder, first_seed, a, b) for a, b in itertools.pairwise(edges)]
            for job in jobs:
                job.result()
        marker.write_text(json.dumps(info))
    return load_world(folder)


def load_world(folder: Path) -> WorldArrays:
    """Open arrays written by `prerender`."""
    info = json.loads((folder / "world.json").read_text())
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    return WorldArrays(first_seed=info["first_seed"], **arrays)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=64_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(argv)
    world = prerender(args.folder, args.count, args.first_seed, args.size, args.workers)
    print(f"{len(world)} scenes in {args.folder}")


if __name__ == "__main__":
    main()
