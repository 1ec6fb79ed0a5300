"""Every stage on tiny networks: losses fall, resumed runs equal unbroken ones, frozen parts stay."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from conftest import tiny_clip, tiny_projector, tiny_unet, tiny_vae
from diffusers import DDIMScheduler
from torch import nn
from training.evaluation.judge import Judge
from training.evaluation.judge_stage import JudgeStage
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.picturebook import scheduler_config
from training.stages.decoder import DecoderStage
from training.stages.encoders import EncodersStage
from training.stages.noise_prediction import FOCUS, focused_mean
from training.stages.text_to_image import TextToImageStage
from training.stages.tiue import TEXT, UNIFIED, TiueStage, draw_conditions, drop_pins
from training.stages.vae import VaeStage


def config(steps: int, **changes) -> TrainConfig:
    settings = {
        "batch_size": 4,
        "learning_rate": 5e-3,
        "warmup": 1,
        "ema": 0.5,
        "save_seconds": 1e9,
        "mixed_precision": "no",
    }
    return TrainConfig(Budget(steps=steps), **{**settings, **changes})


def tiue_stage(networks, rows, train_unet: bool) -> TiueStage:
    torch.manual_seed(2)
    scheduler = DDIMScheduler(**scheduler_config())
    unconditional = torch.zeros(77, 16)
    return TiueStage(
        tiny_projector(), tiny_unet(), networks.clip.text_model, scheduler, rows, unconditional, train_unet
    )


def make(name: str, networks, world, rows) -> nn.Module:
    torch.manual_seed(2)
    if name == "vae":
        return VaeStage(tiny_vae(), world, crop=32)
    if name == "encoders":
        return EncodersStage(tiny_clip(len(networks.tokenizer)), networks.tokenizer, world)
    if name == "unet":
        return TextToImageStage(tiny_unet(), DDIMScheduler(**scheduler_config()), rows, torch.zeros(77, 16))
    if name == "judge":
        return JudgeStage(Judge(4), world)
    return tiue_stage(networks, rows, train_unet=name == "joint")


@torch.no_grad()
def loss_on_fixed_batch(stage: nn.Module) -> float:
    batch = stage.sample(torch.Generator().manual_seed(99), 16, 0.0)
    torch.manual_seed(5)
    return float(stage.eval()(batch)["loss"])


@pytest.mark.parametrize("name", ["vae", "encoders", "unet", "joint", "judge"])
def test_a_stage_lowers_its_loss(name: str, networks, world, rows, folder: Path) -> None:
    stage = make(name, networks, world, rows)
    before = loss_on_fixed_batch(stage)
    train(stage.train(), config(40, batch_size=8), folder)
    assert loss_on_fixed_batch(stage) < 0.97 * before


def test_the_projector_phase_lowers_the_loss_of_a_batch_it_sees_again(networks, rows, folder: Path) -> None:
    stage = tiue_stage(networks, rows, train_unet=False)
    nn.init.normal_(stage.unet.conv_out.weight, std=0.3)
    batch = stage.sample(torch.Generator().manual_seed(99), 16, 0.0)
    stage.sample = lambda *_: batch
    before = float(stage(batch)["loss"].detach())
    train(stage, config(40), folder)
    assert float(stage(batch)["loss"].detach()) < before


@pytest.mark.parametrize("name", ["vae", "encoders", "unet", "projector", "joint"])
def test_a_resumed_run_equals_an_unbroken_one(name: str, networks, world, rows, tmp_path: Path) -> None:
    unbroken = make(name, networks, world, rows)
    seeded_train(unbroken, config(6), tmp_path / "unbroken")
    broken = make(name, networks, world, rows)
    halted = Halted(broken, after=3)
    with pytest.raises(KeyboardInterrupt):
        seeded_train(halted, config(6, save_seconds=-1.0), tmp_path / "broken")
    resumed = make(name, networks, world, rows)
    with torch.no_grad():
        for parameter in resumed.parameters():
            if parameter.requires_grad:
                parameter.zero_()
    seeded_train(resumed, config(6), tmp_path / "broken")
    for one, other in zip(unbroken.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


class Halted(nn.Module):
    """A stage that is interrupted in the middle of its run."""

    def __init__(self, stage: nn.Module, after: int) -> None:
        super().__init__()
        self.stage, self.left = stage, after

    def sample(self, *args):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return self.stage.sample(*args)

    def forward(self, batch):
        return self.stage(batch)


def seeded_train(stage: nn.Module, settings: TrainConfig, folder: Path) -> None:
    """Train with the global generator (the VAE's sampling noise) tied to the step, not to history."""
    inner = stage.sample

    def sample(generator, *args):
        torch.manual_seed(generator.initial_seed())
        return inner(generator, *args)

    stage.sample = sample
    train(stage, settings, folder)


def test_frozen_parts_stay_bit_identical(networks, rows, folder: Path) -> None:
    for train_unet in (False, True):
        stage = tiue_stage(networks, rows, train_unet)
        before = {key: value.clone() for key, value in stage.state_dict().items()}
        train(stage, config(3), folder / str(train_unet))
        moved = {key.split(".")[0] for key, value in stage.state_dict().items() if not torch.equal(value, before[key])}
        assert moved == ({"projector", "unet"} if train_unet else {"projector"})


def test_a_going_on_image_encoder_leaves_the_text_states_alone(networks, world, folder: Path) -> None:
    torch.manual_seed(2)
    stage = EncodersStage(tiny_clip(len(networks.tokenizer)), networks.tokenizer, world, train_text=False)
    before = {key: value.clone() for key, value in stage.state_dict().items()}
    train(stage, config(2), folder)
    moved = {key for key, value in stage.state_dict().items() if not torch.equal(value, before[key])}
    assert any(key.startswith("clip.vision_model.") for key in moved)
    assert not any(key.startswith("clip.text_") for key in moved)


def test_a_going_on_decoder_leaves_the_latents_alone(world, folder: Path) -> None:
    torch.manual_seed(2)
    stage = DecoderStage(tiny_vae(), world)
    before, loss = {key: value.clone() for key, value in stage.state_dict().items()}, loss_on_fixed_batch(stage)
    train(stage.train(), config(30), folder)
    assert loss_on_fixed_batch(stage) < 0.97 * loss
    moved = {key.split(".")[1] for key, value in stage.state_dict().items() if not torch.equal(value, before[key])}
    assert moved == {"decoder", "post_quant_conv"}


def test_errors_within_the_focus_weigh_more_and_the_mean_stays_a_mean() -> None:
    focus = torch.zeros(1, 4, 4, dtype=torch.bool)
    focus[:, :2] = True
    inside = torch.where(focus, 1.0, 0.0)
    assert float(focused_mean(torch.ones(1, 4, 4), focus)) == pytest.approx(1)
    assert float(focused_mean(inside, focus)) == pytest.approx(FOCUS / (FOCUS + 1))
    assert float(focused_mean(inside, None)) == pytest.approx(0.5)


def test_conditions_come_in_the_papers_shares() -> None:
    drawn = draw_conditions(20_000, torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn, minlength=3) / 20_000
    assert torch.allclose(shares, torch.tensor([0.1, 0.54, 0.36]), atol=0.015)
    assert (draw_conditions(50, torch.Generator(), unified_only=True) == UNIFIED).all()


def test_text_condition_ignores_the_picture(networks, rows) -> None:
    stage = tiue_stage(networks, rows, train_unet=True).eval()
    batch = stage.sample(torch.Generator().manual_seed(1), 4, 0.0)
    other = {**batch, "image_embeds": batch["image_embeds"] + 3}
    for condition, same in ((TEXT, True), (UNIFIED, False)):
        told = torch.full((4,), condition)
        a, b = (float(stage({**case, "condition": told})["loss"].detach()) for case in (batch, other))
        assert (a == b) is same


def test_dropping_pins_never_leaves_a_sample_without_one() -> None:
    spans = torch.tensor([[[2, 3], [5, 6], [0, 0]]]).repeat(400, 1, 1)
    pinned = (drop_pins(spans, torch.Generator().manual_seed(0))[..., 1] > 0).sum(1)
    assert pinned.min() == 1 and pinned.max() == 2 and 0.2 < (pinned == 1).float().mean() < 0.4
    lone = torch.tensor([[[2, 3], [0, 0], [0, 0]]]).repeat(50, 1, 1)
    assert torch.equal(drop_pins(lone, torch.Generator()), lone)


def test_a_budget_is_steps_or_minutes() -> None:
    with pytest.raises(ValueError, match="either in steps or in minutes"):
        Budget(steps=1, minutes=1)
    assert Budget(steps=4).progress(2, 1e9) == 0.5
    assert Budget(minutes=1).progress(10**9, 30) == 0.5
