"""Where pictures, captions and detections come from: the world, or any webdataset collection."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import webdataset as wds
from PIL import Image

from training.dataset.rules import Detection
from training.world import render_scene, sample_scene
from training.world.captions import sample_caption


@dataclass(frozen=True)
class Example:
    """A picture with its caption; `detections` where the source itself knows them."""

    key: str
    picture: Image.Image
    caption: str
    detections: list[Detection] | None = None


class Detector(Protocol):
    """Finds objects in a picture."""

    def __call__(self, picture: Image.Image) -> list[Detection]: ...


def world_examples(first_seed: int, count: int, size: int = 128) -> Iterator[Example]:
    """Scenes of the world with the world's own exact boxes."""
    for seed in range(first_seed, first_seed + count):
        scene = sample_scene(seed)
        rendering = render_scene(scene, size)
        caption = sample_caption(scene, random.Random(seed)).text
        detections = [Detection(s.name, box) for s, box in zip(scene.subjects, rendering.boxes, strict=True)]
        yield Example(f"{seed:09d}", Image.fromarray(rendering.pixels), caption, detections)


def tar_examples(shards: str) -> Iterator[Example]:
    """Samples of webdataset tar shards with a picture (jpg, png, webp) and a caption (txt)."""
    dataset = wds.WebDataset(shards, shardshuffle=False, empty_check=False).decode("pil")
    for sample in dataset:
        picture = next((sample[kind] for kind in ("jpg", "png", "webp", "jpeg") if kind in sample), None)
        if picture is not None and "txt" in sample:
            yield Example(sample["__key__"], picture.convert("RGB"), str(sample["txt"]).strip())


class TransformersDetector:
    """A transformers object-detection model by name, e.g. facebook/detr-resnet-50."""

    def __init__(self, name: str, device: str = "cpu", threshold: float = 0.5) -> None:
        from transformers import pipeline

        self.threshold = threshold
        self.pipeline = pipeline("object-detection", model=name, device=device)

    def __call__(self, picture: Image.Image) -> list[Detection]:
        """Detections with scores; boxes in pixels."""
        return [
            Detection(
                found["label"],
                tuple(float(found["box"][edge]) for edge in ("xmin", "ymin", "xmax", "ymax")),
                float(found["score"]),
            )
            for found in self.pipeline(picture, threshold=self.threshold)
        ]
