"""Sample subjects for the product: close-ups, each before its own background.

python -m training.samples public/models/picturebook/samples
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from training.world import Identity, Scene, Subject, render_scene

SIZE = 256


@dataclass(frozen=True)
class Sample:
    """One subject picture. Hues in OKLCH degrees."""

    word: str
    title: str
    background: str
    body: float
    second: float
    pattern: str
    accessory: str = "none"
    light: bool = True


SAMPLES: tuple[Sample, ...] = (
    Sample("dog", "Spotted dog", "meadow", 58, 300, "spotted", light=False),
    Sample("cat", "Striped cat with a crown", "bedroom", 300, 98, "striped", "crown"),
    Sample("rabbit", "Dipped rabbit with a bow", "forest", 350, 250, "dipped", "bow", light=False),
    Sample("elephant", "Checked elephant", "desert", 250, 98, "checked"),
    Sample("bird", "Plain red bird in a hat", "snow", 25, 190, "plain", "hat"),
    Sample("fish", "Striped fish", "sea", 98, 350, "striped", light=False),
    Sample("car", "Spotted car", "city", 142, 25, "spotted", light=False),
    Sample("house", "Checked house", "beach", 190, 58, "checked", light=False),
)


def sample_scene_of(sample: Sample, seed: int) -> Scene:
    """The scene of a sample: one large subject."""
    who = Identity(sample.body, sample.second, sample.light, sample.pattern, sample.accessory, 1.0, 1.0)
    tall = 0.9 if sample.accessory in ("hat", "crown") else 1.0
    subject = Subject(sample.word, who, 64.0, 118.0, 100.0 * tall, flip=False)
    return Scene(seed, sample.background, "painted", (subject,))


def write_samples(folder: Path) -> None:
    """Write the pictures and samples.json."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for seed, sample in enumerate(SAMPLES):
        name = f"{sample.word}-{sample.pattern}.png"
        picture = Image.fromarray(render_scene(sample_scene_of(sample, seed), SIZE).pixels)
        picture.quantize(192, dither=Image.Dither.NONE).save(folder / name, optimize=True)
        entries.append({"file": name, "title": sample.title, "word": sample.word})
    (folder / "samples.json").write_text(json.dumps(entries, indent=2) + "\n")


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    write_samples(parser.parse_args(argv).folder)


if __name__ == "__main__":
    main()
