"""LoRA files in the namings that people use, and the weights that diffusers fuses from them."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from diffusers.training_utils import _collate_lora_metadata
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

from pipelines_reference import tiny_pipeline
from single_file_reference import as_text_model

SEED = 9
ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0"
UNET_MODULES = (
    f"{ATTENTION}.attn1.to_q",
    f"{ATTENTION}.attn2.to_k",
    f"{ATTENTION}.attn1.to_out.0",
    f"{ATTENTION}.ff.net.0.proj",
    f"{ATTENTION}.ff.net.2",
    "down_blocks.0.attentions.0.proj_in",
    "mid_block.attentions.0.proj_out",
    "mid_block.resnets.0.conv1",
    "mid_block.resnets.0.time_emb_proj",
    "down_blocks.0.downsamplers.0.conv",
    "up_blocks.1.resnets.0.conv_shortcut",
)
TEXT_MODULES = ("encoder.layers.0.mlp.fc1", "encoder.layers.1.mlp.fc2")
TEXT_QUERY = "encoder.layers.0.self_attn.q_proj"


def factors(weight: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random down [rank, in, ...] and up [out, rank, ...] for a linear or convolution weight."""
    down = torch.randn(rank, *weight.shape[1:]) * 0.3
    up = torch.randn(weight.shape[0], rank, *([1] * (weight.ndim - 2))) * 0.3
    return down, up


def kohya_modules(pipeline: StableDiffusionPipeline) -> list[tuple[str, str, torch.Tensor]]:
    """Kohya's key, our key and the base weight of each module that the kohya files change."""
    unet, text = pipeline.unet.state_dict(), as_text_model(pipeline.text_encoder.state_dict())
    modules = [("lora_unet_", "unet.", name, unet[f"{name}.weight"]) for name in UNET_MODULES]
    names = [f"text_model.{name}" for name in (*TEXT_MODULES, TEXT_QUERY)]
    modules += [("lora_te_", "text_encoder.", name, text[f"{name}.weight"]) for name in names]
    return [(old + name.replace(".", "_"), f"{new}{name}.weight", weight) for old, new, name, weight in modules]


def kohya_file(pipeline: StableDiffusionPipeline) -> dict[str, torch.Tensor]:
    """Names of kohya's sd-scripts: rank 4, alpha 2 for linear layers and 1x1 convolutions, rank 3, alpha 4 for 3x3.

    diffusers 0.42 drops the text encoder's attention of such files with transformers 5 (it renames it to the removed
    to_q_lora) and gives modules of attention the most frequent alpha, so neither is in this file.
    """
    tensors: dict[str, torch.Tensor] = {}
    for key, name, weight in kohya_modules(pipeline):
        if TEXT_QUERY in name:
            continue
        is_window = weight.ndim == 4 and weight.shape[-1] > 1
        down, up = factors(weight, 3 if is_window else 4)
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = down.half(), up.half()
        tensors[f"{key}.alpha"] = torch.tensor(4.0 if is_window else 2.0)
    return tensors


