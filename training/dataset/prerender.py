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
from training.world.scene import Scene

MAX_SUBJECTS = 2
CROPS = 2
CROP_SIZE = 64
HELD_OUT_SEED = 10_000_000
"""Scenes from this seed on are never trained on."""


@dataclass(frozen=True)
class WorldArrays:
    """Pre-rendered scenes seed … seed + n − 1.

    pixels: [n, size, size, 3] uint8; boxes: [n, 2, 4] float32 in pixels (zeros: no subject);
    crops: [n, 2, CROPS, 64, 64, 3] uint8, square pictures of each subject.
    """

    first_seed: int
    pixels: np.ndarray
    boxes: np.ndarray
    crops: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def scene(self, index: int) -> Scene:
        """The scene behind a row."""
        return sample_scene(self.first_seed + index)


def crop_square(pixels: np.ndarray, box: np.ndarray, rng: random.Random) -> np.ndarray:
    """Cut a jittered square around a box and shrink it to 64 × 64 (bicubic, as CLIP does)."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = (float(edge) for edge in box)
    side = min(max(right - left, bottom - top) * rng.uniform(1.0, 1.14), width, height)
    cx = (left + right) / 2 + rng.uniform(-0.03, 0.03) * side
    cy = (top + bottom) / 2 + rng.uniform(-0.03, 0.03) * side
    cx = min(max(cx, side / 2), width - side / 2)
    cy = min(max(cy, side / 2), height - side / 2)
    area = (cx - side / 2, cy - side / 2, cx + side / 2, cy + side / 2)
    image = Image.fromarray(pixels).resize((CROP_SIZE, CROP_SIZE), Image.Resampling.BICUBIC, box=area)
    return np.asarray(image)


def _open(folder: Path, count: int, size: int, mode: str) -> dict[str, np.memmap]:
    shapes = {
        "pixels": ((count, size, size, 3), np.uint8),
        "boxes": ((count, MAX_SUBJECTS, 4), np.float32),
        "crops": ((count, MAX_SUBJECTS, CROPS, CROP_SIZE, CROP_SIZE, 3), np.uint8),
    }
    return {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", mode, kind, shape)
        for name, (shape, kind) in shapes.items()
    }


def _fill(folder: Path, first_seed: int, start: int, stop: int) -> None:
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r+") for name in ("pixels", "boxes", "crops")}
    size = arrays["pixels"].shape[1]
    for row in range(start, stop):
        scene = sample_scene(first_seed + row)
        rendering = render_scene(scene, size)
        rng = random.Random(scene.seed ^ 0xC409)
        arrays["pixels"][row] = rendering.pixels
        for i, box in enumerate(rendering.boxes):
            arrays["boxes"][row, i] = box
            for k in range(CROPS):
                arrays["crops"][row, i, k] = crop_square(rendering.pixels, np.array(box), rng)


def prerender(folder: Path, count: int, first_seed: int = 0, size: int = 128, workers: int = 2) -> WorldArrays:
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
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("pixels", "boxes", "crops")}
    return WorldArrays(first_seed=info["first_seed"], **arrays)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=64_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(argv)
    world = prerender(args.folder, args.count, args.first_seed, args.size, args.workers)
    print(f"{len(world)} scenes in {args.folder}")


if __name__ == "__main__":
    main()
