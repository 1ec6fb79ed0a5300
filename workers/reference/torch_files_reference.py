"""Files of torch.save and safetensors as people publish them: state dicts, projectors, textual inversions."""

from __future__ import annotations

import argparse
import collections
import sys
import types
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from projector import LinCir, Pic2Word

WIDTH = 8


def write_torch_file(folder: Path) -> None:
    """everything.pt with what a training script saves, and its tensors once more as safetensors."""
    torch.manual_seed(3)
    linear = nn.Linear(5, 3)
    tensors = {
        "float": torch.randn(2, 3),
        "half": torch.randn(4).half(),
        "bfloat": torch.randn(3, 1).bfloat16(),
        "double": torch.randn(2).double(),
        "long": torch.tensor([1, -(2**40)]),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(4.0),
        "empty": torch.zeros(0, 3),
        "slice": torch.arange(12.0).reshape(4, 3)[1:3],
    }
    content = {
        **tensors,
        "state_dict": linear.state_dict(),
        "parameter": linear.weight,
        "epoch": 3,
        "rate": 0.5,
        "far": 2**40,
        "nothing": None,
        "pair": (1, [True, "text"]),
        "betas": {0: 0.9, 1: 0.999},
        "size": torch.Size([2, 3]),
    }
    torch.save(content, folder / "everything.pt")
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file({**contiguous, "weight": linear.weight, "bias": linear.bias}, folder / "everything.safetensors")
    torch.save(content, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    write_views(folder)
    write_training_state(folder)


def write_views(folder: Path) -> None:
    """views.pt and views-legacy.pt: tensors that do not lie row by row, and that share their numbers."""
    torch.manual_seed(6)
    shared = torch.randn(4, 6)
    tensors = {
        "whole": shared,
        "again": shared,
        "tied": shared.view(3, 8),
        "transposed": shared.t(),
        "stepped": shared[::2, 1::3],
        "permuted": torch.randn(2, 3, 4).permute(2, 0, 1),
        "one row": shared[1:2].t(),
        "half": torch.randn(3, 2).half().t(),
        "float8": torch.randn(5).to(torch.float8_e4m3fn),
        "unsigned": torch.tensor([1, 65535], dtype=torch.uint16),
        "parameter": nn.Parameter(torch.randn(2, 3).t()),
    }
    torch.save(tensors, folder / "views.pt")
    old = {name: tensor for name, tensor in tensors.items() if name not in ("float8", "unsigned")}
    torch.save(old, folder / "views-legacy.pt", _use_new_zipfile_serialization=False)
    contiguous = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    save_file(contiguous, folder / "views.safetensors")
    torch.save({"repeated": torch.randn(3, 1).expand(3, 1000)}, folder / "repeated.pt")


class ModelCheckpoint:
    """Stands for PyTorch Lightning's class of this name."""


def write_training_state(folder: Path) -> None:
    """lightning.ckpt: what PyTorch Lightning saves beside the weights."""
    torch.manual_seed(7)
    ModelCheckpoint.__module__ = "pytorch_lightning.callbacks.model_checkpoint"
    module = types.ModuleType(ModelCheckpoint.__module__)
    module.ModelCheckpoint = ModelCheckpoint
    names = ("pytorch_lightning", "pytorch_lightning.callbacks", ModelCheckpoint.__module__)
    sys.modules |= {name: types.ModuleType(name) for name in names} | {ModelCheckpoint.__module__: module}
    optimizer = torch.optim.AdamW(nn.Linear(2, 2).parameters())
    content = {
        "epoch": 3,
        "global_step": 470_000,
        "pytorch-lightning_version": "1.4.2",
        "state_dict": {"weight": torch.randn(3, 2), "betas": torch.rand(4, dtype=torch.float64)},
        "callbacks": {
            ModelCheckpoint: {"best_model_score": np.float64(0.5), "monitor": None, "kept": {"last.ckpt"}},
            "other": np.arange(3),
        },
        "optimizer_states": [optimizer.state_dict()],
        "hparams": argparse.Namespace(rate=np.float32(1e-4), device=torch.device("cpu")),
        "counts": collections.defaultdict(int, {"a": 1}),
    }
    torch.save(content, folder / "lightning.ckpt")
    save_file(content["state_dict"], folder / "lightning.safetensors")


def write_projectors(folder: Path) -> None:
    """The three published layouts, and what they make of an embedding [1, 8] (in projectors.safetensors)."""
    torch.manual_seed(4)
    phi, img2text = LinCir(WIDTH, 2 * WIDTH, WIDTH + 1).eval(), Pic2Word(WIDTH, WIDTH // 2, WIDTH + 1).eval()
    torch.save({"Phi": phi.state_dict(), "epoch": 3}, folder / "lincir.pt")
    parallel = {f"module.{name}": tensor for name, tensor in img2text.state_dict().items()}
    torch.save({"epoch": 1, "name": "x", "state_dict_img2text": parallel}, folder / "pic2word.pt")
    save_file(phi.state_dict(), folder / "searle.safetensors")
    embedding = torch.randn(1, WIDTH)
    with torch.no_grad():
        outputs = {"embedding": embedding, "phi": phi(embedding), "pic2word": img2text(embedding)}
    save_file(outputs, folder / "projectors.safetensors")


def write_textual_inversions(folder: Path) -> None:
    """The formats that embeddings are passed around in; all hold the same vectors [2, 8] or [1, 8]."""
    torch.manual_seed(5)
    vectors = torch.randn(2, WIDTH)
    save_file({"vectors": vectors}, folder / "vectors.safetensors")
    torch.save({"<cat-toy>": vectors[0].clone()}, folder / "learned_embeds.bin")
    save_file({"<cat-toy>": vectors}, folder / "learned_embeds.safetensors")
    a1111 = {
        "string_to_token": {"*": 265},
        "string_to_param": {"*": vectors.clone().requires_grad_()},
        "name": "toy",
        "step": 500,
        "sd_checkpoint": "6ce01612",
        "sd_checkpoint_name": "model",
    }
    torch.save(a1111, folder / "a1111.pt")
    original = {"string_to_token": {"*": torch.tensor(265)}, "string_to_param": nn.ParameterDict({"*": vectors.clone()})}
    torch.save(original, folder / "original.pt")
    torch.save({**a1111, "name": " \t"}, folder / "blank-name.pt")
    torch.save({**a1111, "name": " toy\n"}, folder / "spaced-name.pt")
    torch.save(vectors, folder / "alone.pt")
    torch.save([vectors], folder / "list.pt")
    save_file({"emb_params": vectors}, folder / "emb.safetensors")
    save_file({"clip_l": vectors}, folder / "clip-l.safetensors")
    save_file({"clip_l": vectors, "clip_g": torch.randn(2, 1280)}, folder / "sdxl.safetensors")


def write_torch_files(data: Path) -> None:
    """Everything of this file."""
    for name, write in (
        ("torch", write_torch_file),
        ("projector", write_projectors),
        ("textual-inversion", write_textual_inversions),
    ):
        (data / name).mkdir(parents=True, exist_ok=True)
        write(data / name)
