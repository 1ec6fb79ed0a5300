"""What a run changes as it goes on: weights, optimizer, EMA and position; how they are saved and logged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from torch import Tensor, nn

from training.loop.checkpoint import load_checkpoint, save_checkpoint

AVERAGING = 0.02
"""Weight of a step's metrics in the averages that are logged."""


@dataclass
class Position:
    """Where a run is."""

    step: int = 0
    seconds: float = 0.0
    samples: int = 0
    averages: dict[str, float] = field(default_factory=dict)

    def advance(self, metrics: dict[str, Tensor], samples: int) -> None:
        """Count one step."""
        for key, value in metrics.items():
            number = float(value.detach())
            old = self.averages.get(key, number)
            self.averages[key] = old + (number - old) * AVERAGING
        self.step += 1
        self.samples += samples

    def log(self, folder: Path, progress: float) -> None:
        """Print a line and add it to folder/log.jsonl."""
        line: dict[str, Any] = {
            "step": self.step,
            "samples": self.samples,
            "seconds": round(self.seconds),
            "progress": round(progress, 4),
            **{key: round(value, 5) for key, value in self.averages.items()},
        }
        print(json.dumps(line), flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")


@dataclass
class TrainState:
    """Everything that a checkpoint holds."""

    trainable: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    ema: EMAModel
    position: Position = field(default_factory=Position)

    def resume(self, folder: Path) -> None:
        """Go on from the folder's checkpoint, if it has one."""
        saved = load_checkpoint(folder)
        if saved is None:
            return
        with torch.no_grad():
            for parameter, value in zip(self.trainable, saved["parameters"], strict=True):
                parameter.copy_(value)
        self.optimizer.load_state_dict(saved["optimizer"])
        self.ema.load_state_dict(saved["ema"])
        self.position = Position(saved["step"], saved["seconds"], saved["samples"])

    def save(self, folder: Path) -> None:
        """Write the folder's checkpoint."""
        save_checkpoint(
            folder,
            {
                "step": self.position.step,
                "seconds": self.position.seconds,
                "samples": self.position.samples,
                "parameters": [p.detach().cpu() for p in self.trainable],
                "optimizer": self.optimizer.state_dict(),
                "ema": self.ema.state_dict(),
            },
        )

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The EMA's weights in place of the trained ones."""
        self.ema.store(self.trainable)
        self.ema.copy_to(self.trainable)
        try:
            yield
        finally:
            self.ema.restore(self.trainable)
