"""A scene as data: what is where, in which style. Deterministic by seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from training.world import animals, outdoors, places, things
from training.world.identity import Identity, sample_identity
from training.world.styles import STYLE_WEIGHTS, STYLES

SUBJECTS: dict[str, Callable] = {
    "dog": animals.dog,
    "cat": animals.cat,
    "rabbit": animals.rabbit,
    "elephant": animals.elephant,
    "bird": animals.bird,
    "fish": animals.fish,
    "car": things.car,
    "boat": things.boat,
    "house": things.house,
    "balloon": things.balloon,
}
BACKGROUNDS: dict[str, Callable] = {
    "beach": outdoors.beach,
    "meadow": outdoors.meadow,
    "forest": outdoors.forest,
    "desert": outdoors.desert,
    "snow": outdoors.snow,
    "city": places.city,
    "sea": places.sea,
    "moon": places.moon,
    "bedroom": places.bedroom,
    "castle": places.castle,
}
CLASSES: tuple[str, ...] = tuple(SUBJECTS)
SCENES: tuple[str, ...] = tuple(BACKGROUNDS)
TWO_SUBJECTS = 0.2
CLASS_SCALE = {"rabbit": 1.1, "fish": 1.18, "bird": 1.06, "balloon": 0.96}
WIDE = {"bird", "fish", "boat"}


@dataclass(frozen=True)
class Subject:
    """One subject: x, y is where its feet stand (picture units of 128), size its height."""

    name: str
    identity: Identity
    x: float
    y: float
    size: float
    flip: bool


@dataclass(frozen=True)
class Scene:
    """A whole picture. Subjects are listed from left to right."""

    seed: int
    background: str
    style: str
    subjects: tuple[Subject, ...]


def sample_scene(seed: int, subjects: int | None = None) -> Scene:
    """Draw a scene from its seed; `subjects` fixes how many there are (1 or 2)."""
    rng = random.Random(seed)
    count = subjects or (2 if rng.random() < TWO_SUBJECTS else 1)
    names = rng.sample(CLASSES, count)
    return Scene(
        seed=seed,
        background=rng.choice(SCENES),
        style=rng.choices(STYLES, STYLE_WEIGHTS)[0],
        subjects=tuple(_place(name, i, count, rng) for i, name in enumerate(names)),
    )


def _place(name: str, index: int, count: int, rng: random.Random) -> Subject:
    if count == 1:
        x, size = rng.uniform(55, 73), rng.uniform(76, 92) * CLASS_SCALE.get(name, 1.0)
    else:
        x, size = (33.0, 95.0)[index] + rng.uniform(-2, 2), rng.uniform(55, 60)
        size *= 0.92 if name in WIDE else 1.0
    bottom = rng.uniform(111, 119)
    lift = {"balloon": rng.uniform(0, 8), "fish": rng.uniform(0, 8)}.get(name, 0.0)
    return Subject(name, sample_identity(rng), x, bottom - lift, size, rng.random() < 0.5)
