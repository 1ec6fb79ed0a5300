"""The strongest thing that a page could ship instead: a UNet exported for a fixed batch, optimised by onnxruntime.

    python bench/export_unet.py --unet public/models/picturebook/unet --out FOLDER [--batch 3] [--edge 32]

Writes FOLDER/fused.onnx, with attention as com.microsoft MultiHeadAttention as those who publish such graphs have it,
and FOLDER/plain.onnx without, for software adapters, whose flash attention takes minutes to compile. Needs torch,
diffusers, onnx and onnxruntime.
"""

import argparse
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

TOKENS = 77


class NoisePrediction(torch.nn.Module):
    """The network's one output, without its wrapper."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, sample: torch.Tensor, timestep: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        """[B, C, h, w], [B] and [B, S, D] → [B, C, h, w]."""
        return self.unet(sample, timestep, states, return_dict=False)[0]


def export(unet: UNet2DConditionModel, path: Path, batch: int, edge: int) -> None:
    """The graph as PyTorch exports it. Its attention is written out, which is what the optimiser looks for."""
    unet.set_attn_processor(AttnProcessor())
    inputs = (
        torch.randn(batch, unet.config.in_channels, edge, edge),
        torch.full((batch,), 999, dtype=torch.int64),
        torch.randn(batch, TOKENS, unet.config.cross_attention_dim),
    )
    names = ["sample", "timestep", "encoder_hidden_states"]
    torch.onnx.export(
        NoisePrediction(unet).eval(),
        inputs,
        path,
        input_names=names,
        output_names=["out_sample"],
        opset_version=17,
        dynamo=False,
    )


def options(attention: bool) -> FusionOptions:
    """What both providers of the browser's runtime have: contrib GroupNorm and NhwcConv are not among it."""
    chosen = FusionOptions("unet")
    chosen.enable_attention = attention
    chosen.use_multi_head_attention = attention
    chosen.enable_packed_qkv = chosen.enable_packed_kv = False
    chosen.enable_nhwc_conv = chosen.enable_group_norm = chosen.enable_skip_group_norm = False
    chosen.enable_bias_splitgelu = chosen.enable_bias_add = False
    return chosen


def main() -> None:
    """Exports and optimises both graphs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--unet", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--edge", type=int, default=None)
    given = parser.parse_args()
    variant = "fp16" if any(given.unet.glob("*.fp16.safetensors")) else None
    unet = UNet2DConditionModel.from_pretrained(given.unet, torch_dtype=torch.float32, variant=variant).eval()
    given.out.mkdir(parents=True, exist_ok=True)
    exported = given.out / "exported.onnx"
    export(unet, exported, given.batch, given.edge or unet.config.sample_size)
    for name, attention in (("fused", True), ("plain", False)):
        fusions = options(attention)
        model = optimizer.optimize_model(
            str(exported), "unet", num_heads=0, hidden_size=0, opt_level=0, optimization_options=fusions
        )
        model.save_model_to_file(str(given.out / f"{name}.onnx"))
        print(name, model.get_fused_operator_statistics())
    exported.unlink()


if __name__ == "__main__":
    main()
