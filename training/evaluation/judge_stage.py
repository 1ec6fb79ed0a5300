"""Training the judge: the one stage that belongs to measuring, not to the model."""

from __future__ import annotations

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.dataset.prerender import WorldArrays, load_world
from training.evaluation.judge import INPUT, Judge, half_view, whole_view
from training.loop.config import TrainConfig
from training.loop.trainer import train
from training.world.attributes import attribute_loss, attribute_row


class JudgeStage(nn.Module):
    """Supervised training on whole pictures and on halves of two-subject pictures."""

    def __init__(self, judge: Judge, world: WorldArrays) -> None:
        super().__init__()
        self.judge = judge
        self.world = world

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """{'pixels': [b, 3, INPUT, INPUT] uint8, 'attributes': [b, 9], 'blur': [b]}."""
        rows = torch.randint(len(self.world), (batch_size,), generator=generator).tolist()
        rng = random.Random(int(torch.randint(2**62, (1,), generator=generator)))
        pictures, attributes = zip(*(self._example(row, rng) for row in rows), strict=True)
        return {
            "pixels": torch.stack(pictures),
            "attributes": torch.tensor(attributes),
            "noise": torch.randn(batch_size, 3, INPUT, INPUT, generator=generator),
            "strength": torch.rand(batch_size, 1, 1, 1, generator=generator),
            "blur": torch.rand(batch_size, 1, 1, 1, generator=generator),
        }

    def _example(self, row: int, rng: random.Random) -> tuple[Tensor, list[float]]:
        scene = self.world.scene(row)
        picture = torch.from_numpy(self.world.pixels[row].copy()).permute(2, 0, 1)
        if len(scene.subjects) == 2:
            side = rng.randrange(2)
            return half_view(picture, side, rng), attribute_row(scene, scene.subjects[side])
        return whole_view(picture), attribute_row(scene, scene.subjects[0])

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch, pictures blurred and noised by chance."""
        pixels = batch["pixels"].float() / 127.5 - 1
        soft = F.interpolate(F.avg_pool2d(pixels, 2), scale_factor=2, mode="bilinear")
        mix = batch["blur"] * 0.9
        pixels = pixels * (1 - mix) + soft * mix + 0.08 * batch["strength"] * batch["noise"]
        logits = self.judge(pixels.contiguous(memory_format=torch.channels_last)).float()
        return {"loss": attribute_loss(logits, batch["attributes"])}


def run_judge(work: Path, config: TrainConfig) -> None:
    """From work/train to work/runs/judge/judge.pt."""
    folder = work / "runs" / "judge"
    judge = Judge().to(memory_format=torch.channels_last)

    def save() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(judge.state_dict(), folder / "judge.pt")

    train(JudgeStage(judge, load_world(work / "train")), config, folder, save)
