"""Learning-rate schedule: a short warm-up, then one unbroken cosine to zero."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """How long a stage runs: a number of steps or, where `minutes` is set, training time.

    A time budget keeps the cosine unbroken on a machine whose speed changes; a step budget
    makes a run repeatable.
    """

    steps: int = 0
    minutes: float = 0.0

    def __post_init__(self) -> None:
        if (self.steps > 0) == (self.minutes > 0):
            raise ValueError("Give a budget either in steps or in minutes.")

    def progress(self, step: int, seconds: float) -> float:
        """Share of the budget that is spent, 0–1."""
        spent = step / self.steps if self.steps else seconds / (60 * self.minutes)
        return min(1.0, spent)


def learning_rate(peak: float, step: int, progress: float, warmup: int, constant: bool = False) -> float:
    """Learning rate at a step: linear warm-up over `warmup` steps, then cosine (or constant)."""
    ramp = min(1.0, (step + 1) / max(1, warmup))
    shape = 1.0 if constant else 0.5 * (1 + math.cos(math.pi * progress))
    return peak * ramp * shape
