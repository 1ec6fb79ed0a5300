"""Architectures of the miniature, each SD 1.5's own class in a small size."""

from __future__ import annotations

from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTextConfig, CLIPVisionConfig

from training.models.projector import PseudoWordProjector
from training.models.tokenizer import MAX_TOKENS

LATENT_CHANNELS = 4
TEXT_WIDTH = 192
IMAGE_WIDTH = 256
PROJECTION = 192


def build_vae() -> AutoencoderKL:
    """AutoencoderKL with f = 16: [b, 3, 256, 256] ↔ [b, 4, 16, 16]."""
    return AutoencoderKL(
        block_out_channels=(32, 32, 64, 96, 160),
        down_block_types=("DownEncoderBlock2D",) * 5,
        up_block_types=("UpDecoderBlock2D",) * 5,
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=256,
    )


def build_tiny_autoencoder() -> AutoencoderTiny:
    """AutoencoderTiny of as many levels, most of its decoder where maps are small; the encoder is not trained."""
    widths = (32,) * 5
    return AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=(0,) * 5,
        num_decoder_blocks=(6, 4, 2, 1, 0),
        latent_channels=LATENT_CHANNELS,
    )


def build_clip(vocab_size: int, eos_token_id: int) -> CLIPModel:
    """CLIPModel: text transformer of 77 positions, vision transformer of 64 × 64 pixels."""
    text = CLIPTextConfig(
        vocab_size=vocab_size,
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=4,
        num_attention_heads=3,
        max_position_embeddings=MAX_TOKENS,
        projection_dim=PROJECTION,
        hidden_act="quick_gelu",
        bos_token_id=eos_token_id - 1,
        eos_token_id=eos_token_id,
        pad_token_id=eos_token_id,
    )
    vision = CLIPVisionConfig(
        hidden_size=IMAGE_WIDTH,
        intermediate_size=4 * IMAGE_WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
        image_size=64,
        patch_size=16,
        projection_dim=PROJECTION,
        hidden_act="quick_gelu",
    )
    return CLIPModel(CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=PROJECTION))


def image_processor() -> CLIPImageProcessor:
    """64 × 64: shortest edge bicubic, centre crop, pixels scaled to [−1, 1]."""
    return CLIPImageProcessor(
        size={"shortest_edge": 64},
        crop_size={"height": 64, "width": 64},
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
    )


def build_unet() -> UNet2DConditionModel:
    """UNet2DConditionModel on [b, 4, 16, 16] latents; cross-attention at 8 × 8 and in the middle."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def build_projector() -> PseudoWordProjector:
    """Two hidden layers of 512 between the image embedding and the token-embedding space."""
    return PseudoWordProjector(PROJECTION, [512, 512], TEXT_WIDTH, "gelu")


def scheduler_config() -> dict[str, object]:
    """SD 1.5's noise schedule."""
    return {
        "num_train_timesteps": 1000,
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "clip_sample": False,
        "set_alpha_to_one": False,
        "steps_offset": 1,
        "prediction_type": "epsilon",
        "timestep_spacing": "leading",
    }
