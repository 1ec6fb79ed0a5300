"""Checkpoints: everything a stage needs to go on as if it had never stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

NAME = "checkpoint.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write `folder/checkpoint.pt` atomically: a crash leaves the previous one whole."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{NAME}.partial"
    torch.save(state, partial)
    os.replace(partial, folder / NAME)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The last checkpoint of a folder, on the CPU; None where there is none."""
    path = folder / NAME
    return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None
