"""Muon for weight matrices and filters, AdamW for everything else, as one optimizer.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024); the
update is scaled to AdamW's root mean square as in Liu et al., "Muon is scalable for LLM
training" (2025), so that one learning rate serves both.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Newton–Schulz coefficients of the quintic that drives singular values towards 1."""


def orthogonalize(matrix: Tensor, iterations: int = 3) -> Tensor:
    """The nearest semi-orthogonal matrix to [m, n], roughly, in bfloat16.

    Three iterations lift singular values from 5 % of the largest on; more cost more than they give.
    """
    x = matrix.to(torch.bfloat16)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    x = x / (x.norm() + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


class MuonAdamW(torch.optim.Optimizer):
    """Muon on parameters with at least two dimensions of MIN_SIDE, AdamW on the others."""

    MIN_SIDE = 16

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.99),
        momentum: float = 0.95,
        weight_decay: float = 0.01,
        eps: float = 1e-8,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "momentum": momentum, "weight_decay": weight_decay, "eps": eps}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """One update of every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                update = self._muon if self._is_matrix(parameter) else self._adam
                update(parameter, group)

    def _is_matrix(self, parameter: Tensor) -> bool:
        return parameter.dim() >= 2 and min(parameter.shape[0], parameter[0].numel()) >= self.MIN_SIDE

    def _muon(self, parameter: Tensor, group: dict) -> None:
        state = self.state[parameter]
        gradient = parameter.grad.reshape(len(parameter), -1)
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        state["momentum"].lerp_(gradient, 1 - group["momentum"])
        direction = orthogonalize(gradient.lerp(state["momentum"], group["momentum"]))
        scale = 0.2 * max(direction.shape) ** 0.5
        parameter.add_(direction.reshape(parameter.shape), alpha=-group["lr"] * scale)

    def _adam(self, parameter: Tensor, group: dict) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["mean"] = torch.zeros_like(parameter)
            state["square"] = torch.zeros_like(parameter)
        first, second = group["betas"]
        state["step"] += 1
        count = int(state["step"])
        state["mean"].lerp_(parameter.grad, 1 - first)
        state["square"].mul_(second).addcmul_(parameter.grad, parameter.grad, value=1 - second)
        scale = (state["square"] / (1 - second**count)).sqrt_().add_(group["eps"])
        parameter.addcdiv_(state["mean"], scale, value=-group["lr"] / (1 - first**count))
