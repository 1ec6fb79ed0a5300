"""One word for all views of a subject."""

from __future__ import annotations

from pathlib import Path

import torch
from conftest import tiny_projector
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.stages.invariance import CROPS_SEEN, InvarianceStage, embed_subjects, subject_views


def test_every_view_of_a_subject_is_embedded(networks, world) -> None:
    views = subject_views(world, range(3))
    assert views.shape == (3, CROPS_SEEN + 2, 64, 64, 3) and views.reshape(3, 4, -1).any(-1).all()
    assert embed_subjects(networks.clip, world, range(3)).shape == (3, 4, 16)


def test_views_of_a_subject_come_to_say_the_same(folder: Path) -> None:
    torch.manual_seed(0)
    subjects, surroundings = torch.randn(40, 1, 16), torch.randn(40, 4, 16)
    embeds = subjects + 0.7 * surroundings
    teacher, projector = tiny_projector(), tiny_projector()
    projector.load_state_dict(teacher.state_dict())
    stage = InvarianceStage(projector, teacher, embeds)

    def spread() -> float:
        with torch.no_grad():
            return float(projector(embeds).var(1).mean())

    before = spread()
    settings = {"warmup": 1, "ema": 0.5, "mixed_precision": "no", "optimizer": "adamw"}
    train(stage, TrainConfig(Budget(steps=60), 64, 5e-3, **settings), folder)
    assert spread() < 0.6 * before
