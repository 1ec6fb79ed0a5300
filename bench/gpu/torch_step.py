"""Times a step of Stable Diffusion 1.5's UNet in PyTorch, eager and channels-last, for gpu-bench.ts.

Needs torch alone. The network is built from the config beside the table of shapes, and its parameters must have exactly
those names and shapes. Prints a line of JSON.

    python torch_step.py --shapes sd15-unet.json --narrowing 1 --edge 64 --steps 5
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

ROUNDS = 3
TOKENS = 77
FIRST_WIDTH = 320
# Wider networks than this fraction take minutes on a processor.
SLOW_BELOW = 5


class Resnet(nn.Module):
    """diffusers' ResnetBlock2D."""

    def __init__(self, before: int, after: int, groups: int, time: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, before, 1e-5)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.time_emb_proj = nn.Linear(time, after)
        self.norm2 = nn.GroupNorm(groups, after, 1e-5)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.conv_shortcut = nn.Identity() if before == after else nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Maps [N, before, h, w] to [N, after, h, w]."""
        shift = self.time_emb_proj(functional.silu(time))[:, :, None, None]
        hidden = self.conv1(functional.silu(self.norm1(x))) + shift
        return self.conv_shortcut(x) + self.conv2(functional.silu(self.norm2(hidden)))


class Attention(nn.Module):
    """Attention to the map itself or to a text."""

    def __init__(self, width: int, context: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context, width, bias=False)
        self.to_v = nn.Linear(context, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Maps [N, S, width] to [N, S, width]."""
        query, key, value = (
            projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projected in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        seen = functional.scaled_dot_product_attention(query, key, value)
        return self.to_out[0](seen.transpose(1, 2).flatten(2))


class Geglu(nn.Module):
    """The gated half of the feed-forward."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 8 * width)

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, S, width] to [N, S, 4 · width]."""
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * functional.gelu(gate)


class Block(nn.Module):
    """diffusers' BasicTransformerBlock."""

    def __init__(self, width: int, context: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn1 = Attention(width, width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.attn2 = Attention(width, context, heads)
        self.norm3 = nn.LayerNorm(width)
        self.ff = nn.Module()
        self.ff.net = nn.ModuleList([Geglu(width), nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        """Maps [N, S, width] to [N, S, width]."""
        normed = self.norm1(x)
        x = x + self.attn1(normed, normed)
        x = x + self.attn2(self.norm2(x), text)
        return x + self.ff.net[2](self.ff.net[0](self.norm3(x)))


class Transformer(nn.Module):
    """diffusers' Transformer2DModel of one block."""

    def __init__(self, width: int, context: int, heads: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, width, 1e-6)
        self.proj_in = nn.Conv2d(width, width, 1)
        self.transformer_blocks = nn.ModuleList([Block(width, context, heads)])
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        """Maps [N, width, h, w] to [N, width, h, w]."""
        _, _, height, _ = x.shape
        tokens = self.proj_in(self.norm(x)).flatten(2).transpose(1, 2)
        hidden = self.transformer_blocks[0](tokens, text).transpose(1, 2).unflatten(-1, (height, -1))
        return x + self.proj_out(hidden)


def sampler(width: int, stride: int) -> nn.Module:
    """What stands between two levels."""
    module = nn.Module()
    module.conv = nn.Conv2d(width, width, 3, stride=stride, padding=1)
    return module


class UNet(nn.Module):
    """UNet2DConditionModel in the shape of Stable Diffusion 1.x."""

    def __init__(self, config: dict) -> None:
        super().__init__()
        widths, groups = config["block_out_channels"], config["norm_num_groups"]
        layers, heads, context = config["layers_per_block"], config["attention_head_dim"], config["cross_attention_dim"]
        self.width, time = widths[0], 4 * widths[0]

        def level(path: str, width: int, befores: list[int]) -> nn.Module:
            made = nn.Module()
            made.resnets = nn.ModuleList([Resnet(before, width, groups, time) for before in befores])
            if path.startswith("CrossAttn"):
                made.attentions = nn.ModuleList([Transformer(width, context, heads, groups) for _ in befores])
            return made

        self.conv_in = nn.Conv2d(4, widths[0], 3, padding=1)
        self.time_embedding = nn.Module()
        self.time_embedding.linear_1 = nn.Linear(widths[0], time)
        self.time_embedding.linear_2 = nn.Linear(time, time)
        skips, before = [widths[0]], widths[0]
        self.down_blocks = nn.ModuleList()
        for index, (path, width) in enumerate(zip(config["down_block_types"], widths, strict=True)):
            block = level(path, width, [before] + [width] * (layers - 1))
            skips += [width] * layers
            if index < len(widths) - 1:
                block.downsamplers = nn.ModuleList([sampler(width, 2)])
                skips.append(width)
            self.down_blocks.append(block)
            before = width
        self.mid_block = nn.Module()
        self.mid_block.resnets = nn.ModuleList([Resnet(before, before, groups, time) for _ in range(2)])
        self.mid_block.attentions = nn.ModuleList([Transformer(before, context, heads, groups)])
        self.up_blocks = nn.ModuleList()
        for index, (path, width) in enumerate(zip(config["up_block_types"], reversed(widths), strict=True)):
            befores = [(before if layer == 0 else width) + skips.pop() for layer in range(layers + 1)]
            block = level(path, width, befores)
            if index < len(widths) - 1:
                block.upsamplers = nn.ModuleList([sampler(width, 1)])
            self.up_blocks.append(block)
            before = width
        self.conv_norm_out = nn.GroupNorm(groups, widths[0], 1e-5)
        self.conv_out = nn.Conv2d(widths[0], 4, 3, padding=1)

    def forward(self, latents: Tensor, sinusoid: Tensor, text: Tensor) -> Tensor:
        """Maps [N, 4, h, w], [N, C0] and [N, S, D] to the noise [N, 4, h, w]."""
        embedding = self.time_embedding
        time = embedding.linear_2(functional.silu(embedding.linear_1(sinusoid)))
        x = self.conv_in(latents)
        skips = [x]
        for block in self.down_blocks:
            for index, resnet in enumerate(block.resnets):
                x = resnet(x, time)
                x = block.attentions[index](x, text) if hasattr(block, "attentions") else x
                skips.append(x)
            if hasattr(block, "downsamplers"):
                x = block.downsamplers[0].conv(x)
                skips.append(x)
        x = self.mid_block.resnets[0](x, time)
        x = self.mid_block.resnets[1](self.mid_block.attentions[0](x, text), time)
        for block in self.up_blocks:
            for index, resnet in enumerate(block.resnets):
                x = resnet(torch.cat([x, skips.pop()], dim=1), time)
                x = block.attentions[index](x, text) if hasattr(block, "attentions") else x
            if hasattr(block, "upsamplers"):
                x = block.upsamplers[0].conv(functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.conv_out(functional.silu(self.conv_norm_out(x)))


def build(shapes: Path, narrowing: int) -> UNet:
    """The network, with the names and shapes of the table, narrower where that is asked for."""
    table = json.loads(shapes.read_text())

    def narrow(size: int) -> int:
        return size // narrowing if size % FIRST_WIDTH == 0 else size

    config = {**table["config"], "block_out_channels": [narrow(width) for width in table["config"]["block_out_channels"]]}
    unet = UNet(config)
    found = {name: list(tensor.shape) for name, tensor in unet.state_dict().items()}
    wanted = {name: [narrow(size) for size in shape] for name, shape in table["tensors"].items()}
    if found != wanted:
        different = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
        raise ValueError(f"The network is not that of the table: {different[:5]}")
    return unet


def main() -> None:
    """Prints milliseconds a step by the number of branches."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shapes", type=Path, required=True)
    for name, default in {"narrowing": 1, "edge": 64, "steps": 5}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    on_gpu = torch.cuda.is_available()
    device, dtype = ("cuda", torch.float16) if on_gpu else ("cpu", torch.float32)
    if not on_gpu and options.narrowing < SLOW_BELOW:
        json.dump({"skipped": "PyTorch sees no graphics processor here"}, sys.stdout)
        return
    unet = build(options.shapes, options.narrowing).to(device, dtype, memory_format=torch.channels_last).eval()
    context = unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2.to_k.in_features
    rows = {}
    for branches in (3, 2, 1):
        like = {"device": device, "dtype": dtype}
        latents = torch.randn(branches, 4, options.edge, options.edge, **like).to(memory_format=torch.channels_last)
        inputs = latents, torch.randn(branches, unet.width, **like), torch.randn(branches, TOKENS, context, **like)

        def steps(inputs: tuple[Tensor, ...] = inputs) -> float:
            start = time.perf_counter()
            for _ in range(options.steps):
                unet(*inputs)
            if on_gpu:
                torch.cuda.synchronize()
            return 1000 * (time.perf_counter() - start) / options.steps

        with torch.inference_mode():
            steps()
            rows[branches] = statistics.median(steps() for _ in range(ROUNDS))
    name = torch.cuda.get_device_name() if on_gpu else "CPU"
    json.dump({"torch": torch.__version__, "device": name, "dtype": str(dtype), "milliseconds": rows}, sys.stdout)


if __name__ == "__main__":
    main()
