"""Files of LyCORIS' methods, and the weights that its own modules compute with.

What a module computes with is taken from its forward pass. `merge_to` of lycoris-lora 4.1.3 agrees with that except for
LoHa and LoKr, where it applies alpha / rank twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.full import FullModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from safetensors.torch import load_file, save_file
from torch import nn

ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0"
LINEAR = f"{ATTENTION}.attn1.to_q"
OUTPUT = f"{ATTENTION}.attn1.to_out.0"
WIDE = f"{ATTENTION}.ff.net.0.proj"
POINT = "down_blocks.0.attentions.0.proj_in"
WINDOW = "mid_block.resnets.0.conv1"
STRIDED = "down_blocks.0.downsamplers.0.conv"
LAYER_NORM = f"{ATTENTION}.norm1"
GROUP_NORM = "mid_block.resnets.0.norm1"
# Layers whose outputs are a power of two: a butterfly needs that.
EVEN = (LINEAR, WIDE, POINT, STRIDED)
MATRICES = (LINEAR, OUTPUT, WIDE, POINT, WINDOW, STRIDED)


@dataclass(frozen=True)
class Method:
    """One file: the module class of every layer, and what it is made with."""

    module: type
    layers: tuple[str, ...] = MATRICES
    options: dict[str, object] = field(default_factory=dict)
    prefix: str = "lora_unet_"
    multiplier: float = 0.7


METHODS: dict[str, Method] = {
    "locon-tucker": Method(LoConModule, (WINDOW, STRIDED), {"lora_dim": 3, "alpha": 2, "use_tucker": True}),
    "dora": Method(LoConModule, options={"lora_dim": 2, "alpha": 3, "weight_decompose": True}),
    "dora-on-input": Method(LoConModule, options={"lora_dim": 2, "alpha": 3, "weight_decompose": True, "wd_on_out": False}),
    "dora-whole": Method(LoConModule, options={"lora_dim": 2, "alpha": 1, "weight_decompose": True}, multiplier=1.0),
    "loha": Method(LohaModule, options={"lora_dim": 2, "alpha": 1}),
    "loha-tucker": Method(LohaModule, (WINDOW,), {"lora_dim": 2, "alpha": 1, "use_tucker": True}),
    "loha-dora": Method(LohaModule, options={"lora_dim": 2, "alpha": 1, "weight_decompose": True}),
    "lokr": Method(LokrModule, options={"lora_dim": 1, "alpha": 0.5, "factor": 2}),
    "lokr-factors": Method(LokrModule, (WIDE, WINDOW), {"lora_dim": 1, "alpha": 0.5, "decompose_both": True}),
    "lokr-full": Method(LokrModule, options={"lora_dim": 2, "alpha": 1, "full_matrix": True}),
    "lokr-tucker": Method(LokrModule, (WINDOW,), {"lora_dim": 1, "alpha": 0.5, "factor": 2, "use_tucker": True}),
    "lokr-unbalanced": Method(LokrModule, options={"lora_dim": 1, "factor": 2, "unbalanced_factorization": True}),
    "lokr-dora": Method(LokrModule, options={"lora_dim": 1, "alpha": 0.5, "factor": 2, "weight_decompose": True}),
    "full": Method(FullModule),
    "norm": Method(NormModule, (LAYER_NORM, GROUP_NORM)),
    "glora": Method(GLoRAModule, options={"lora_dim": 2, "alpha": 1}),
    "ia3": Method(IA3Module),
    "ia3-on-input": Method(IA3Module, options={"train_on_input": True}),
    "oft": Method(DiagOFTModule, options={"lora_dim": 4}),
    "oft-constraint": Method(DiagOFTModule, options={"lora_dim": 2, "constraint": 0.05, "rescaled": True}),
    "oft-kohya": Method(DiagOFTModule, (LINEAR, OUTPUT), {"lora_dim": 4, "constraint": 0.02}, "oft_unet_", 1.0),
    "boft": Method(ButterflyOFTModule, EVEN, {"lora_dim": 4}),
    "boft-constraint": Method(ButterflyOFTModule, EVEN, {"lora_dim": 2, "constraint": 0.1, "rescaled": True}),
}


def layer(base: dict[str, torch.Tensor], name: str) -> nn.Module:
    """The layer of this name with the base's weights."""
    weight, bias = base[f"{name}.weight"], base.get(f"{name}.bias")
    made: nn.Module
    if weight.ndim == 1:
        made = nn.LayerNorm(len(weight)) if "transformer" in name else nn.GroupNorm(4, len(weight))
    elif weight.ndim == 2:
        made = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    else:
        stride = 2 if "downsamplers" in name else 1
        made = nn.Conv2d(
            weight.shape[1], weight.shape[0], weight.shape[2], stride, weight.shape[2] // 2, bias=bias is not None
        )
    made.load_state_dict({"weight": weight} | ({} if bias is None else {"bias": bias}))
    return made


def randomise(module: nn.Module) -> None:
    """Random numbers for what training would change."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name in ("dora_scale", "rescale"):
                parameter.mul_(1 + 0.3 * torch.rand_like(parameter))
            else:
                parameter.copy_(torch.randn_like(parameter) * 0.3)


def computed(module: nn.Module, inner: nn.Module, multiplier: float) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Weight and bias that the layer computes with, from what the module adds to the layer's own result."""
    added: list[tuple[torch.Tensor, torch.Tensor | None]] = []

    def record(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, **_: object) -> int:
        added.append((weight, bias))
        return 0

    module.multiplier = multiplier
    module.op = record
    module.org_forward = lambda x, *_: 0
    module.forward(torch.zeros(1))
    weight, bias = added[0]
    merged_bias = None if bias is None else inner.bias + bias
    return (inner.weight + weight.reshape(inner.weight.shape)).detach(), None if bias is None else merged_bias.detach()


def write_method(folder: Path, name: str, base: dict[str, torch.Tensor]) -> None:
    """One file and the tensors that it changes."""
    method = METHODS[name]
    tensors: dict[str, torch.Tensor] = {}
    merged: dict[str, torch.Tensor] = {}
    for layer_name in method.layers:
        inner = layer(base, layer_name)
        module = method.module(method.prefix + layer_name, inner, **method.options)
        randomise(module)
        key = method.prefix + layer_name.replace(".", "_")
        saved = difference(module) if method.module is FullModule else module.state_dict()
        tensors |= {f"{key}.{part}": tensor.detach().clone().contiguous() for part, tensor in saved.items()}
        weight, bias = computed(module, inner, method.multiplier)
        merged[f"unet.{layer_name}.weight"] = weight.contiguous()
        if bias is not None:
            merged[f"unet.{layer_name}.bias"] = bias.contiguous()
    metadata = {"multiplier": str(method.multiplier)}
    save_file(tensors, folder / f"{name}.safetensors", metadata=metadata)
    save_file(merged, folder / f"{name}.merged.safetensors")


def difference(module: FullModule) -> dict[str, torch.Tensor]:
    """A full module before apply_to holds the differences themselves."""
    bias = {} if module.bias is None else {"diff_b": module.bias}
    return {"diff": module.weight} | bias


def write_lycoris(data: Path) -> None:
    """All methods on the tiny UNet's layers."""
    folder = data / "lora" / "lycoris"
    folder.mkdir(parents=True, exist_ok=True)
    base = load_file(data / "lora" / "unet.safetensors")
    for index, name in enumerate(METHODS):
        torch.manual_seed(20 + index)
        write_method(folder, name, base)
