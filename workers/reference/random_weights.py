"""Random weights under which a deep network's activations stay near one, so that no reference is degenerate."""

import torch
from torch import nn


def scale_randomly(module: nn.Module, seed: int, gains: dict[str, float]) -> None:
    """Draws every parameter of `module` again, in name order.

    Matrices and kernels are N(0, gain²/fan_in), embeddings N(0, gain²), vectors near their neutral value.

    Args:
        gains: factor of the parameters whose name contains the key; 1 elsewhere.
    """
    generator = torch.Generator().manual_seed(seed)
    norms = {name for name, child in module.named_modules() if isinstance(child, (nn.LayerNorm, nn.GroupNorm))}
    embeddings = {name for name, child in module.named_modules() if isinstance(child, nn.Embedding)}
    with torch.no_grad():
        for name, parameter in sorted(module.named_parameters()):
            owner, _, kind = name.rpartition(".")
            draw = torch.randn(parameter.shape, generator=generator)
            gain = next((value for key, value in gains.items() if key in name), 1.0)
            if owner in norms:
                draw = 0.1 * draw + (1.0 if kind == "weight" else 0.0)
            elif owner in embeddings or parameter.ndim < 2:
                draw = draw * (gain if parameter.ndim > 1 else 0.1)
            else:
                draw = draw * gain / parameter[0].numel() ** 0.5
            parameter.copy_(draw)
