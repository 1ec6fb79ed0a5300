"""Stages 4 and 5 on any checkpoint in diffusers layout, and detectors by name, on tiny stand-ins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import tiny_unet
from diffusers import DDIMScheduler
from PIL import Image
from training.dataset.build import build
from training.dataset.rules import Rules
from training.dataset.sources import TransformersDetector, world_examples
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.look import load_look
from training.models.picturebook import image_processor, scheduler_config
from training.stages.live_tiue import PAPER, LiveTiueStage, build_stage
from training.world.captions import SUBJECT_WORDS
from transformers import CLIPVisionModelWithProjection, YolosConfig, YolosForObjectDetection, YolosImageProcessor


@pytest.fixture(scope="module")
def checkpoint(networks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint in SD 1.5's layout, its image encoder beside it, and a shard of sets."""
    folder = tmp_path_factory.mktemp("checkpoint")
    networks.vae.save_pretrained(folder / "vae")
    networks.clip.text_model.save_pretrained(folder / "text_encoder")
    networks.tokenizer.save_pretrained(folder / "tokenizer")
    tiny_unet().save_pretrained(folder / "unet")
    DDIMScheduler(**scheduler_config()).save_pretrained(folder / "scheduler")
    CLIPVisionModelWithProjection(networks.clip.config.vision_config).save_pretrained(folder / "image")
    image_processor().save_pretrained(folder / "image")
    build(world_examples(0, 10), None, Rules(min_size=128, synonyms=SUBJECT_WORDS), folder / "sets", shard_size=3)
    return folder


def stage_of(checkpoint: Path, train_unet: bool) -> LiveTiueStage:
    torch.manual_seed(3)
    sets = str(checkpoint / "sets" / "sets-{00000..00002}.tar")
    return build_stage(str(checkpoint), str(checkpoint / "image"), None, sets, train_unet)


def test_the_defaults_are_the_papers() -> None:
    assert PAPER == {"batch_size": 192, "learning_rate": 1e-5, "steps": 200_000, "ema": 0.9999}


@pytest.mark.parametrize("train_unet", [False, True])
def test_a_checkpoint_trains_and_its_frozen_parts_stay(checkpoint: Path, tmp_path: Path, train_unet: bool) -> None:
    stage = stage_of(checkpoint, train_unet)
    before = {key: value.clone() for key, value in stage.state_dict().items()}
    config = TrainConfig(Budget(steps=2), 3, 1e-3, warmup=1, ema=0.5, optimizer="adamw", mixed_precision="no")
    train(stage, config, tmp_path)
    moved = {key.split(".")[0] for key, value in stage.state_dict().items() if not torch.equal(value, before[key])}
    assert moved == ({"projector", "unet"} if train_unet else {"projector"})


def first_pictures(checkpoint: Path, step: int) -> torch.Tensor:
    """What a run that starts or resumes at a step sees first."""
    generator = torch.Generator().manual_seed(step)
    return stage_of(checkpoint, False).sample(generator, 4, 0.0)["pixels"]


def test_a_stream_resumed_at_another_step_comes_in_another_order(checkpoint: Path) -> None:
    start = first_pictures(checkpoint, 0)
    assert torch.equal(start, first_pictures(checkpoint, 0))
    assert not torch.equal(start, first_pictures(checkpoint, 64))


def test_a_stream_of_sets_is_read_by_each_of_several_processes(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    seen = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        seen.append(first_pictures(checkpoint, 0))
    assert not torch.equal(*seen)


def test_the_look_of_a_checkpoint_is_trained_by_two_processes(checkpoint: Path, tmp_path: Path) -> None:
    launch = "-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no"
    stage = f"--dynamo_backend no -m training.stages.live_look --model {checkpoint} --out {tmp_path}"
    sizes = f"--image-encoder {checkpoint / 'image'} --width 64 --queries 3 --steps 2 --batch-size 4"
    sets = ["--sets", str(checkpoint / "sets" / "sets-{00000..00002}.tar")]
    root = Path(__file__).parents[2]
    settings = {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    command = [sys.executable, *launch.split(), *stage.split(), *sizes.split(), *sets]
    subprocess.run(command, check=True, env={**os.environ, **settings}, cwd=root)
    (last,) = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert (last["step"], last["samples"]) == (2, 8), "one process alone writes, and counts the samples of both"
    adapter = load_look(tiny_unet(), tmp_path / "ema")
    assert adapter.sizes == {"image_width": 16, "width": 64, "text_width": 16, "queries": 3}
    assert any(pair.to_v_ip.weight.any() for pair in adapter.ip_adapter.values())


def test_the_new_projector_fits_between_the_encoders(checkpoint: Path) -> None:
    projector = stage_of(checkpoint, False).projector
    assert projector.config.input_dim == 16 and projector.config.output_dim == 16


def test_a_detector_is_found_by_name(tmp_path: Path) -> None:
    config = YolosConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=[64, 64],
        num_detection_tokens=5,
        num_labels=3,
        id2label={0: "dog", 1: "cat", 2: "car"},
    )
    YolosForObjectDetection(config).save_pretrained(tmp_path)
    YolosImageProcessor(size={"height": 64, "width": 64}).save_pretrained(tmp_path)
    detector = TransformersDetector(str(tmp_path), threshold=0.0)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 120, 3), dtype=np.uint8))
    found = detector(picture)
    assert found and all(d.label in ("dog", "cat", "car") and 0 <= d.score <= 1 and len(d.box) == 4 for d in found)
