"""One loop for every stage, on one process or many (`accelerate launch`).

Every step draws its batch from a generator seeded by (seed, step, process), so a resumed run
sees exactly the batches that an unbroken one would have seen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from diffusers.training_utils import EMAModel
from torch import Tensor, nn

from training.loop.checkpoint import load_checkpoint, save_checkpoint
from training.loop.muon import MuonAdamW
from training.loop.schedule import Budget, learning_rate


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


class Stage(Protocol):
    """What the loop needs from a stage: a module whose forward turns a batch into metrics."""

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """Draw one batch (CPU tensors)."""
        ...


@dataclass
class Position:
    """Where a run is."""

    step: int = 0
    seconds: float = 0.0
    samples: int = 0
    averages: dict[str, float] = field(default_factory=dict)


def precision(choice: str) -> str:
    """'bf16' where the device computes in it, else 'no'."""
    if choice != "auto":
        return choice
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "no"
    return "bf16" if torch.backends.cpu.get_cpu_capability().startswith("AVX512") else "no"


def train(
    stage: nn.Module,
    config: TrainConfig,
    folder: Path,
    on_save: Callable[[nn.Module], None] | None = None,
) -> Position:
    """Train a stage until its budget is spent, resuming from `folder` where it can.

    The stage's trainable parameters end as their EMA. `on_save` runs with the EMA weights in
    place at every checkpoint, on the main process.
    """
    accelerator = Accelerator(mixed_precision=precision(config.mixed_precision))
    trainable = [p for p in stage.parameters() if p.requires_grad]
    optimizer = build_optimizer(trainable, config)
    ema = EMAModel(trainable, decay=config.ema, foreach=True)
    position = _resume(folder, trainable, optimizer, ema)
    wrapped, optimizer = accelerator.prepare(stage, optimizer)
    ema.to(accelerator.device)
    _loop(accelerator, wrapped, stage, optimizer, trainable, ema, config, folder, position, on_save)
    accelerator.wait_for_everyone()
    ema.copy_to(trainable)
    return position


def build_optimizer(trainable: list[nn.Parameter], config: TrainConfig) -> torch.optim.Optimizer:
    """Muon (with AdamW where there are no matrices) or plain AdamW."""
    settings = {"lr": config.learning_rate, "betas": config.betas, "weight_decay": config.weight_decay}
    if config.optimizer == "muon":
        return MuonAdamW(trainable, **settings)
    return torch.optim.AdamW(trainable, fused=True, **settings)


def _resume(folder: Path, trainable: list[nn.Parameter], optimizer: torch.optim.Optimizer, ema: EMAModel) -> Position:
    state = load_checkpoint(folder)
    if state is None:
        return Position()
    with torch.no_grad():
        for parameter, saved in zip(trainable, state["parameters"], strict=True):
            parameter.copy_(saved)
    optimizer.load_state_dict(state["optimizer"])
    ema.load_state_dict(state["ema"])
    return Position(state["step"], state["seconds"], state["samples"])


def _loop(accelerator, wrapped, stage, optimizer, trainable, ema, config, folder, position, on_save) -> None:
    budget, started, base = config.budget, time.monotonic(), position.seconds
    saved = logged = started
    wrapped.train()
    while True:
        now = time.monotonic()
        position.seconds = _agree(accelerator, base + now - started)
        progress = budget.progress(position.step, position.seconds)
        save_due = _agree(accelerator, float(now - saved > config.save_seconds)) > 0
        if progress >= 1 or save_due:
            saved = now
            if accelerator.is_main_process:
                _save(folder, position, trainable, optimizer, ema)
                if progress >= 1:
                    _log(folder, position, progress)
                with _averaged(ema, trainable):
                    if on_save:
                        on_save(stage)
            if progress >= 1:
                return
        metrics = _step(accelerator, wrapped, stage, optimizer, trainable, config, position, progress)
        ema.step(trainable)
        _average(position, metrics)
        position.step += 1
        position.samples += config.batch_size * accelerator.num_processes
        if accelerator.is_main_process and now - logged > config.log_seconds:
            logged = now
            _log(folder, position, progress)


def _step(accelerator, wrapped, stage, optimizer, trainable, config, position, progress) -> dict[str, Tensor]:
    rate = learning_rate(config.learning_rate, position.step, progress, config.warmup, config.constant)
    for group in optimizer.param_groups:
        group["lr"] = rate
    seed = (config.seed * 1_000_003 + position.step) * 64 + accelerator.process_index
    generator = torch.Generator().manual_seed(seed)
    batch = stage.sample(generator, config.batch_size, progress)
    batch = {key: value.to(accelerator.device) for key, value in batch.items()}
    with accelerator.autocast():
        metrics = wrapped(batch)
    accelerator.backward(metrics["loss"])
    if config.clip:
        accelerator.clip_grad_norm_(trainable, config.clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return metrics


def _agree(accelerator: Accelerator, value: float) -> float:
    """The main process's value, on every process."""
    if accelerator.num_processes == 1:
        return value
    tensor = torch.tensor([value], dtype=torch.float64, device=accelerator.device)
    return float(broadcast(tensor, from_process=0)[0])


@contextmanager
def _averaged(ema: EMAModel, trainable: list[nn.Parameter]):
    ema.store(trainable)
    ema.copy_to(trainable)
    try:
        yield
    finally:
        ema.restore(trainable)


def _average(position: Position, metrics: dict[str, Tensor]) -> None:
    for key, value in metrics.items():
        number = float(value.detach())
        old = position.averages.get(key, number)
        position.averages[key] = old + (number - old) * 0.02


def _log(folder: Path, position: Position, progress: float) -> None:
    line: dict[str, Any] = {
        "step": position.step,
        "samples": position.samples,
        "seconds": round(position.seconds),
        "progress": round(progress, 4),
        **{key: round(value, 5) for key, value in position.averages.items()},
    }
    print(json.dumps(line), flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")


def _save(folder: Path, position: Position, trainable, optimizer, ema: EMAModel) -> None:
    save_checkpoint(
        folder,
        {
            "step": position.step,
            "seconds": position.seconds,
            "samples": position.samples,
            "parameters": [p.detach().cpu() for p in trainable],
            "optimizer": optimizer.state_dict(),
            "ema": ema.state_dict(),
        },
    )
