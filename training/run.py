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

from training import adopt, export, samples
from training.dataset import cache, prerender
from training.dataset.prerender import HELD_OUT_SEED
from training.evaluation import card
from training.evaluation.judge_stage import run_judge
from training.presets import preset
from training.stages import runners

TRAINED = (
    "vae",
    "encoders",
    "image-encoder",
    "cache",
    "decoder",
    "unet",
    "projector",
    "joint",
    "invariance",
    "trait-words",
    "look-reading",
    "look",
    "segmenter",
    "judge",
)
RUNNERS = {**runners.RUNNERS, "judge": run_judge}
STEPS = ("render", *TRAINED, "export", "evaluate", "card")
FROM_A_RELEASE = ("adopt", "latent-encoder")
"""What takes the place of the first stages where a released model is gone on from."""
ON_DEMAND = ("louder", "tiny-decoder")
"""What trades one thing for another: not part of the whole way."""

TRIAL = {
    "render": ["--count", "64", "--held-out", "40"],
    "cache": ["--count", "40", "--shard", "20"],
    "export": [],
    "evaluate": ["--pairs", "4", "--steps", "1", "--grid-steps", "1"],
    "card": [],
}
"""Options that make a step a trial of some seconds; training stages get TRIAL_STAGE."""
TRIAL_STAGE = ["--steps", "2", "--batch-size", "4"]


def run_tool(step: str, work: Path, out: Path, held_out: int, rest: list[str]) -> None:
    """A step that trains nothing; `rest` goes on to its own command line."""
    if step == "render":
        prerender.main([str(work / "train"), *rest])
        prerender.main([str(work / "held"), "--count", str(held_out), "--first-seed", str(HELD_OUT_SEED)])
    elif step == "cache":
        cache.main(["--work", str(work), *rest])
    elif step == "adopt":
        adopt.main([str(out), "--work", str(work), *rest])
    elif step == "export":
        export.main([str(out), "--work", str(work), *rest])
        samples.main([str(out / "samples")])
    elif step == "evaluate":
        # Here alone are matplotlib and scikit-learn needed, which a lent machine need not have.
        from training.evaluation import evaluate

        evaluate.main([str(out), "--work", str(work), *rest])
    else:
        card.main([str(out), *rest])


def command_lines(work: Path, out: Path, trial: bool) -> list[list[str]]:
    """The command line of every step, in order."""
    places = ["--work", str(work), "--out", str(out)]
    return [[step, *places, *(TRIAL.get(step, TRIAL_STAGE) if trial else [])] for step in STEPS]


def run_all(work: Path, out: Path, trial: bool) -> None:
    """Every step in its own process, in order; steps that are done already end soon."""
    for line in command_lines(work, out, trial):
        print(f"— {line[0]}", flush=True)
        subprocess.run([sys.executable, "-m", "training.run", *line], check=True)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", nargs="?", choices=(*STEPS, *FROM_A_RELEASE, *ON_DEMAND))
    parser.add_argument("--all", action="store_true", help="run every stage, then export and evaluate")
    parser.add_argument("--trial", action="store_true", help="with --all: two training steps a stage, to see it work")
    parser.add_argument("--work", type=Path, required=True, help="where data, checkpoints and logs live")
    parser.add_argument("--out", type=Path, default=Path("public/models/picturebook"))
    parser.add_argument("--held-out", type=int, default=4000, help="render: scenes that are never trained on")
    parser.add_argument("--minutes", type=float, default=0.0, help="length of the stage in training time")
    parser.add_argument("--steps", type=int, default=0, help="length of the stage in steps (repeatable)")
    parser.add_argument("--batch-size", type=int, default=0)
    parser.add_argument("--learning-rate", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="threads of each process")
    args, rest = parser.parse_known_args(argv)
    if args.all == bool(args.stage):
        parser.error("Name one stage, or say --all.")
    if args.all:
        run_all(args.work, args.out, args.trial)
        return
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.stage not in RUNNERS:
        if args.stage in ("cache", "evaluate"):
            rest += ["--threads", str(args.threads)]
        if args.stage == "evaluate" and args.steps:
            rest += ["--steps", str(args.steps)]
        run_tool(args.stage, args.work, args.out, args.held_out, rest)
        return
    if rest:
        parser.error(f"Unknown options: {' '.join(rest)}")
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