def write_mixed_kohya(pipeline: StableDiffusionPipeline, folder: Path) -> None:
    """A kohya file where each module has its own rank and alpha, and W + 0.8 * alpha / rank * up @ down."""
    tensors: dict[str, torch.Tensor] = {}
    fused: dict[str, torch.Tensor] = {}
    for index, (key, name, weight) in enumerate(kohya_modules(pipeline)):
        rank, alpha = 2 + index % 3, 1 + index % 4
        down, up = factors(weight, rank)
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = down, up
        tensors[f"{key}.alpha"] = torch.tensor(alpha)
        fused[name] = weight + 0.8 * alpha / rank * (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
    save_file(tensors, folder / "kohya-mixed.safetensors")
    save_file(fused, folder / "fused-kohya-mixed.safetensors")


def peft_file(pipeline: StableDiffusionPipeline, folder: Path) -> None:
    """What save_lora_weights of diffusers writes, alpha in the file's metadata."""
    unet_config = LoraConfig(
        r=4, lora_alpha=6, target_modules=["to_q", "to_v", "to_out.0", "conv1"], init_lora_weights=False
    )
    text_config = LoraConfig(r=2, lora_alpha=1, target_modules=["q_proj", "out_proj"], init_lora_weights=False)
    pipeline.unet.add_adapter(unet_config)
    pipeline.text_encoder.add_adapter(text_config)
    StableDiffusionPipeline.save_lora_weights(
        folder,
        unet_lora_layers=get_peft_model_state_dict(pipeline.unet),
        text_encoder_lora_layers=get_peft_model_state_dict(pipeline.text_encoder),
        weight_name="peft.safetensors",
        **_collate_lora_metadata({"unet": pipeline.unet, "text_encoder": pipeline.text_encoder}),
    )


PEFT_FILES: dict[str, dict[str, object]] = {
    "peft-patterns": {
        "r": 4,
        "lora_alpha": 6,
        "target_modules": ["to_q", "to_k", "to_v", "to_out.0"],
        "rank_pattern": {r"down_blocks\.\d+\..*\.attn1\.to_q": 2, "attn2.to_k": 3},
        "alpha_pattern": {
            r"(down|mid)_blocks?\.[^u]*attn[12]\.to_(q|k)": 1,
            r"up_blocks\.1\..+to_v": 9,
            "attn1.to_out.0": 2.5,
        },
    },
    "peft-dora": {"r": 3, "lora_alpha": 2, "use_dora": True, "target_modules": ["to_q", "conv1", "proj_in"]},
    "peft-bias": {"r": 3, "lora_alpha": 2, "lora_bias": True, "target_modules": ["to_out.0", "conv1"]},
    "peft-rslora": {"r": 4, "lora_alpha": 2, "use_rslora": True, "target_modules": ["to_q"]},
}


def write_peft_file(name: str, folder: Path) -> None:
    """What save_lora_weights of diffusers writes for a config, and what it fuses from that with the weight 0.8."""
    pipeline = tiny_pipeline(SEED)
    pipeline.unet.add_adapter(LoraConfig(**PEFT_FILES[name], init_lora_weights=False))
    with torch.no_grad():
        for key, parameter in pipeline.unet.named_parameters():
            if "lora_magnitude_vector" in key:
                parameter.mul_(1 + 0.3 * torch.rand_like(parameter))
    StableDiffusionPipeline.save_lora_weights(
        folder,
        unet_lora_layers=get_peft_model_state_dict(pipeline.unet),
        weight_name=f"{name}.safetensors",
        **_collate_lora_metadata({"unet": pipeline.unet}),
    )
    fused = fuse(folder, {f"{name}.safetensors": 0.8})
    save_file({key: tensor.contiguous() for key, tensor in fused.items()}, folder / f"fused-{name}.safetensors")


def old_diffusers_file(pipeline: StableDiffusionPipeline) -> dict[str, torch.Tensor]:
    """Names of diffusers 0.14 to 0.22: attention processors and lora_linear_layer, no alpha."""
    tensors: dict[str, torch.Tensor] = {}
    unet, text = pipeline.unet.state_dict(), as_text_model(pipeline.text_encoder.state_dict())
    for attention in ("attn1", "attn2"):
        for name, module in (("to_q", "to_q"), ("to_out", "to_out.0")):
            down, up = factors(unet[f"{ATTENTION}.{attention}.{module}.weight"], 3)
            key = f"unet.{ATTENTION}.{attention}.processor.{name}_lora"
            tensors[f"{key}.down.weight"], tensors[f"{key}.up.weight"] = down, up
    for name in ("q_proj", "out_proj"):
        key = f"text_model.encoder.layers.1.self_attn.{name}"
        down, up = factors(text[f"{key}.weight"], 3)
        tensors[f"text_encoder.{key}.lora_linear_layer.down.weight"] = down
        tensors[f"text_encoder.{key}.lora_linear_layer.up.weight"] = up
    return tensors


def changed(pipeline: StableDiffusionPipeline) -> dict[str, torch.Tensor]:
    """The weights that differ from the base's, under unet. and text_encoder. names."""
    pipeline.unload_lora_weights()
    base = tiny_pipeline(SEED)
    result: dict[str, torch.Tensor] = {}
    for part, new, old in (
        ("unet", pipeline.unet.state_dict(), base.unet.state_dict()),
        ("text_encoder", as_text_model(pipeline.text_encoder.state_dict()), as_text_model(base.text_encoder.state_dict())),
    ):
        assert new.keys() == old.keys()
        result |= {f"{part}.{name}": tensor for name, tensor in new.items() if not torch.equal(tensor, old[name])}
    return result


def fuse(folder: Path, files: dict[str, float]) -> dict[str, torch.Tensor]:
    """What load_lora_weights, set_adapters and fuse_lora change in the tiny pipeline."""
    pipeline = tiny_pipeline(SEED)
    for index, file in enumerate(files):
        pipeline.load_lora_weights(folder, weight_name=file, adapter_name=f"a{index}")
    names = [f"a{index}" for index in range(len(files))]
    pipeline.set_adapters(names, list(files.values()))
    pipeline.fuse_lora(adapter_names=names)
    return changed(pipeline)


def write_loras(data: Path) -> None:
    """Base weights, LoRA files, and the fused weights of each and of two together."""
    folder = data / "lora"
    folder.mkdir(parents=True, exist_ok=True)
    base = tiny_pipeline(SEED)
    save_file(base.unet.state_dict(), folder / "unet.safetensors")
    save_file(as_text_model(base.text_encoder.state_dict()), folder / "text_encoder.safetensors")
    torch.manual_seed(10)
    save_file(kohya_file(base), folder / "kohya.safetensors", metadata={"ss_network_module": "networks.lora"})
    old = old_diffusers_file(base)
    save_file(old, folder / "old-diffusers.safetensors")
    torch.save(old, folder / "old-diffusers.bin")
    write_mixed_kohya(base, folder)
    peft_file(base, folder)
    for name, files in (
        ("kohya", {"kohya.safetensors": 0.8}),
        ("peft", {"peft.safetensors": 1.0}),
        ("old-diffusers", {"old-diffusers.safetensors": 0.5}),
        ("two", {"kohya.safetensors": 0.7, "peft.safetensors": -0.3}),
    ):
        save_file({k: v.contiguous() for k, v in fuse(folder, files).items()}, folder / f"fused-{name}.safetensors")
    write_peft_files(data)


def write_peft_files(data: Path) -> None:
    """The files of peft's options."""
    for index, name in enumerate(PEFT_FILES):
        torch.manual_seed(30 + index)
        write_peft_file(name, data / "lora")
