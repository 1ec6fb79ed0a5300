"""Pictures as the networks take them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def to_signed(pixels: Tensor) -> Tensor:
    """uint8 pixels → float in [−1, 1], channels last in memory."""
    return (pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def shrunk(pixels: Tensor, edge: int) -> Tensor:
    """[3, k · edge, k · edge] uint8 → [3, edge, edge] uint8 by area."""
    return F.avg_pool2d(pixels.float()[None], pixels.shape[-1] // edge)[0].round().to(torch.uint8)
