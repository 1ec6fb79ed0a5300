"""The multilayer perceptron from image embeddings to pseudo-words, and the file formats it is published in."""

import json
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU}


class PseudoWordProjector(nn.Module):
    """Linear layers with an activation between them: [n, input_dim] → [n, output_dim] (UMM-Diffusion, 3.2)."""

    def __init__(self, input_dim: int, hidden_dims: list[int], output_dim: int, activation: str) -> None:
        super().__init__()
        widths = [input_dim, *hidden_dims, output_dim]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.activation = ACTIVATIONS[activation]()
        self.settings = {
            "_class_name": "PseudoWordProjector",
            "input_dim": input_dim,
            "hidden_dims": hidden_dims,
            "output_dim": output_dim,
            "activation": activation,
        }

    def forward(self, image_embeds: torch.Tensor) -> torch.Tensor:
        """Maps raw (not normalised) image embeddings [n, input_dim] to pseudo-words [n, output_dim]."""
        hidden = image_embeds
        for index, layer in enumerate(self.layers):
            hidden = layer(hidden if index == 0 else self.activation(hidden))
        return hidden

    def save(self, folder: Path, dtype: torch.dtype) -> None:
        """Writes config.json and model.safetensors with layers.{i}.weight and .bias."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(self.settings, indent=2) + "\n")
        save_file({key: value.to(dtype) for key, value in self.state_dict().items()}, folder / "model.safetensors")


class LinCir(nn.Module):
    """The layout of LinCIR's and SEARLE's Phi: layers.{0,3,6}, dropout between, GELU."""

    def __init__(self, width: int, hidden: int, output: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, output),
        )

    def forward(self, image_embeds: torch.Tensor) -> torch.Tensor:
        """[n, width] → [n, output]."""
        return self.layers(image_embeds)


class Pic2Word(nn.Module):
    """The layout of Pic2Word's IM2TEXT: layers.{0,1}.0 (linear, dropout, ReLU), fc_out."""

    def __init__(self, width: int, hidden: int, output: int) -> None:
        super().__init__()
        blocks = [nn.Sequential(nn.Linear(w, hidden), nn.Dropout(0.1), nn.ReLU()) for w in (width, hidden)]
        self.layers = nn.Sequential(*blocks)
        self.fc_out = nn.Linear(hidden, output)

    def forward(self, image_embeds: torch.Tensor) -> torch.Tensor:
        """[n, width] → [n, output]."""
        return self.fc_out(self.layers(image_embeds))
