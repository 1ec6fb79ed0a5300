"""Settings of a run, and the optimizer and precision that they ask for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env
from torch import nn

from training.loop.muon import MuonAdamW
from training.loop.schedule import Budget


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one stage's run. `batch_size` counts samples of one process."""

    budget: Budget
    batch_size: int
    learning_rate: float
    warmup: int = 200
    constant: bool = False
    ema: float = 0.995
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0
    seed: int = 0
    save_seconds: float = 120.0
    log_seconds: float = 15.0
    mixed_precision: str = "auto"
    optimizer: str = "muon"


def precision(choice: str) -> str:
    """'bf16' where the device computes in it, else 'no'."""
    if choice != "auto":
        return choice
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "no"
    return "bf16" if torch.backends.cpu.get_cpu_capability().startswith("AVX512") else "no"


def share_of_process(batch_size: int) -> int:
    """Samples of one process, where `batch_size` counts those of all of them.

    The first state of processes that accelerate makes is the one that stays, and a `PartialState` doesn't read
    `ACCELERATE_USE_CPU`: left alone, each of several processes on CPUs would take itself for the only one.
    """
    return max(1, batch_size // PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU")).num_processes)


def build_optimizer(trainable: list[nn.Parameter], config: TrainConfig) -> torch.optim.Optimizer:
    """Muon (with AdamW where there are no matrices) or plain AdamW."""
    settings = {"lr": config.learning_rate, "betas": config.betas, "weight_decay": config.weight_decay}
    if config.optimizer == "muon":
        return MuonAdamW(trainable, **settings)
    return torch.optim.AdamW(trainable, fused=True, **settings)
