"""The segmentation network: its stage, its measure and the file that it is exported to."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from training.export_segmenter import export_segmenter
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.segmenter import Segmenter
from training.stages.segmentation import SegmentationStage, overlap, rescaled


def test_the_stage_finds_subjects_better(world, folder: Path) -> None:
    torch.manual_seed(1)
    stage = SegmentationStage(Segmenter((8, 8, 16)), world)
    settings = {"warmup": 1, "ema": 0.5, "mixed_precision": "no"}
    batch = stage.sample(torch.Generator().manual_seed(5), 8, 0.0)
    before = float(stage(batch)["loss"].detach())
    train(stage, TrainConfig(Budget(steps=25), 4, 5e-3, **settings), folder)
    assert float(stage(batch)["loss"].detach()) < 0.9 * before


def test_overlap_is_intersection_over_union() -> None:
    truth = torch.zeros(2, 1, 4, 4)
    truth[:, :, :2] = 1
    logits = torch.full((2, 1, 4, 4), -1.0)
    logits[0, :, :2], logits[1, :, 1:3] = 1, 1
    assert overlap(logits, truth).tolist() == pytest.approx([1, 1 / 3])


def test_a_picture_and_its_mask_move_alike() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[20:40, 24:44] = 255
    pixels = np.repeat(mask[..., None], 3, 2)
    for seed in range(5):
        moved, where = rescaled(pixels, mask, random.Random(seed))
        assert np.array_equal(moved[..., 0], where) and not np.array_equal(where, mask)


def test_the_exported_graph_answers_as_the_network_and_stays_under_a_megabyte(tmp_path: Path) -> None:
    torch.manual_seed(2)
    segmenter = Segmenter().eval()
    export_segmenter(segmenter, tmp_path)
    path = tmp_path / "onnx" / "model.onnx"
    onnx.checker.check_model(onnx.load(path))
    assert path.stat().st_size < 1_000_000
    pixels = torch.randn(1, 3, 256, 256)
    (alphas,) = ReferenceEvaluator(str(path)).run(None, {"pixel_values": pixels.numpy()})
    with torch.no_grad():
        expected = segmenter(pixels).sigmoid()
    torch.testing.assert_close(torch.from_numpy(alphas), expected, atol=1e-4, rtol=1e-3)
    size = json.loads((tmp_path / "preprocessor_config.json").read_text())["size"]
    assert (size["height"], size["width"]) == pixels.shape[-2:]
