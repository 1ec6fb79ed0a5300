"""Scenes that no training saw, for the test of what the picture book's encoders say that pictures show.

python workers/reference/held_out_scenes.py: writes data/scenes/scenes.png, a sheet of 64 × 64 tiles (what the encoders
read), and scenes.json, what each tile shows, row by row.
"""

from __future__ import annotations

import json
import sys
from itertools import count
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from training.dataset.prerender import HELD_OUT_SEED  # noqa: E402
from training.world import Scene, render_scene, sample_scene  # noqa: E402
from training.world.scene import SCENES  # noqa: E402

TILE = 64
STYLES = ("painted", "painted", "night", "sunset")
"""Of each place: two by day."""


def scenes() -> list[Scene]:
    """The first held-out scenes of one subject of every place and style."""
    wanted = [(place, style) for place in SCENES for style in STYLES]
    found: dict[int, Scene] = {}
    for seed in count(HELD_OUT_SEED):
        scene = sample_scene(seed)
        kind = (scene.background, scene.style)
        free = [index for index, other in enumerate(wanted) if other == kind and index not in found]
        if free and len(scene.subjects) == 1:
            found[free[0]] = scene
        if len(found) == len(wanted):
            return [found[index] for index in range(len(wanted))]
    raise AssertionError


def main() -> None:
    """Command line."""
    chosen = scenes()
    sheet = Image.new("RGB", (TILE * len(STYLES), TILE * len(SCENES)))
    for index, scene in enumerate(chosen):
        tile = Image.fromarray(render_scene(scene, 2 * TILE).pixels).resize((TILE, TILE), Image.Resampling.BOX)
        sheet.paste(tile, (TILE * (index % len(STYLES)), TILE * (index // len(STYLES))))
    folder = HERE / "data" / "scenes"
    folder.mkdir(exist_ok=True)
    sheet.save(folder / "scenes.png", optimize=True)
    said = [{"place": s.background, "time": s.style, "subject": s.subjects[0].name} for s in chosen]
    (folder / "scenes.json").write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
