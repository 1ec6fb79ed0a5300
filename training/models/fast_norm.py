"""A GroupNorm whose backward is a few whole-tensor passes, for training on CPUs.

Same parameters and the same function as torch.nn.GroupNorm; torch's own kernels for bfloat16
in channels-last memory take a third of a training step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class _GroupNormFunction(torch.autograd.Function):
    """y = (x − mean) / std · weight + bias over groups of channels, x: [n, c, h, w]."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float) -> Tensor:
        flat = _flatten(x)
        _n, pixels, channels = flat.shape
        count = pixels * channels // groups
        total = _grouped(flat.sum(1, dtype=torch.float32), groups)
        square = _grouped((flat * flat).sum(1, dtype=torch.float32), groups)
        mean = total / count
        rstd = (square / count - mean.square()).clamp(min=0).add(eps).rsqrt()
        mean, rstd = (_spread(v, channels) for v in (mean, rstd))
        scale = rstd * weight
        shift = bias - mean * scale
        y = torch.addcmul(shift.to(x.dtype)[:, None], flat, scale.to(x.dtype)[:, None])
        ctx.save_for_backward(x, weight, mean, rstd)
        ctx.groups = groups
        return _unflatten(y, x)

    @staticmethod
    def backward(ctx, grad: Tensor):
        x, weight, mean, rstd = ctx.saved_tensors
        flat, dy = _flatten(x), _flatten(grad)
        channels, groups = flat.shape[2], ctx.groups
        count = flat.shape[1] * channels // groups
        sum_dy = dy.sum(1, dtype=torch.float32)
        sum_dyx = (dy * flat).sum(1, dtype=torch.float32)
        normal = (sum_dyx - mean * sum_dy) * rstd
        first = _spread(_grouped(sum_dy * weight, groups) / count, channels)
        second = _spread(_grouped(normal * weight, groups) / count, channels)
        on_dy, on_x = weight * rstd, -second * rstd.square()
        constant = -first * rstd - on_x * mean
        dx = torch.addcmul(constant.to(x.dtype)[:, None], dy, on_dy.to(x.dtype)[:, None])
        dx.addcmul_(flat, on_x.to(x.dtype)[:, None])
        return _unflatten(dx, x), normal.sum(0), sum_dy.sum(0), None, None


def _flatten(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, x.shape[1])


def _unflatten(flat: Tensor, like: Tensor) -> Tensor:
    n, c, h, w = like.shape
    return flat.reshape(n, h, w, c).permute(0, 3, 1, 2)


def _grouped(per_channel: Tensor, groups: int) -> Tensor:
    return per_channel.unflatten(1, (groups, -1)).sum(2)


def _spread(per_group: Tensor, channels: int) -> Tensor:
    return per_group.repeat_interleave(channels // per_group.shape[1], dim=1)


class FastGroupNorm(nn.GroupNorm):
    """Drop-in for nn.GroupNorm on [n, c, h, w]."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise over groups."""
        if x.dim() != 4:
            return super().forward(x)
        return _GroupNormFunction.apply(x, self.weight, self.bias, self.num_groups, self.eps)


def use_fast_norms(module: nn.Module) -> None:
    """Let every GroupNorm of a module compute the fast way; parameters stay as they are."""
    for child in module.modules():
        if type(child) is nn.GroupNorm:
            child.__class__ = FastGroupNorm
