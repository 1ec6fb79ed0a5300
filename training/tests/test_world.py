"""The picture-book world: repeatable pictures, exact boxes, captions that point at their nouns."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from training.world import render_scene, sample_scene
from training.world.captions import SCENE_PHRASES, SUBJECT_WORDS, all_words, detailed_caption, sample_caption
from training.world.colours import HUE_WORDS, hue_distance, hue_word
from training.world.scene import BACKGROUNDS, CLASSES, SCENES


def test_a_seed_always_gives_the_same_picture() -> None:
    first, second = (render_scene(sample_scene(11)) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert not np.array_equal(first.pixels, render_scene(sample_scene(12)).pixels)


@pytest.mark.parametrize("name", CLASSES)
def test_a_box_holds_every_pixel_of_its_subject(name: str) -> None:
    scene = sample_scene(3, subjects=1)
    subject = replace(scene.subjects[0], name=name)
    scene = replace(scene, background="bedroom", style="painted", subjects=(subject,))
    moved = replace(scene, subjects=(replace(subject, x=-500.0),))
    here, gone = render_scene(scene), render_scene(moved)
    changed = (here.pixels.astype(int) - gone.pixels).__abs__().max(2) > 24
    above_shadow = int(subject.y - 0.08 * subject.size)
    smoke = 8 if name == "house" else 0
    rows, columns = np.nonzero(changed[:above_shadow])
    left, top, right, _ = here.boxes[0]
    assert columns.min() >= left - 1.5 and columns.max() <= right + 1.5 and rows.min() >= top - 1.5 - smoke
    assert columns.max() - columns.min() > 0.7 * (right - left) and rows.min() < top + 6


def test_every_background_draws_something_of_its_own() -> None:
    scene = sample_scene(5, subjects=1)
    pictures = [render_scene(replace(scene, background=name, style="painted")).pixels for name in BACKGROUNDS]
    for i, one in enumerate(pictures):
        for other in pictures[i + 1 :]:
            assert np.abs(one.astype(int) - other).mean() > 8


def test_positions_point_at_the_nouns_from_left_to_right() -> None:
    rng = random.Random(0)
    for seed in range(200):
        scene = sample_scene(seed)
        for caption in (sample_caption(scene, rng), detailed_caption(scene, rng)):
            words = caption.text.split()
            nouns = [words[position] for position in caption.positions]
            assert all(noun in SUBJECT_WORDS[s.name] for noun, s in zip(nouns, scene.subjects, strict=True))
            assert list(caption.positions) == sorted(caption.positions)


def test_captions_leave_scene_and_colour_out_when_told_to() -> None:
    colours = {word for word, _ in HUE_WORDS}
    phrases = [phrase for group in SCENE_PHRASES.values() for phrase in group]
    for seed in range(100):
        text = sample_caption(sample_scene(seed), random.Random(seed), say_scene=False, say_colour=False).text
        assert not colours & set(text.split())
        assert not any(phrase in text for phrase in phrases)


def test_everyday_captions_never_say_the_pattern() -> None:
    said = {
        word for seed in range(300) for word in sample_caption(sample_scene(seed), random.Random(seed)).text.split()
    }
    assert not said & {"spots", "stripes", "checks", "dipped", "plain", "crown", "hat", "bow"}
    assert said <= set(all_words())


def test_hue_words_are_the_nearest_on_the_circle() -> None:
    assert hue_word(20.0) == "red" and hue_word(355.0) == "pink" and hue_word(251.0) == "blue"
    assert hue_distance(350.0, 20.0) == pytest.approx(30.0)


def test_scenes_and_classes_are_as_many_as_promised() -> None:
    assert len(SCENES) >= 8 and len(CLASSES) >= 10
    seen = {sample_scene(seed).background for seed in range(200)}
    assert seen == set(SCENES)
