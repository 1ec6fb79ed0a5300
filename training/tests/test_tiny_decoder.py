"""A tiny decoder learns what the large one draws, and its file is diffusers' own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import tiny_vae
from diffusers import AutoencoderKL, AutoencoderTiny
from safetensors import safe_open
from training.loop.config import TrainConfig
from training.loop.schedule import Budget
from training.loop.trainer import train
from training.models.picturebook import build_tiny_autoencoder
from training.stages.tiny_decoder import TinyDecoderStage, decode_pictures, save_tiny, write_targets


@pytest.fixture
def large() -> AutoencoderKL:
    """A large decoder of f = 4, whose scaling factor is not 1."""
    vae = tiny_vae(3).eval()
    vae.register_to_config(scaling_factor=0.5)
    return vae


def small() -> AutoencoderTiny:
    """As many levels, four channels."""
    torch.manual_seed(2)
    return AutoencoderTiny(
        encoder_block_out_channels=(4,) * 3,
        decoder_block_out_channels=(4,) * 3,
        num_encoder_blocks=(0,) * 3,
        num_decoder_blocks=(1, 1, 0),
    )


def test_targets_are_the_large_decoders_pictures_of_the_very_latents_that_are_kept(large, folder: Path) -> None:
    write_targets(large, torch.randn(5, 4, 4, 6), folder, batch_size=2)
    latents, pictures = np.load(folder / "latents.npy"), np.load(folder / "pictures.npy")
    assert latents.shape == (5, 4, 4, 6) and pictures.shape == (5, 16, 24, 3)
    own = decode_pictures(large, torch.from_numpy(latents).float())
    assert np.abs(own.astype(int) - pictures).max() <= 1
    with torch.no_grad():
        scaled = large.decode(torch.from_numpy(latents[:1]).float() / 0.5).sample
    assert np.abs((scaled[0].permute(1, 2, 0).numpy().clip(-1, 1) + 1) * 127.5 - pictures[0]).max() < 1


def test_a_tiny_decoder_comes_nearer_to_the_large_one(large, folder: Path) -> None:
    write_targets(large, torch.randn(6, 4, 4, 4), folder)
    latents, pictures = np.load(folder / "latents.npy"), np.load(folder / "pictures.npy")
    stage = TinyDecoderStage(small(), latents, pictures)
    batch = stage.sample(torch.Generator().manual_seed(1), 6, 0.0)
    with torch.no_grad():
        before = stage(batch)
    settings = {"warmup": 1, "ema": 0.5, "mixed_precision": "no"}
    train(stage, TrainConfig(Budget(steps=60), 4, 5e-3, **settings), folder)
    with torch.no_grad():
        after = stage(batch)
    assert after["loss"] < 0.7 * before["loss"] and after["psnr"] > before["psnr"]


def test_crops_of_latents_come_with_their_own_part_of_the_picture() -> None:
    rows, columns = np.meshgrid(np.arange(8), np.arange(12), indexing="ij")
    latents = np.stack([rows, columns, rows, columns]).astype(np.float16)[None]
    pictures = np.stack([rows, columns, rows], -1).repeat(4, 0).repeat(4, 1).astype(np.uint8)[None]
    stage = TinyDecoderStage(small(), latents, pictures)
    early, late = (stage.sample(torch.Generator().manual_seed(3), 8, progress) for progress in (0.0, 1.0))
    assert early["latents"].shape == (8, 4, 4, 6) and early["pixels"].shape == (8, 3, 16, 24)
    assert late["latents"].shape == (2, 4, 8, 12) and late["pixels"].shape == (2, 3, 32, 48)
    for batch in (early, late):
        assert torch.equal(batch["pixels"][:, :, ::4, ::4].float(), batch["latents"][:, :3])


def test_diffusers_reads_the_file_which_holds_the_decoder_alone(tmp_path: Path) -> None:
    tiny = small()
    save_tiny(tiny, tmp_path)
    with safe_open(tmp_path / "diffusion_pytorch_model.safetensors", "pt") as file:
        assert all(name.startswith("decoder.layers.") for name in file.keys())  # noqa: SIM118
    read = AutoencoderTiny.from_pretrained(tmp_path)
    latents = torch.randn(1, 4, 4, 4)
    with torch.no_grad():
        torch.testing.assert_close(read.decode(latents).sample, tiny.decode(latents).sample)


def test_the_miniatures_has_sixteen_pixels_an_edge_for_one_latent() -> None:
    with torch.no_grad():
        assert build_tiny_autoencoder().decode(torch.zeros(1, 4, 2, 3)).sample.shape == (1, 3, 32, 48)
