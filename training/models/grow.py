"""A decoder that draws twice as large from the same latents, begun from one that is trained already."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import nn


@torch.no_grad()
def grow_decoder(small: AutoencoderKL, large: AutoencoderKL) -> None:
    """Copy the decoder of `small` into `large`, which has one more block of the same width at its end.

    The new block begins as a plain doubling, so that the first pictures are the old ones, enlarged.
    """
    count = len(small.decoder.up_blocks)
    widths = large.config.block_out_channels
    if len(large.decoder.up_blocks) != count + 1 or widths[0] != widths[1]:
        raise ValueError("The larger decoder must have one more block, as wide as the one before it.")
    known = {key: value for key, value in small.decoder.state_dict().items()}
    missing, unexpected = large.decoder.load_state_dict(known, strict=False)
    new = (f"up_blocks.{count}.", f"up_blocks.{count - 1}.upsamplers.")
    if unexpected or any(not key.startswith(new) for key in missing):
        raise ValueError(f"These decoders do not fit together: {unexpected or missing}")
    large.post_quant_conv.load_state_dict(small.post_quant_conv.state_dict())
    large.register_to_config(scaling_factor=small.config.scaling_factor)
    _pass_on(large.decoder.up_blocks[count - 1].upsamplers[0].conv)
    for resnet in large.decoder.up_blocks[count].resnets:
        _add_nothing(resnet)


def _pass_on(conv: nn.Conv2d) -> None:
    nn.init.dirac_(conv.weight)
    nn.init.zeros_(conv.bias)


def _add_nothing(resnet: ResnetBlock2D) -> None:
    nn.init.zeros_(resnet.conv2.weight)
    nn.init.zeros_(resnet.conv2.bias)
