"""The look's head start: words of known traits, a resampler that reads, a teacher in place of the noise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from conftest import tiny_projector, tiny_unet
from diffusers import DDIMScheduler
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.look import LookAdapter, Resampler
from training.models.picturebook import scheduler_config
from training.models.trait_words import LOUDER_ACCESSORY, LOUDER_PATTERN, TraitWords
from training.stages.look import LookStage
from training.stages.look_reading import LookReadingStage, subject_attributes
from training.stages.louder import LouderStage
from training.stages.trait_words import TraitWordsStage, mean_words, pinned_embeds, world_traits
from training.world.attributes import CHOICES, IGNORE
from training.world.identity import ACCESSORIES, ACCESSORY_WEIGHTS, PATTERNS
from training.world.scene import sample_scene
from training.world.traits import ACCESSORY_PLACES, PATTERN_PLACES, TRAITS, traits_of

SETTINGS = {"warmup": 1, "ema": 0.5, "mixed_precision": "no"}


def test_traits_tell_subjects_apart_by_what_differs_alone() -> None:
    subject = sample_scene(5, subjects=1).subjects[0]
    other = replace(subject, identity=replace(subject.identity, accessory="none", pattern="plain"))
    worn = replace(other, identity=replace(other.identity, accessory="hat"))
    plain, hat = traits_of(other), traits_of(worn)
    assert len(plain) == TRAITS
    assert plain[PATTERN_PLACES].index(1.0) == PATTERNS.index("plain")
    assert hat[ACCESSORY_PLACES].index(1.0) == ACCESSORIES.index("hat")
    differing = {i for i, (a, b) in enumerate(zip(plain, hat, strict=True)) if a != b}
    assert differing <= set(range(ACCESSORY_PLACES.start, ACCESSORY_PLACES.stop))


def test_words_of_traits_are_the_mean_of_what_was_said(folder: Path) -> None:
    traits = torch.zeros(200, TRAITS)
    kinds = torch.arange(200) % len(PATTERNS)
    traits[torch.arange(200), PATTERN_PLACES.start + kinds] = 1
    meant = torch.randn(len(PATTERNS), 16)[kinds]
    model = TraitWords(16, 32)
    stage = TraitWordsStage(model, traits, meant + 0.5 * torch.randn(200, 16))
    train(stage, TrainConfig(Budget(steps=150), 64, 1e-2, optimizer="adamw", **SETTINGS), folder)
    with torch.no_grad():
        assert float((model(traits) - meant).square().mean()) < 0.05


def test_louder_words_go_on_from_the_mean_of_all_patterns_and_accessories() -> None:
    model = TraitWords(16)
    model.layers = torch.nn.Linear(TRAITS, 16)
    subject = sample_scene(5, subjects=1).subjects[0]
    who = replace(subject.identity, pattern="striped", accessory="hat")
    traits = torch.tensor([traits_of(replace(subject, identity=who))])
    with torch.no_grad():
        columns = model.layers.weight.T
        patterns, accessories = columns[PATTERN_PLACES], columns[ACCESSORY_PLACES]
        pattern = patterns[PATTERNS.index("striped")] - patterns.mean(0)
        accessory = accessories[ACCESSORIES.index("hat")] - torch.tensor(ACCESSORY_WEIGHTS) @ accessories
        expected = model(traits) + LOUDER_PATTERN * pattern + LOUDER_ACCESSORY * accessory
        torch.testing.assert_close(model.louder(traits), expected)


def test_the_projectors_words_and_the_traits_are_of_the_same_subjects(rows, world) -> None:
    embeds, pinned = pinned_embeds(rows)
    words = mean_words(tiny_projector(), embeds)
    traits = world_traits(world, len(rows))
    assert words.shape == (48, 2, 16) and traits.shape == (48, 2, TRAITS)
    assert traits[pinned].any(-1).all()


def test_a_projector_learns_the_louder_words_from_every_view(folder: Path) -> None:
    embeds = torch.randn(40, 1, 16) + 0.1 * torch.randn(40, 4, 16)
    projector, words = tiny_projector(), 5 * torch.randn(40, 16)
    stage = LouderStage(projector, embeds, words)
    train(stage, TrainConfig(Budget(steps=200), 64, 2e-2, optimizer="adamw", **SETTINGS), folder)
    with torch.no_grad():
        assert float((projector(embeds) - words[:, None]).square().mean()) < 0.5 * float(words.square().mean())


def test_a_resampler_learns_to_read_patches(networks, rows, world, folder: Path) -> None:
    attributes = subject_attributes(world, len(rows))
    assert attributes[..., 1 : len(CHOICES) - 2].eq(IGNORE).all()
    resampler = Resampler(16, 64, 16, 4)
    stage = LookReadingStage(resampler, networks.clip.vision_model, rows, attributes, torch.randn(48, 2, 16))
    batch = stage.sample(torch.Generator().manual_seed(1), 24, 0.0)
    stage.sample = lambda *_: batch
    before = float(stage(batch)["loss"].detach())
    train(stage, TrainConfig(Budget(steps=40), 24, 5e-3, **SETTINGS), folder)
    assert float(stage(batch)["loss"].detach()) < 0.7 * before


@pytest.fixture
def taught(networks, rows) -> LookStage:
    torch.manual_seed(2)
    unet = tiny_unet()
    torch.nn.init.normal_(unet.conv_out.weight, std=0.3)
    frozen = (tiny_projector(), unet, networks.clip.text_model, networks.clip.vision_model)
    scheduler = DDIMScheduler(**scheduler_config())
    words = 3 * torch.randn(48, 2, 16)
    return LookStage(LookAdapter(unet, 16, 64, 4), *frozen, scheduler, rows, torch.zeros(77, 16), words=words)


def test_a_teacher_that_knows_no_more_leaves_nothing_to_learn(taught: LookStage) -> None:
    batch = taught.sample(torch.Generator().manual_seed(9), 16, 0.0)
    batch["text"] = torch.full((16,), 0.1)
    assert float(taught(batch)["loss"].detach()) > 0
    batch["words"] = taught.projector(batch["image_embeds"])[:, :2].detach()
    assert float(taught(batch)["loss"].detach()) == 0


def test_a_look_comes_nearer_to_its_teacher(taught: LookStage, folder: Path) -> None:
    batch = taught.sample(torch.Generator().manual_seed(9), 16, 0.0)
    taught.sample = lambda *_: batch
    before = float(taught(batch)["loss"].detach())
    train(taught, TrainConfig(Budget(steps=30), 16, 5e-3, **SETTINGS), folder)
    assert float(taught(batch)["loss"].detach()) < 0.9 * before
