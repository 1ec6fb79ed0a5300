"""How each stage of the miniature is trained by default."""

from __future__ import annotations

from dataclasses import replace

from training.loop.config import TrainConfig
from training.loop.schedule import Budget

PRESETS: dict[str, TrainConfig] = {
    "vae": TrainConfig(Budget(minutes=27), batch_size=8, learning_rate=1e-3),
    "latent-encoder": TrainConfig(Budget(minutes=20), batch_size=8, learning_rate=1.5e-3, warmup=50, ema=0.98),
    "encoders": TrainConfig(Budget(minutes=13), batch_size=48, learning_rate=8e-4, ema=0.99, weight_decay=0.02),
    "image-encoder": TrainConfig(Budget(minutes=10), batch_size=64, learning_rate=8e-4, ema=0.99, weight_decay=0.02),
    "decoder": TrainConfig(Budget(minutes=60), batch_size=4, learning_rate=5e-3, warmup=20, ema=0.98, save_seconds=300),
    "tiny-decoder": TrainConfig(Budget(minutes=40), batch_size=8, learning_rate=4e-3, warmup=20, ema=0.98),
    "unet": TrainConfig(Budget(minutes=55), batch_size=64, learning_rate=1e-3, ema=0.998, save_seconds=240),
    "projector": TrainConfig(Budget(minutes=4), batch_size=48, learning_rate=1e-3, warmup=20, ema=0.98),
    "joint": TrainConfig(Budget(minutes=25), batch_size=64, learning_rate=6e-4, warmup=40, ema=0.997, save_seconds=240),
    "invariance": TrainConfig(
        Budget(steps=800), batch_size=512, learning_rate=1e-3, warmup=20, ema=0.98, optimizer="adamw"
    ),
    "trait-words": TrainConfig(
        Budget(steps=1200), batch_size=256, learning_rate=2e-3, warmup=50, ema=0.98, optimizer="adamw"
    ),
    "louder": TrainConfig(
        Budget(steps=900), batch_size=384, learning_rate=1e-3, warmup=30, ema=0.98, optimizer="adamw"
    ),
    "look-reading": TrainConfig(Budget(minutes=4), batch_size=128, learning_rate=3e-3, warmup=20, ema=0.98),
    "look": TrainConfig(Budget(minutes=10), batch_size=64, learning_rate=4e-3, warmup=10, ema=0.98),
    "segmenter": TrainConfig(
        Budget(minutes=12), batch_size=16, learning_rate=2e-3, warmup=50, ema=0.98, weight_decay=0.02
    ),
    "judge": TrainConfig(Budget(minutes=4), batch_size=64, learning_rate=2e-3, ema=0.98, weight_decay=0.02),
}
"""Minutes of one to two CPU cores; `--minutes` and `--steps` replace the budget."""


def preset(stage: str, minutes: float = 0.0, steps: int = 0, **changes: float) -> TrainConfig:
    """A stage's settings with another budget or other values."""
    config = PRESETS[stage]
    if minutes or steps:
        config = replace(config, budget=Budget(steps=steps, minutes=minutes))
    return replace(config, **{key: value for key, value in changes.items() if value})
