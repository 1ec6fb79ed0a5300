"""Single files with LDM keys, made from tiny diffusers models, and what diffusers' own loader reads out of them."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    create_diffusers_clip_model_from_ldm,
)
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

from bpe_vocabulary import make_tokenizer
from cases import SD1_SCHEDULER
from checkpoints import TEXT_GAINS
from fit_denoiser import fit_output_layer
from picture_runs import PictureRun, make_picture, save_pictures
from random_weights import scale_randomly

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
OUTER = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.attentions.0": "middle_block.1",
}
VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}

CASES: dict[str, dict[str, Any]] = {
    "conv-projection": {
        "block_out_channels": (32, 64),
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "layers_per_block": 1,
    },
    "linear-projection": {
        "block_out_channels": (32, 32),
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "layers_per_block": 1,
        "use_linear_projection": True,
    },
}


def unet_to_ldm(name: str, layers: int, attends: list[bool]) -> str:
    """LDM's name of a UNet tensor; `attends` tells for each up block whether it has attention."""
    for new, old in OUTER.items():
        if name.startswith(new + "."):
            return old + name.removeprefix(new)
    if match := re.match(r"mid_block\.resnets\.(\d)\.(\w+)\.(.+)", name):
        return f"middle_block.{2 * int(match[1])}.{RESNET[match[2]]}.{match[3]}"
    match = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", name)
    assert match, name
    half, block, kind, layer, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
    if kind == "downsamplers":
        return f"input_blocks.{(block + 1) * (layers + 1)}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        return f"output_blocks.{(block + 1) * (layers + 1) - 1}.{2 if attends[block] else 1}.{rest}"
    place = (
        f"input_blocks.{1 + block * (layers + 1) + layer}"
        if half == "down"
        else f"output_blocks.{block * (layers + 1) + layer}"
    )
    if kind == "attentions":
        return f"{place}.1.{rest}"
    module, parameter = rest.rsplit(".", 1)
    return f"{place}.0.{RESNET[module]}.{parameter}"


def vae_to_ldm(name: str, levels: int) -> str:
    """LDM's name of an autoencoder tensor."""
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    for new, old in VAE_ATTENTION.items():
        name = name.replace(f"mid_block.attentions.0.{new}.", f"mid.attn_1.{old}.")
    name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda m: f"up.{levels - 1 - int(m[1])}.block", name)
    return re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)


