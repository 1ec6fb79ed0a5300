"""Train the miniature, one stage at a time or all at once.

python -m training.run vae --work DIR --minutes 27
accelerate launch … -m training.run unet --work DIR
python -m training.run --all --work DIR --out public/models/picturebook
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import torch

from training.presets import preset
from training.stages.runners import RUNNERS

ORDER = ("render", "vae", "encoders", "cache", "unet", "projector", "joint", "judge", "export", "evaluate")


def command(step: str, work: Path, out: Path) -> list[str]:
    """The command line of one step with its defaults."""
    module = [sys.executable, "-m"]
    modules = {
        "cache": ["training.dataset.cache", "--work", str(work)],
        "export": ["training.export", str(out), "--work", str(work)],
        "evaluate": ["training.evaluation.evaluate", str(out), "--work", str(work)],
    }
    return module + modules.get(step, ["training.run", step, "--work", str(work)])


def run_all(work: Path, out: Path) -> None:
    """Every step in order; steps that are done already end at once."""
    for step in ORDER:
        print(f"— {step}", flush=True)
        if step == "render":
            prerender = [sys.executable, "-m", "training.dataset.prerender"]
            subprocess.run([*prerender, str(work / "train")], check=True)
            subprocess.run([*prerender, str(work / "held"), "--count", "4000", "--first-seed", "10000000"], check=True)
        else:
            subprocess.run(command(step, work, out), check=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", nargs="?", choices=tuple(RUNNERS))
    parser.add_argument("--all", action="store_true", help="run every stage, then export and evaluate")
    parser.add_argument("--work", type=Path, required=True, help="where data, checkpoints and logs live")
    parser.add_argument("--out", type=Path, default=Path("public/models/picturebook"))
    parser.add_argument("--minutes", type=float, default=0.0, help="length of the stage in training time")
    parser.add_argument("--steps", type=int, default=0, help="length of the stage in steps (repeatable)")
    parser.add_argument("--batch-size", type=int, default=0)
    parser.add_argument("--learning-rate", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="threads of each process")
    args = parser.parse_args()
    if args.all == bool(args.stage):
        parser.error("Name one stage, or say --all.")
    if args.all:
        run_all(args.work, args.out)
        return
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    config = preset(
        args.stage,
        args.minutes,
        args.steps,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        seed=args.seed,
    )
    RUNNERS[args.stage](args.work, config)


if __name__ == "__main__":
    main()
