"""Which detections become sets (x, y, x_s, p): the rules of UMM-Diffusion, Sec. 3.4."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels."""


@dataclass(frozen=True)
class Detection:
    """A detector's finding in one picture."""

    label: str
    box: Box
    score: float = 1.0


@dataclass(frozen=True)
class Pin:
    """A kept finding: the words first … last − 1 of the caption (from 0) name what is in the box."""

    label: str
    box: Box
    first: int
    last: int


@dataclass(frozen=True)
class Rules:
    """Limits. `synonyms` gives other words for a detector's label."""

    min_size: int = 512
    min_box_share: float = 0.10
    min_score: float = 0.7
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Tally:
    """How many were kept, and why the others were not."""

    pictures: int = 0
    pictures_kept: int = 0
    pins_kept: int = 0
    discarded: Counter[str] = field(default_factory=Counter)

    def table(self) -> str:
        """The tally in lines of text."""
        lines = [
            f"{self.pictures} pictures seen, {self.pictures_kept} kept with {self.pins_kept} pinned words",
            *(f"  {count:>8}  discarded: {reason}" for reason, count in self.discarded.most_common()),
        ]
        return "\n".join(lines)


def apply_rules(
    caption: str, size: tuple[int, int], detections: list[Detection], rules: Rules, tally: Tally
) -> list[Pin]:
    """The pins of one picture of size (width, height); every discarded thing is counted."""
    tally.pictures += 1
    if min(size) < rules.min_size:
        tally.discarded[f"picture under {rules.min_size} px"] += 1
        return []
    sure = [d for d in detections if d.score >= rules.min_score]
    if not sure:
        tally.discarded["picture without a detection"] += 1
        return []
    met = Counter(d.label for d in sure)
    pins = [pin for d in sure if (pin := _pin(caption, size, d, met[d.label], rules, tally))]
    tally.pictures_kept += bool(pins)
    tally.pins_kept += len(pins)
    return pins


def _pin(caption: str, size: tuple[int, int], found: Detection, times: int, rules: Rules, tally: Tally) -> Pin | None:
    left, top, right, bottom = found.box
    if (right - left) * (bottom - top) < rules.min_box_share * size[0] * size[1]:
        tally.discarded[f"box under {rules.min_box_share:.0%} of the picture"] += 1
        return None
    if times > 1:
        tally.discarded["label met more than once in the picture"] += 1
        return None
    places = find_label(caption, (found.label, *rules.synonyms.get(found.label, ())))
    if not places:
        tally.discarded["label not in the caption"] += 1
        return None
    if len(places) > 1:
        tally.discarded["label more than once in the caption"] += 1
        return None
    return Pin(found.label, found.box, *places[0])


def find_label(caption: str, labels: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where a label (or a synonym) stands in a caption: (first, past-last) whitespace-separated words."""
    words = [re.sub(r"\W", "", word).lower() for word in caption.split()]
    places = set()
    for label in labels:
        wanted = label.lower().split()
        for start in range(len(words) - len(wanted) + 1):
            if words[start : start + len(wanted)] == wanted:
                places.add((start, start + len(wanted)))
    return sorted(places)
