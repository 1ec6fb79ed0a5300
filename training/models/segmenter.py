"""A small network that finds the subject of a drawing: its background can then be left out."""

from __future__ import annotations

import itertools

import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = (12, 24, 40, 56, 64)
SIZE = 256


class Segmenter(nn.Module):
    """[b, 3, 256, 256] in [−1, 1] → logits [b, 1, 256, 256]. A U-Net whose finest level is half the picture's edge."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.enter = block(3, widths[0], stride=2)
        self.down = nn.ModuleList(
            nn.Sequential(block(a, b, stride=2), block(b, b)) for a, b in itertools.pairwise(widths)
        )
        self.across = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in itertools.pairwise(widths))
        self.up = nn.ModuleList(block(a, a) for a in widths[:-1])
        self.leave = nn.Conv2d(widths[0], 4, 3, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits: above 0 where the subject is."""
        hidden = self.enter(pixels)
        levels = [hidden]
        for down in self.down:
            hidden = down(hidden)
            levels.append(hidden)
        for i in reversed(range(len(self.up))):
            hidden = F.interpolate(self.across[i](hidden), scale_factor=2.0, mode="nearest")
            hidden = self.up[i](hidden + levels[i])
        return F.pixel_shuffle(self.leave(hidden), 2)


def block(a: int, b: int, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU."""
    return nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())
