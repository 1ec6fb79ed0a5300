"""The look: the adapter against diffusers' own loader and processors, its stage, and what its branches see."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from conftest import tiny_projector, tiny_unet
from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.look import LookAdapter, cross_attentions, install_look, load_look, save_look
from training.models.picturebook import scheduler_config
from training.models.word_maps import WordMaps, at_grid, word_maps
from training.stages.look import LookStage, gates


def adapter_for(unet: UNet2DConditionModel) -> LookAdapter:
    torch.manual_seed(7)
    adapter = LookAdapter(unet, image_width=16, width=64, queries=5)
    for pair in adapter.ip_adapter.values():
        torch.nn.init.normal_(pair.to_v_ip.weight, std=0.3)
    return adapter


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(3)
    save_look(adapter_for(tiny_unet()), tmp_path)
    return tmp_path


def diffusers_state(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    """A flat file as diffusers' load_ip_adapter passes it on."""
    parts: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for key, value in load_file(path).items():
        part, rest = key.split(".", 1)
        parts[part][rest] = value.float()
    return parts


def test_diffusers_loads_the_file_and_draws_the_same(saved: Path) -> None:
    torch.manual_seed(3)
    ours, theirs = tiny_unet().eval(), tiny_unet().eval()
    theirs.load_state_dict(ours.state_dict())
    adapter = load_look(ours, saved).eval()
    theirs._load_ip_adapter_weights([diffusers_state(saved / "ip_adapter.safetensors")])
    for processor in theirs.attn_processors.values():
        if hasattr(processor, "scale"):
            processor.scale = [0.7]
    sample, states, patches = torch.randn(2, 4, 16, 16), torch.randn(2, 77, 16), torch.randn(2, 5, 16)
    look = install_look(ours, adapter)
    with torch.no_grad():
        without = ours(sample, 9, states).sample
        look.tokens, look.gate, look.scale = adapter.image_proj(patches)[:, None], torch.ones(2, 1, 16, 16), 0.7
        expected = theirs(sample, 9, states, added_cond_kwargs={"image_embeds": [patches[:, None]]}).sample
        with_look = ours(sample, 9, states).sample
    torch.testing.assert_close(with_look, expected, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(with_look, without, atol=1e-3)


def test_a_gate_of_zeros_is_no_look(saved: Path) -> None:
    unet = tiny_unet().eval()
    sample, states = torch.randn(1, 4, 16, 16), torch.randn(1, 77, 16)
    with torch.no_grad():
        expected = unet(sample, 9, states).sample
        look = install_look(unet, load_look(unet, saved))
        look.tokens, look.gate = torch.randn(1, 2, 5, 16), torch.zeros(1, 2, 16, 16)
        torch.testing.assert_close(unet(sample, 9, states).sample, expected, atol=1e-5, rtol=1e-4)


def test_names_are_h94s(saved: Path) -> None:
    names = set(load_file(saved / "ip_adapter.safetensors"))
    numbers = [n for n, _ in cross_attentions(tiny_unet())]
    assert all(n % 2 == 1 for n in numbers)
    assert {f"ip_adapter.{n}.to_{kind}_ip.weight" for n in numbers for kind in "kv"} <= names
    assert {"image_proj.latents", "image_proj.layers.3.0.to_kv.weight", "image_proj.layers.0.1.3.weight"} <= names


def look_stage(networks, rows) -> LookStage:
    torch.manual_seed(2)
    unet = tiny_unet()
    torch.nn.init.normal_(unet.conv_out.weight, std=0.3)
    scheduler = DDIMScheduler(**scheduler_config())
    frozen = (tiny_projector(), unet, networks.clip.text_model, networks.clip.vision_model)
    return LookStage(LookAdapter(unet, 16, 64, 4), *frozen, scheduler, rows, torch.zeros(77, 16))


def test_the_stage_learns_and_moves_nothing_but_the_adapter(networks, rows, folder: Path) -> None:
    stage = look_stage(networks, rows)
    batch = stage.sample(torch.Generator().manual_seed(99), 16, 0.0)
    stage.sample = lambda *_: batch
    before = {key: value.clone() for key, value in stage.state_dict().items()}
    loss = float(stage(batch)["loss"].detach())
    settings = {"warmup": 1, "ema": 0.5, "mixed_precision": "no"}
    train(stage, TrainConfig(Budget(steps=30), 16, 5e-3, **settings), folder)
    assert float(stage(batch)["loss"].detach()) < loss
    moved = {key.split(".")[0] for key, value in stage.state_dict().items() if not torch.equal(value, before[key])}
    assert moved == {"adapter"}


def test_several_subjects_are_looked_at_in_their_own_boxes_and_a_lone_one_everywhere_if_asked() -> None:
    spans = torch.tensor([[[2, 3], [5, 6], [0, 0]], [[2, 3], [0, 0], [7, 8]]])
    regions = torch.zeros(2, 2, 4, 4, dtype=torch.bool)
    regions[:, 0, :, :2] = True
    regions[:, 1, :, 2:] = True
    told = gates(spans, regions, torch.tensor([True, True]))
    assert torch.equal(told[0], regions[0].float())
    assert told[1, 0].eq(1).all() and told[1, 1].eq(0).all()
    assert torch.equal(gates(spans, regions, torch.tensor([False, False]))[1, 0], regions[1, 0].float())


def test_word_maps_are_the_words_attention_by_its_most_and_of_two_words_one_has_each_place() -> None:
    attention = torch.tensor([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8], [0.4, 0.2, 0.4]])[None, None]
    both = word_maps(attention.expand(2, 3, 4, 3), torch.tensor([[[0, 1], [1, 3]], [[0, 1], [0, 0]]]))
    first, second = torch.tensor([0.8, 0.2, 0.1, 0.4]) / 0.8, torch.tensor([0.1, 0.4, 0.45, 0.3]) / 0.45
    torch.testing.assert_close(both[0, 0], torch.where(first >= second, first, 0.0), atol=1e-5, rtol=0)
    torch.testing.assert_close(both[0, 1], torch.where(first >= second, 0.0, second), atol=1e-5, rtol=0)
    torch.testing.assert_close(both[1, 0], first, atol=1e-5, rtol=0)
    assert both[1, 1].eq(0).all()


