"""Pictures with LoRA files, by load_lora_weights and fuse_lora of diffusers."""

from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from diffusers.training_utils import _collate_lora_metadata
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

from picture_runs import PictureRun, make_picture, require_difference, save_pictures
from single_file_reference import as_text_model

CAPTION = "A dog, running on the beach under a tower"
UNET_PLACES = ("down_blocks.0.", "mid_block.", "up_blocks.1.resnets.0.")
UNET_ENDINGS = (
    "attn1.to_q",
    "attn1.to_out.0",
    "attn2.to_k",
    "ff.net.0.proj",
    "proj_in",
    "conv1",
    "conv_shortcut",
    "time_emb_proj",
    "downsamplers.0.conv",
)
TEXT_ENDINGS = ("mlp.fc1", "mlp.fc2")
TEXT_ATTENTION = ("self_attn.q_proj", "self_attn.out_proj")

Lora = dict[str, torch.Tensor]


def load_pipeline(checkpoint: Path) -> StableDiffusionPipeline:
    """The checkpoint in float32, without its safety checker."""
    return StableDiffusionPipeline.from_pretrained(
        checkpoint, safety_checker=None, requires_safety_checker=False, torch_dtype=torch.float32
    )


def factors(weight: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """down [rank, in, ...] and up [out, rank, ...] in float16 whose product is about as large as the weight."""
    down = torch.randn(rank, *weight.shape[1:]) / weight[0].numel() ** 0.5
    up = torch.randn(weight.shape[0], rank, *([1] * (weight.ndim - 2)))
    return down.half(), up.half()


def kohya_modules(
    pipeline: StableDiffusionPipeline, text_endings: tuple[str, ...]
) -> Iterator[tuple[str, str, torch.Tensor]]:
    """Kohya's key, diffusers' key and the base weight of each module."""
    for name, weight in pipeline.unet.state_dict().items():
        module = name.removesuffix(".weight")
        if module != name and module.startswith(UNET_PLACES) and module.endswith(UNET_ENDINGS):
            yield "lora_unet_" + module.replace(".", "_"), f"unet.{module}", weight
    for name, weight in pipeline.text_encoder.state_dict().items():
        module = name.removesuffix(".weight")
        if module != name and module.endswith(text_endings):
            (published,) = as_text_model({module: weight})
            yield "lora_te_" + published.replace(".", "_"), f"text_encoder.{module}", weight


def kohya_lora(pipeline: StableDiffusionPipeline) -> Lora:
    """Kohya's names: rank 4, alpha 2 for matrices and 1x1 convolutions; rank 3, alpha 4 for 3x3."""
    tensors: Lora = {}
    for key, _, weight in kohya_modules(pipeline, TEXT_ENDINGS):
        is_window = weight.ndim == 4 and weight.shape[-1] > 1
        down, up = factors(weight, 3 if is_window else 4)
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = down, up
        tensors[f"{key}.alpha"] = torch.tensor(4.0 if is_window else 2.0)
    return tensors


def kohya_attention_lora(pipeline: StableDiffusionPipeline) -> tuple[Lora, Lora]:
    """The text encoder's attention too and every module its own rank and alpha: kohya's file, and the same for diffusers.

    diffusers 0.42 drops the text encoder's attention of a kohya file with transformers 5 and gives attention modules the
    most frequent alpha, so it is handed the same factors under peft's names, with alpha / rank multiplied in.
    """
    kohya: Lora = {}
    peft: Lora = {}
    for index, (key, name, weight) in enumerate(kohya_modules(pipeline, TEXT_ENDINGS + TEXT_ATTENTION)):
        rank, alpha = 2 + index % 3, 1.0 + index % 4
        down, up = factors(weight, rank)
        kohya[f"{key}.lora_down.weight"], kohya[f"{key}.lora_up.weight"] = down, up
        kohya[f"{key}.alpha"] = torch.tensor(alpha)
        peft[f"{name}.lora_A.weight"], peft[f"{name}.lora_B.weight"] = down.float(), up.float() * alpha / rank
    return kohya, peft


def write_peft(pipeline: StableDiffusionPipeline, folder: Path, name: str) -> None:
    """What save_lora_weights of diffusers writes; its alpha is in the file's metadata."""
    unet = LoraConfig(r=3, lora_alpha=5, target_modules=["to_q", "to_v", "to_out.0", "conv2"], init_lora_weights=False)
    text = LoraConfig(r=2, lora_alpha=3, target_modules=["q_proj", "out_proj", "fc1"], init_lora_weights=False)
    pipeline.unet.add_adapter(unet)
    pipeline.text_encoder.add_adapter(text)
    metadata = _collate_lora_metadata({"unet": pipeline.unet, "text_encoder": pipeline.text_encoder})
    StableDiffusionPipeline.save_lora_weights(
        folder,
        unet_lora_layers={k: v.half() for k, v in get_peft_model_state_dict(pipeline.unet).items()},
        text_encoder_lora_layers={k: v.half() for k, v in get_peft_model_state_dict(pipeline.text_encoder).items()},
        weight_name=name,
        **{part: _in_order(settings) for part, settings in metadata.items()},
    )


def _in_order(settings: dict[str, object]) -> dict[str, object]:
    """Sets become sorted lists, so that the same file is written every time."""
    return {key: sorted(value) if isinstance(value, set) else value for key, value in settings.items()}


def fused(checkpoint: Path, folder: Path, loras: list[tuple[str | Lora, float]]) -> StableDiffusionPipeline:
    """The pipeline after load_lora_weights, set_adapters and fuse_lora."""
    pipeline = load_pipeline(checkpoint)
    names = [f"a{index}" for index in range(len(loras))]
    for name, (lora, _) in zip(names, loras, strict=True):
        if isinstance(lora, str):
            pipeline.load_lora_weights(folder, weight_name=lora, adapter_name=name)
        else:
            pipeline.load_lora_weights(dict(lora), adapter_name=name)
    pipeline.set_adapters(names, [weight for _, weight in loras])
    pipeline.fuse_lora(adapter_names=names)
    pipeline.unload_lora_weights()
    return pipeline


def write(data: Path, folder: Path) -> None:
    """LoRA files for the checkpoints under `data`, and the pictures that diffusers makes with them."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[PictureRun, torch.Tensor]] = []
    for case, width in (("sd15", 64), ("v-prediction", 96)):
        torch.manual_seed(12)
        files = {kind: f"{case}-{kind}.safetensors" for kind in ("kohya", "kohya-attention", "peft")}
        base = load_pipeline(data / case)
        save_file(kohya_lora(base), folder / files["kohya"], metadata={"ss_network_module": "networks.lora"})
        attention, as_peft = kohya_attention_lora(base)
        save_file(attention, folder / files["kohya-attention"], metadata={"ss_network_module": "networks.lora"})
        write_peft(load_pipeline(data / case), folder, files["peft"])
        plain: torch.Tensor | None = None
        for kind, given, weights in (
            ("kohya", [files["kohya"]], [0.8]),
            ("kohya-attention", [as_peft], [0.9]),
            ("peft", [files["peft"]], [1.0]),
            ("two", [files["kohya"], files["peft"]], [0.7, -0.4]),
        ):
            kept = [files["kohya"], files["peft"]] if kind == "two" else [files[kind]]
            loras = [{"file": file, "weight": weight} for file, weight in zip(kept, weights, strict=True)]
            run = PictureRun(f"{case}-{kind}", CAPTION, width=width, about={"checkpoint": case, "loras": loras})
            plain = make_picture(base, run) if plain is None else plain
            picture = make_picture(fused(data / case, folder, list(zip(given, weights, strict=True))), run)
            require_difference(run.name, picture, plain)
            made.append((run, picture))
    save_pictures(folder, made)
