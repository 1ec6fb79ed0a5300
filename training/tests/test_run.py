"""All steps in order, from an empty folder to a model card, at the smallest sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from training import run
from training.evaluation.curve import ALPHAS
from training.evaluation.pipeline import load_exported
from training.loop import trainer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that `--all --trial` writes: work/ and model/."""
    folder = tmp_path_factory.mktemp("all")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "precision", lambda _: "no")  # accelerate keeps one precision per process
        for line in run.command_lines(folder / "work", folder / "model", trial=True):
            run.main(line)
    return folder


def test_all_steps_lead_from_nothing_to_a_model_that_loads(made: Path) -> None:
    model = load_exported(made / "model")
    sample = torch.zeros(1, 4, 16, 16)
    assert model.unet(sample, 1, torch.zeros(1, 77, 192)).sample.shape == sample.shape
    assert json.loads((made / "model" / "preview" / "config.json").read_text())["latent_channels"] == 4


def test_all_steps_measure_what_the_card_tells(made: Path) -> None:
    metrics = json.loads((made / "model" / "metrics.json").read_text())
    assert [row["alpha"] for row in metrics["curve"]] == list(ALPHAS)
    assert metrics["training"]["joint"]["samples"] > 0
    text = (made / "model" / "README.md").read_text()
    pictures = [made / "model" / "images" / name for name in ("curve.png", "pseudo-words.png", "grid.webp")]
    assert all(picture.exists() and f"images/{picture.name}" in text for picture in pictures)


def test_a_stage_and_all_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run.main(["--all", "vae", "--work", str(tmp_path)])


def test_two_processes_share_a_stage(made: Path) -> None:
    folder = made / "work" / "runs" / "projector"
    (folder / "checkpoint.pt").unlink()
    launch = "-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no"
    stage = f"--dynamo_backend no -m training.run projector --work {made / 'work'} --steps 3 --batch-size 4"
    root = Path(__file__).parents[2]
    settings = {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    command = [sys.executable, *launch.split(), *stage.split()]
    subprocess.run(command, check=True, env={**os.environ, **settings}, cwd=root)
    last = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    assert (last["step"], last["samples"]) == (3, 2 * 3 * 4)