def test_maps_go_to_other_grids_as_torchs_nearest_does() -> None:
    maps = torch.randn(2, 3, 8, 8)
    for edge in (4, 8, 16):
        expected = F.interpolate(maps, (edge, edge), mode="nearest")
        torch.testing.assert_close(at_grid(maps.flatten(2), edge * edge), expected.flatten(2))


def test_a_bound_look_is_seen_where_its_word_was_in_the_step_before_until_this_steps_maps_are_there(
    saved: Path,
) -> None:
    unet = tiny_unet().eval()
    look = install_look(unet, load_look(unet, saved))
    sample, states = torch.randn(1, 4, 16, 16), torch.randn(1, 77, 16)
    look.tokens, look.gate = torch.randn(1, 1, 5, 16), torch.ones(1, 1, 16, 16)
    with torch.no_grad():
        look.is_on = False
        without = unet(sample, 9, states).sample
        look.is_on = True
        everywhere = unet(sample, 9, states).sample
        look.words = WordMaps(torch.tensor([[[2, 3]]]), slice(0, 1))
        first = unet(sample, 9, states).sample
        second = unet(sample, 9, states).sample
        look.words = WordMaps(torch.tensor([[[0, 0]]]), slice(0, 1))
        nowhere = unet(sample, 9, states).sample
    torch.testing.assert_close(nowhere, without)
    for a, b in ((without, everywhere), (everywhere, first), (first, second), (without, first)):
        assert not torch.allclose(a, b, atol=1e-4)
