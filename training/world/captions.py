"""Captions: a small English grammar over scenes, with synonyms and word positions."""

from __future__ import annotations

import random
from dataclasses import dataclass

from training.world.colours import hue_word
from training.world.scene import Scene, Subject

SUBJECT_WORDS: dict[str, tuple[str, ...]] = {
    "dog": ("dog", "puppy"),
    "cat": ("cat", "kitten"),
    "rabbit": ("rabbit", "bunny"),
    "elephant": ("elephant",),
    "bird": ("bird",),
    "fish": ("fish",),
    "car": ("car",),
    "boat": ("boat", "ship"),
    "house": ("house", "cottage"),
    "balloon": ("balloon",),
}
"""Words for each class; the first is the class's own name."""

SCENE_PHRASES: dict[str, tuple[str, ...]] = {
    "beach": ("on the beach", "at the beach", "on the sand"),
    "meadow": ("in the meadow", "in a meadow", "on the grass"),
    "forest": ("in the forest", "in the woods"),
    "desert": ("in the desert", "in a desert"),
    "snow": ("in the snow", "in the snowy mountains"),
    "city": ("in the city", "in town", "on the street"),
    "sea": ("under the sea", "under water"),
    "moon": ("on the moon", "in space"),
    "bedroom": ("in the bedroom", "in a bedroom"),
    "castle": ("near a castle", "by the castle"),
}
STYLE_PHRASES: dict[str, tuple[str, ...]] = {
    "night": ("at night",),
    "sunset": ("at sunset",),
}
PINNED_STYLE_PHRASE = "in this style"
OPENINGS = ("", "", "", "", "a picture of ", "there is ", "a painting of ")
RELATIONS = ("and", "and", "next to", "with", "beside")
PATTERN_WORDS = {"spotted": "spots", "striped": "stripes", "checked": "checks"}

NO_SCENE = 0.2
COLOUR_WORD = 0.3


@dataclass(frozen=True)
class Caption:
    """A caption and, for each subject of the scene, the index of its noun.

    Positions count whitespace-separated words from 0.
    """

    text: str
    positions: tuple[int, ...]


def sample_caption(
    scene: Scene,
    rng: random.Random,
    say_scene: bool | None = None,
    say_colour: bool | None = None,
) -> Caption:
    """Say a scene in words; None leaves it to chance whether scene and colours are said."""
    colour = rng.random() < COLOUR_WORD if say_colour is None else say_colour
    phrases = [_noun_phrase(subject, colour, rng) for subject in scene.subjects]
    return _sentence(scene, phrases, rng, say_scene)


def detailed_caption(scene: Scene, rng: random.Random, say_scene: bool | None = None) -> Caption:
    """Say a scene with every trait of its subjects, as broad web captions do (for the encoders)."""
    phrases = [_detailed_phrase(subject, rng) for subject in scene.subjects]
    return _sentence(scene, phrases, rng, say_scene)


def all_words() -> list[str]:
    """Every word the grammar can say, sorted: the tokenizer's corpus."""
    said: set[str] = {"the", "my", "this", "a", "an", "in", "style", "plain", "dipped", "wearing", "of", "drawing"}
    tables = [*SUBJECT_WORDS.values(), *SCENE_PHRASES.values(), *STYLE_PHRASES.values()]
    tables += [OPENINGS, RELATIONS, tuple(PATTERN_WORDS.values()), ("hat", "crown", "bow", "one", "big", "small")]
    from training.world.colours import HUE_WORDS

    tables.append(tuple(word for word, _ in HUE_WORDS))
    for table in tables:
        for phrase in table:
            said.update(phrase.split())
    return sorted(said)


def _sentence(scene: Scene, phrases: list[tuple[str, int]], rng: random.Random, say_scene: bool | None) -> Caption:
    scene_said = rng.random() >= NO_SCENE if say_scene is None else say_scene
    words: list[str] = []
    positions: list[int] = []
    place = rng.choice(SCENE_PHRASES[scene.background]) if scene_said else ""
    first = scene_said and rng.random() < 0.08
    words += f"{place} there is".split() if first else rng.choice(OPENINGS).split()
    for i, (phrase, noun) in enumerate(phrases):
        if i:
            words += rng.choice(RELATIONS).split()
        positions.append(len(words) + noun)
        words += phrase.split()
    if not first:
        words += place.split()
    # Always said: a style that captions may leave out is drawn unasked.
    if scene.style in STYLE_PHRASES:
        words += rng.choice(STYLE_PHRASES[scene.style]).split()
    return Caption(" ".join(words), tuple(positions))


def _article(rng: random.Random, following: str) -> str:
    article = rng.choices(("a", "the", "my", "this"), (0.76, 0.12, 0.08, 0.04))[0]
    return "an" if article == "a" and following[0] in "aeiou" else article


def _noun_phrase(subject: Subject, colour: bool, rng: random.Random) -> tuple[str, int]:
    """A noun phrase and the index of its noun."""
    words = [_noun(subject, rng)]
    if colour:
        words.insert(0, hue_word(subject.identity.body_hue))
    return " ".join([_article(rng, words[0]), *words]), len(words)


def _noun(subject: Subject, rng: random.Random) -> str:
    words = SUBJECT_WORDS[subject.name]
    return words[0] if rng.random() < 0.7 else rng.choice(words)


def _detailed_phrase(subject: Subject, rng: random.Random) -> tuple[str, int]:
    who = subject.identity
    body, second = hue_word(who.body_hue), hue_word(who.second_hue)
    noun = _noun(subject, rng)
    if who.pattern == "plain":
        words = [_article(rng, "plain"), "plain", body, "and", second, noun]
        position = 5
    else:
        words, position = [_article(rng, body), body, noun], 2
        if who.pattern == "dipped":
            words += ["dipped", "in", second]
        else:
            words += ["with", second, PATTERN_WORDS[who.pattern]]
    if who.accessory != "none":
        words += ["wearing", "a", who.accessory]
    return " ".join(words), position
