"""What diffusers' own loaders make of embeddings and LoRA files, on a tiny pipeline."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel

from bpe_vocabulary import make_tokenizer

WIDTH = 8


def tiny_pipeline(seed: int) -> StableDiffusionPipeline:
    """A Stable Diffusion pipeline of a few thousand weights."""
    torch.manual_seed(seed)
    tokenizer = make_tokenizer("<|endoftext|>")
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=2,
            num_attention_heads=2,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 12),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        attention_head_dim=2,
        cross_attention_dim=WIDTH,
        norm_num_groups=4,
    )
    vae = AutoencoderKL(block_out_channels=(4,), norm_num_groups=4)
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=DDIMScheduler(clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def check_exported_embedding(data: Path) -> None:
    """exported.safetensors was written by writeTextualInversion; diffusers must read the same vectors [2, 8] from it."""
    folder = data / "textual-inversion"
    vectors = load_file(folder / "vectors.safetensors")["vectors"]
    pipeline = tiny_pipeline(6)
    pipeline.load_textual_inversion(folder / "exported.safetensors")
    ids = pipeline.tokenizer.convert_tokens_to_ids(["<my-dog>", "<my-dog>_1"])
    loaded = pipeline.text_encoder.get_input_embeddings().weight[ids]
    assert torch.equal(loaded, vectors), "diffusers reads other vectors"
    # A1111 and ComfyUI take the only tensor of such a file, whatever its name.
    (only,) = load_file(folder / "exported.safetensors").values()
    assert torch.equal(only, vectors)
    print("exported.safetensors: diffusers' load_textual_inversion gives the same vectors")