def digests(state: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Shape and SHA-256 of the bytes of each tensor."""
    return {
        name: {"shape": list(t.shape), "sha256": hashlib.sha256(t.contiguous().numpy().tobytes()).hexdigest()}
        for name, t in sorted(state.items())
    }


def as_text_model(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The names of the published text encoders, whichever transformers made the model."""
    return {"text_model." + name.removeprefix("text_model."): tensor for name, tensor in state.items()}


def make_pipeline(case: str, unet_config: dict[str, Any]) -> StableDiffusionPipeline:
    """Random models in the shapes of SD 1.x (heads of 64 in the text encoder, 8 heads in the UNet), rounded to fp16."""
    tokenizer = make_tokenizer("<|endoftext|>")
    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=64, attention_head_dim=8, **unet_config).eval()
    vae = AutoencoderKL(
        block_out_channels=(32, 32),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1,
        latent_channels=4,
        sample_size=512,
    ).eval()
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=1
        )
    ).eval()
    scheduler = DDIMScheduler(**SD1_SCHEDULER)
    scale_randomly(unet, len(case), {})
    fit_output_layer(unet, scheduler, len(case))
    scale_randomly(vae, len(case) + 1, {"decoder.conv_out": 0.8})
    scale_randomly(text, len(case) + 2, TEXT_GAINS)
    return StableDiffusionPipeline(
        vae=vae.half(),
        text_encoder=text.half(),
        tokenizer=tokenizer,
        unet=unet.half(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def ldm_tensors(pipeline: StableDiffusionPipeline) -> dict[str, torch.Tensor]:
    """All weights under LDM's names, and what training leaves in such files."""
    unet, vae = pipeline.unet, pipeline.vae
    attends = [kind.startswith("CrossAttn") for kind in unet.config.up_block_types]
    ldm = {
        "model.diffusion_model." + unet_to_ldm(name, unet.config.layers_per_block, attends): tensor
        for name, tensor in unet.state_dict().items()
    }
    for name, tensor in vae.state_dict().items():
        is_attention = ".attentions.0.to_" in name and name.endswith("weight")
        ldm["first_stage_model." + vae_to_ldm(name, 2)] = tensor[:, :, None, None] if is_attention else tensor
    for name, tensor in as_text_model(pipeline.text_encoder.state_dict()).items():
        ldm["cond_stage_model.transformer." + name] = tensor
    ldm["cond_stage_model.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
    ldm["alphas_cumprod"] = torch.linspace(1, 0, 10)
    ldm["model_ema.decay"] = torch.tensor(0.9999)
    ldm["model_ema.diffusion_modelout2weight"] = torch.zeros(4)
    return {name: tensor.contiguous() for name, tensor in ldm.items()}


def write_single_file(folder: Path, case: str, unet_config: dict[str, Any]) -> list[tuple[PictureRun, torch.Tensor]]:
    """One LDM-key file in fp16, what diffusers' from_single_file reads out of it, and the pictures that it makes."""
    pipeline = make_pipeline(case, unet_config)
    path = folder / f"{case}.safetensors"
    save_file(ldm_tensors(pipeline), path)
    with tempfile.TemporaryDirectory() as configs:
        pipeline.save_pretrained(configs)
        for weights in Path(configs).rglob("*.safetensors"):
            weights.unlink()
        _write_expected(path, configs, pipeline.text_encoder.config)
        read = StableDiffusionPipeline.from_single_file(
            str(path), config=configs, local_files_only=True, torch_dtype=torch.float32, safety_checker=None
        )
    made: list[tuple[PictureRun, torch.Tensor]] = []
    for height, width in ((32, 32), (32, 48)):
        settings = {"height": height, "width": width, "about": {"file": f"{case}.safetensors"}}
        run = PictureRun(f"{case}-{width}x{height}", "a dog on the beach", "blurry", **settings)
        made.append((run, make_picture(read, run)))
    return made


def _write_expected(path: Path, configs: str, text_config: CLIPTextConfig) -> None:
    """Names, shapes and hashes of the tensors that diffusers reads, and its configs, beside the file as JSON."""
    options = {"config": configs, "torch_dtype": torch.float16}
    unet = UNet2DConditionModel.from_single_file(str(path), subfolder="unet", **options)
    vae = AutoencoderKL.from_single_file(str(path), subfolder="vae", **options)
    text = create_diffusers_clip_model_from_ldm(
        CLIPTextModel, load_file(path), subfolder="text_encoder", config=configs, torch_dtype=torch.float16
    )
    expected = {
        "unet": {"tensors": digests(unet.state_dict()), "config": dict(unet.config)},
        "vae": {"tensors": digests(vae.state_dict()), "config": dict(vae.config)},
        "textEncoder": {
            "tensors": digests(as_text_model(text.half().state_dict())),
            "config": text_config.to_dict(),
        },
    }
    path.with_suffix(".json").write_text(json.dumps(expected, default=str) + "\n")


def write_full_size_names(folder: Path) -> None:
    """sd15-names.json: every name and shape of SD 1.5's UNet and VAE, LDM's name -> what diffusers converts it to."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
        vae = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
        )
    attends = [False, True, True, True]
    ldm = {"model.diffusion_model." + unet_to_ldm(name, 2, attends): t for name, t in unet.state_dict().items()}
    for name, tensor in vae.state_dict().items():
        is_attention = ".attentions.0.to_" in name and name.endswith("weight")
        ldm["first_stage_model." + vae_to_ldm(name, 4)] = tensor[:, :, None, None] if is_attention else tensor
    names = {id(tensor): name for name, tensor in ldm.items()}
    # diffusers makes matrices of the VAE's attention, so that those are found by their name's ending.
    read_unet = convert_ldm_unet_checkpoint(dict(ldm), dict(unet.config))
    read_vae = convert_ldm_vae_checkpoint(dict(ldm), dict(vae.config))
    assert set(read_unet) == set(unet.state_dict()) and set(read_vae) == set(vae.state_dict())
    result = {}
    for part, read in (("unet", read_unet), ("vae", read_vae)):
        for name, tensor in read.items():
            old = names.get(id(tensor)) or "first_stage_model." + vae_to_ldm(name, 4)
            result[old] = [list(ldm[old].shape), part, name, list(tensor.shape)]
    (folder / "sd15-names.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


def write_single_files(data: Path) -> None:
    """Every case."""
    folder = data / "single-file"
    folder.mkdir(parents=True, exist_ok=True)
    made = [entry for case, unet_config in CASES.items() for entry in write_single_file(folder, case, unet_config)]
    save_pictures(folder / "pictures", made)
    write_full_size_names(folder)
