"""One loop for every stage, on one process or many (`accelerate launch`).

Every step draws its batch from a generator seeded by (seed, step, process), so a resumed run
sees exactly the batches that an unbroken one would have seen. The exception is a stage that
reads a stream (`LiveTiueStage`): it opens the stream anew where it resumes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from diffusers.training_utils import EMAModel
from torch import Tensor, nn

from training.loop.config import TrainConfig, build_optimizer, precision
from training.loop.schedule import learning_rate
from training.loop.state import Position, TrainState


class Stage(Protocol):
    """What the loop needs from a stage: a module that draws its own batches."""

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """Draw one batch (CPU tensors)."""
        ...

    def __call__(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Metrics of one batch, scalars; the one named loss is minimised."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """As nn.Module's; those that require a gradient are trained."""
        ...


@dataclass(frozen=True)
class Run:
    """What one call of `train` works with; `wrapped` is the stage as the accelerator runs it."""

    accelerator: Accelerator
    stage: Stage
    wrapped: nn.Module
    config: TrainConfig
    state: TrainState
    folder: Path
    on_save: Callable[[], None] | None


def train(stage: Stage, config: TrainConfig, folder: Path, on_save: Callable[[], None] | None = None) -> Position:
    """Train a stage until its budget is spent, resuming from `folder` where it can.

    The stage's trainable parameters end as their EMA. `on_save` runs with the EMA weights in
    place at every checkpoint, on the main process.
    """
    accelerator = Accelerator(mixed_precision=precision(config.mixed_precision))
    trainable = [p for p in stage.parameters() if p.requires_grad]
    ema = EMAModel(trainable, decay=config.ema, foreach=True)
    state = TrainState(trainable, build_optimizer(trainable, config), ema)
    state.resume(folder)
    wrapped, state.optimizer = accelerator.prepare(stage, state.optimizer)
    ema.to(accelerator.device)
    _loop(Run(accelerator, stage, wrapped, config, state, folder, on_save))
    accelerator.wait_for_everyone()
    ema.copy_to(trainable)
    return state.position


def _loop(run: Run) -> None:
    accelerator, config, position = run.accelerator, run.config, run.state.position
    base, started = position.seconds, time.monotonic()
    saved = logged = started
    run.wrapped.train()
    while True:
        now = time.monotonic()
        position.seconds = _agree(accelerator, base + now - started)
        progress = config.budget.progress(position.step, position.seconds)
        save_due = _agree(accelerator, float(now - saved > config.save_seconds)) > 0
        if progress >= 1 or save_due:
            saved = now
            if accelerator.is_main_process:
                _save(run, progress)
        if progress >= 1:
            return
        metrics = _step(run, progress)
        run.state.ema.step(run.state.trainable)
        position.advance(metrics, config.batch_size * accelerator.num_processes)
        if accelerator.is_main_process and now - logged > config.log_seconds:
            logged = now
            position.log(run.folder, progress)


def _save(run: Run, progress: float) -> None:
    run.state.save(run.folder)
    if progress >= 1:
        run.state.position.log(run.folder, progress)
    if run.on_save:
        with run.state.averaged():
            run.on_save()


def _step(run: Run, progress: float) -> dict[str, Tensor]:
    accelerator, config, step = run.accelerator, run.config, run.state.position.step
    optimizer = run.state.optimizer
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(config.learning_rate, step, progress, config.warmup, config.constant)
    seed = (config.seed * 1_000_003 + step) * 64 + accelerator.process_index
    batch = run.stage.sample(torch.Generator().manual_seed(seed), config.batch_size, progress)
    batch = {key: value.to(accelerator.device) for key, value in batch.items()}
    with accelerator.autocast():
        metrics = run.wrapped(batch)
    accelerator.backward(metrics["loss"])
    if config.clip:
        accelerator.clip_grad_norm_(run.state.trainable, config.clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return metrics


def _agree(accelerator: Accelerator, value: float) -> float:
    """The main process's value, on every process."""
    if accelerator.num_processes == 1:
        return value
    tensor = torch.tensor([value], dtype=torch.float64, device=accelerator.device)
    return float(broadcast(tensor, from_process=0)[0])
