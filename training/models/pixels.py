"""Pictures as the networks take them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def to_signed(pixels: Tensor) -> Tensor:
    """uint8 pixels → float in [−1, 1], channels last in memory."""
    return (pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def half_size(pixels: Tensor) -> Tensor:
    """[3, 2s, 2s] uint8 → [3, s, s] uint8 by area."""
    return F.avg_pool2d(pixels.float()[None], 2)[0].round().to(torch.uint8)
