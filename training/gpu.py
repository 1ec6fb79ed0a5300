"""Train on a bare CUDA machine that reaches nothing outside it, in a quarter of an hour, from a released model.

    python -m training.gpu --wheels wheels --model public/models/picturebook --out "$OUT" --minutes 12

PyTorch is there; `wheels` holds the other packages of pyproject.toml. The scenes are drawn on the spot by all CPU
cores. What is left in --out are parts of one archive, of at most PART bytes each: `cat weights.tar.* | tar x`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

PART = 15_000_000
"""Bytes of a part: such a machine hands back files of 16 MiB at most."""


@dataclass(frozen=True)
class Step:
    """One command of `training.run`; `share` of the minutes is its own, 0 for what takes as long as it takes."""

    name: str
    share: float
    options: tuple[str, ...] = ()


STEPS = (
    Step("adopt", 0),
    Step("render", 0),
    Step("latent-encoder", 0.1, ("--batch-size", "64")),
    Step("cache", 0),
    Step("decoder", 0.3, ("--batch-size", "48")),
    Step("joint", 0.35, ("--batch-size", "512")),
    Step("invariance", 0.02),
    Step("trait-words", 0.01),
    Step("look-reading", 0.03, ("--batch-size", "512")),
    Step("look", 0.11, ("--batch-size", "512")),
    Step("segmenter", 0.04, ("--batch-size", "64")),
    Step("judge", 0.04, ("--batch-size", "256")),
    Step("export", 0),
)
"""Those that gain most get most; the encoder first, because the others read its latents."""
TRIAL = {"render": ("--count", "24", "--held-out", "8"), "cache": ("--count", "24", "--shard", "24")}


def command_lines(work: Path, model: Path, made: Path, minutes: float, scenes: int, trial: bool) -> list[list[str]]:
    """The command line of every step, in order; a trial takes two training steps each."""
    lines = []
    for step in STEPS:
        line = [step.name, "--work", str(work), "--out", str(model if step.name == "adopt" else made)]
        if trial:
            line += TRIAL.get(step.name, ("--steps", "2", "--batch-size", "2") if step.share else ())
        else:
            line += step.options
            line += ["--minutes", f"{step.share * minutes:.2f}"] if step.share else []
            line += ["--count", str(scenes)] if step.name in ("render", "cache") else []
            line += ["--workers", str(os.cpu_count())] if step.name == "render" else []
        lines.append(line)
    return lines


def pack(made: Path, out: Path, part: int = PART) -> list[Path]:
    """Everything under `made` as one tar archive, cut into parts."""
    out.mkdir(parents=True, exist_ok=True)
    parts: list[Path] = []
    with tempfile.TemporaryFile() as whole:
        with tarfile.open(fileobj=whole, mode="w") as archive:
            for path in sorted(path for path in made.rglob("*") if path.is_file()):
                archive.add(path, path.relative_to(made))
        whole.seek(0)
        while content := whole.read(part):
            parts.append(out / f"weights.tar.{len(parts):02d}")
            parts[-1].write_bytes(content)
    return parts


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("public/models/picturebook"), help="what to go on from")
    parser.add_argument("--out", type=Path, required=True, help="where the archive's parts are left")
    parser.add_argument("--wheels", type=Path, help="packages to install first, without an index")
    parser.add_argument("--minutes", type=float, default=11.0, help="of training; drawing and encoding come on top")
    parser.add_argument("--scenes", type=int, default=40_000)
    parser.add_argument("--trial", action="store_true", help="two training steps a stage, to see it work")
    args = parser.parse_args(argv)
    if args.wheels:
        wheels = sorted(str(path) for path in args.wheels.glob("*.whl"))
        subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", *wheels], check=True)
    with tempfile.TemporaryDirectory() as folder:
        work, made = Path(folder) / "work", Path(folder) / "made" / args.model.name
        for line in command_lines(work, args.model, made, args.minutes, args.scenes, args.trial):
            print(f"— {line[0]}", flush=True)
            done = subprocess.run([sys.executable, "-m", "training.run", *line])
            # What is trained already is worth handing back: a stage that fails leaves the one before it in its place.
            if done.returncode and line[0] in ("adopt", "render", "export"):
                sys.exit(f"{line[0]} failed")
        for path in pack(made.parent, args.out):
            print(path.name, path.stat().st_size, flush=True)


if __name__ == "__main__":
    main()
