"""The projector of TIUE: CLIP image embedding → pseudo-word embedding (UMM-Diffusion, Sec. 3.2)."""

from __future__ import annotations

import itertools

import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

ACTIVATIONS = {"gelu": F.gelu, "relu": F.relu}


class PseudoWordProjector(ModelMixin, ConfigMixin):
    """A multilayer perceptron on raw (not normalised) projected image embeddings.

    [..., input_dim] → [..., output_dim]; the activation sits between the linear layers.
    """

    @register_to_config
    def __init__(
        self,
        input_dim: int,
        hidden_dims: list[int],
        output_dim: int,
        activation: str = "gelu",
    ) -> None:
        super().__init__()
        widths = [input_dim, *hidden_dims, output_dim]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))

    def forward(self, image_embeds: Tensor) -> Tensor:
        """Map image embeddings to pseudo-words."""
        hidden = self.layers[0](image_embeds)
        for layer in self.layers[1:]:
            hidden = layer(ACTIVATIONS[self.config.activation](hidden))
        return hidden
