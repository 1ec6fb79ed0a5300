"""The autoencoder's later stages: a decoder grown by a block, an encoder learnt for latents that exist, sharpness."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from conftest import tiny_clip, tiny_projector, tiny_unet, tiny_vae
from training.adopt import main as adopt
from training.export import export
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.grow import grow_decoder
from training.models.networks import Networks, load_networks
from training.stages.decoder import DecoderStage, gradient_energy
from training.stages.latent_encoder import LatentEncoderStage


def test_a_grown_decoder_begins_with_the_old_pictures_enlarged() -> None:
    small, large = tiny_vae(4).eval(), tiny_vae(5).eval()
    grow_decoder(small, large)
    latents = torch.randn(1, 4, 8, 8)
    with torch.no_grad():
        old, new = small.decode(latents).sample, large.decode(latents).sample
    assert new.shape[-1] == 2 * old.shape[-1]
    error = F.avg_pool2d(new, 2) - old
    assert error.abs().mean() < 0.35 * old.std()


def test_decoders_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one more block"):
        grow_decoder(tiny_vae(5), tiny_vae(5))


def test_a_new_encoder_meets_latents_that_exist(world, folder: Path) -> None:
    torch.manual_seed(2)
    vae, teacher = tiny_vae(5), tiny_vae(4)
    stage = LatentEncoderStage(vae, teacher, world)
    frozen = [p.clone() for p in (*teacher.parameters(), *vae.decoder.parameters())]
    batch = stage.sample(torch.Generator().manual_seed(3), 8, 0.0)
    before = float(stage(batch)["loss"].detach())
    settings = {"warmup": 1, "ema": 0.5, "mixed_precision": "no"}
    train(stage, TrainConfig(Budget(steps=25), 8, 5e-3, **settings), folder)
    assert float(stage(batch)["loss"].detach()) < before
    assert all(
        torch.equal(a, b) for a, b in zip(frozen, (*teacher.parameters(), *vae.decoder.parameters()), strict=True)
    )
    assert stage.sample(torch.Generator(), 8, 1.0)["pixels"].shape == (2, 3, 256, 256)


def test_only_the_last_blocks_train_where_so_many_are_asked_for(world) -> None:
    stage = DecoderStage(tiny_vae(), world, blocks=2)
    trained = {name.split(".", 1)[1] for name, p in stage.named_parameters() if p.requires_grad}
    places = {".".join(name.split(".")[1:3]) if "up_blocks" in name else name.split(".")[1] for name in trained}
    assert places == {"up_blocks.3", "up_blocks.4", "conv_norm_out", "conv_out"}


def test_a_blurred_outline_loses_gradient_energy_and_one_that_moved_by_a_pixel_does_not() -> None:
    line = torch.zeros(1, 3, 16, 16)
    line[..., 9:11] = 1
    blurred = F.avg_pool2d(F.pad(line, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    energy = gradient_energy(line).sum()
    assert gradient_energy(blurred).sum() < 0.5 * energy
    assert gradient_energy(line.roll(1, -1)).sum() == energy


@pytest.mark.parametrize("blocks", [4, 5], ids=["of half the size", "of today's size"])
def test_a_release_is_adopted_with_its_weights(
    networks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int
) -> None:
    released = Networks(tiny_vae(blocks).eval(), networks.clip, networks.tokenizer)
    export(released, tiny_unet(), tiny_projector(), tmp_path / "model")
    networks.tokenizer.save_pretrained(tmp_path / "model" / "tokenizer")
    monkeypatch.setattr("training.adopt.build_vae", lambda: tiny_vae(5))
    monkeypatch.setattr("training.adopt.build_clip", lambda vocab, _eos: tiny_clip(vocab))
    adopt([str(tmp_path / "model"), "--work", str(tmp_path / "work")])
    loaded = load_networks(tmp_path / "work" / "runs")
    ids = torch.arange(77)[None]
    with torch.no_grad():
        expected = networks.clip.text_model(input_ids=ids).last_hidden_state
        torch.testing.assert_close(
            loaded.clip.text_model(input_ids=ids).last_hidden_state, expected, atol=5e-3, rtol=2e-2
        )
    key = "decoder.mid_block.resnets.0.conv1.weight"
    torch.testing.assert_close(loaded.vae.state_dict()[key], released.vae.state_dict()[key], atol=1e-3, rtol=1e-3)
