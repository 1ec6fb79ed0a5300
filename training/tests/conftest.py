"""Tiny worlds and networks that the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from training.dataset.cache import build_shard
from training.dataset.prerender import WorldArrays, prerender
from training.models.networks import Networks
from training.models.projector import PseudoWordProjector
from training.models.tokenizer import build_tokenizer
from training.world.captions import all_words
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> WorldArrays:
    """48 scenes at 256 × 256, of every style."""
    return prerender(tmp_path_factory.mktemp("world"), 48, first_seed=112, workers=1)


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):
    """The world's tokenizer."""
    return build_tokenizer(all_words(), tmp_path_factory.mktemp("tokenizer"))


def tiny_vae(blocks: int = 5) -> AutoencoderKL:
    """f = 16 with five blocks, f = 8 with four; some thousand parameters."""
    return AutoencoderKL(
        block_out_channels=(8,) * blocks,
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=16 * 2 ** (blocks - 1),
    )


def tiny_clip(vocab: int) -> CLIPModel:
    """Width 16, two layers."""
    shared = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = CLIPTextConfig(
        vocab_size=vocab,
        eos_token_id=vocab - 1,
        bos_token_id=vocab - 2,
        pad_token_id=vocab - 1,
        projection_dim=16,
        **shared,
    )
    vision = CLIPVisionConfig(image_size=64, patch_size=32, projection_dim=16, **shared)
    return CLIPModel(CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=16))


def tiny_unet() -> UNet2DConditionModel:
    """Two levels of 8 channels."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 8),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=2,
        norm_num_groups=4,
    )


def tiny_projector() -> PseudoWordProjector:
    """One hidden layer."""
    return PseudoWordProjector(16, [24], 16)


@pytest.fixture(scope="session")
def networks(tokenizer) -> Networks:
    """Frozen tiny networks."""
    torch.manual_seed(1)
    return Networks(tiny_vae().eval(), tiny_clip(len(tokenizer)).eval(), tokenizer)


class ShardRows:
    """One shard in memory, read like training.dataset.cached.CachedWorld."""

    def __init__(self, shard: dict) -> None:
        self.shard = {key: torch.from_numpy(value) for key, value in shard.items()}

    def __len__(self) -> int:
        return len(self.shard["latents"])

    def draw(self, count: int, generator: torch.Generator) -> list[int]:
        return torch.randint(len(self), (count,), generator=generator).tolist()

    def rows(self, indices: list[int], fields: tuple[str, ...] | None = None) -> dict[str, torch.Tensor]:
        picked = {key: self.shard[key][indices] for key in fields or self.shard}
        return {key: value.float() if value.is_floating_point() else value for key, value in picked.items()}


@pytest.fixture(scope="session")
def rows(networks: Networks, world: WorldArrays) -> ShardRows:
    """The world's 48 scenes, encoded by the tiny networks."""
    return ShardRows(build_shard(networks, world, 0, len(world)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for checkpoints."""
    return tmp_path / "run"
