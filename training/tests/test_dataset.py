"""Building sets (x, y, x_s, p): what is kept, what is not and why."""

from __future__ import annotations

import io
import json
import random
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
import webdataset as wds
from PIL import Image
from training.dataset.build import build
from training.dataset.cache import VIEW_WEIGHTS, build_shard, crop_elsewhere, regions_of
from training.dataset.cached import EXTRA_DOUBLES, CachedWorld
from training.dataset.prerender import on_backdrop, shrink, square_around
from training.dataset.rules import Detection, Rules, Tally, apply_rules, find_label
from training.dataset.sets import SetReader
from training.dataset.sources import tar_examples, world_examples
from training.models.picturebook import image_processor
from training.models.tokenizer import CUT_OFF, pin_spans, word_token_mask
from training.world.captions import SUBJECT_WORDS

BIG, SMALL = (0.0, 0.0, 300.0, 300.0), (0.0, 0.0, 60.0, 60.0)


def discarded(caption: str, size: tuple[int, int], detections: list[Detection]) -> dict[str, int]:
    tally = Tally()
    apply_rules(caption, size, detections, Rules(), tally)
    return dict(tally.discarded)


def test_a_large_single_named_box_becomes_a_pin() -> None:
    pins = apply_rules("A photo of a Dog, running", (600, 600), [Detection("dog", BIG)], Rules(), Tally())
    assert [(pin.label, pin.first, pin.last) for pin in pins] == [("dog", 4, 5)]


@pytest.mark.parametrize(
    ("size", "detections", "reason"),
    [
        ((511, 900), [Detection("dog", BIG)], "picture under 512 px"),
        ((600, 600), [Detection("dog", SMALL)], "box under 10% of the picture"),
        ((600, 600), [Detection("cat", BIG)], "label not in the caption"),
        ((600, 600), [], "picture without a detection"),
    ],
)
def test_what_breaks_a_rule_is_discarded_with_its_reason(size, detections, reason) -> None:
    assert discarded("a dog on a lawn", size, detections) == {reason: 1}


def test_a_label_met_twice_is_ambiguous() -> None:
    found = [Detection("dog", BIG), Detection("dog", (200.0, 200.0, 600.0, 600.0))]
    assert discarded("a dog", (600, 600), found) == {"label met more than once in the picture": 2}


def test_labels_of_two_words_and_synonyms_are_found() -> None:
    assert find_label("the dining table, laid", ("dining table",)) == [(1, 3)]
    assert find_label("my puppy sleeps", ("dog", "puppy")) == [(1, 2)]
    assert find_label("a hotdog", ("dog",)) == []


def test_the_world_builds_shards_that_training_reads(tmp_path: Path, tokenizer) -> None:
    rules = Rules(min_size=128, synonyms=SUBJECT_WORDS)
    tally = build(world_examples(0, 12), None, rules, tmp_path)
    assert tally.pictures == 12 and 10 <= tally.pictures_kept <= 12
    reader = SetReader(str(tmp_path / "sets-00000.tar"), tokenizer, image_processor(), 128)
    batch = next(reader.batches(4, seed=3))
    assert batch["pixels"].shape == (4, 3, 128, 128) and batch["crops"].shape == (4, 2, 3, 64, 64)
    words = [
        tokenizer.decode(ids[start:end])
        for ids, ((start, end), _) in zip(batch["input_ids"], batch["spans"], strict=True)
    ]
    assert all(word in {w for group in SUBJECT_WORDS.values() for w in group} for word in words)


def test_any_tar_collection_goes_through_a_detector(tmp_path: Path) -> None:
    source = tmp_path / "in.tar"
    with wds.TarWriter(str(source)) as writer:
        for i, caption in enumerate(("a dog outside", "an empty lawn")):
            buffer = io.BytesIO()
            Image.new("RGB", (600, 520), (90, 140, 90)).save(buffer, "JPEG")
            writer.write({"__key__": f"{i:04d}", "jpg": buffer.getvalue(), "txt": caption})
    tally = build(
        tar_examples(str(source)), lambda picture: [Detection("dog", (0, 0, 400, 400))], Rules(), tmp_path / "out"
    )
    assert (tally.pictures, tally.pictures_kept) == (2, 1)
    assert "1  discarded: label not in the caption" in tally.table()
    with tarfile.open(tmp_path / "out" / "sets-00000.tar") as tar:
        record = json.load(tar.extractfile("0000.json"))
    assert record["pins"][0]["first"] == 1


def test_every_token_of_a_word_is_pinned(tokenizer) -> None:
    mask = word_token_mask(tokenizer, "a dog and a zeppelin", 4)
    pieces = tokenizer.tokenize("zeppelin")
    assert len(pieces) > 1 and np.flatnonzero(mask).tolist() == list(range(5, 5 + len(pieces)))


def test_a_word_beyond_the_last_token_has_no_span(tokenizer) -> None:
    caption = "a dog " + "and a dog " * 30
    words = caption.split()
    spans = pin_spans(tokenizer, caption, (1, len(words) - 1))
    assert spans == [(2, 3), CUT_OFF]


def test_regions_are_where_the_boxes_are() -> None:
    boxes = np.array(
        [[[16.0, 32.0, 48.0, 64.0], [0.0, 0.0, 0.0, 0.0]], [[0.0, 0.0, 128.0, 8.0], [120.0, 120.0, 128.0, 128.0]]]
    )
    maps = regions_of(boxes, 128, 16)
    assert maps.shape == (2, 2, 16, 16)
    assert np.argwhere(maps[0, 0]).min(0).tolist() == [4, 2] and np.argwhere(maps[0, 0]).max(0).tolist() == [7, 5]
    assert not maps[0, 1].any() and maps[1, 0, 0].all() and maps[1, 0].sum() == 16 and maps[1, 1].sum() == 1


def test_the_cache_draws_two_subjects_oftener_than_they_are(tmp_path: Path, networks, world) -> None:
    shard = build_shard(networks, world, 0, len(world))
    (tmp_path / "shard-0").mkdir()
    for name, array in shard.items():
        np.save(tmp_path / "shard-0" / f"{name}.npy", array)
    cached = CachedWorld(tmp_path)
    double = shard["spans"][:, 1, 1] > 0
    share = EXTRA_DOUBLES * double / double.sum() + (1 - EXTRA_DOUBLES) / len(world)
    drawn = cached.draw(20_000, torch.Generator().manual_seed(0))
    assert share[double].sum() > double.mean()
    assert abs(double[drawn].mean() - share[double].sum()) < 0.015
    assert torch.equal(cached.rows([3])["latents"][0], torch.from_numpy(shard["latents"][3]).float())


def test_crops_stay_inside_the_picture(world) -> None:
    area = square_around((256, 256), np.array([0.0, 120.0, 254.0, 256.0]), random.Random(0))
    assert min(area) >= 0 and max(area) <= 256 and area[2] - area[0] == area[3] - area[1]
    assert shrink(np.asarray(world.pixels[0]), area).shape == (64, 64, 3)


def test_a_mask_covers_the_subject_and_nothing_behind_it(world) -> None:
    row = next(row for row in range(len(world)) if len(world.scene(row).subjects) == 1)
    left, top, right, bottom = world.boxes[row, 0].astype(int)
    inside = np.zeros((256, 256), bool)
    inside[top : bottom + 1, left : right + 1] = True
    assert not world.masks[row][~inside].any()
    share = (world.masks[row] > 127)[inside].mean()
    assert 0.25 < share < 0.95


def test_a_cut_out_keeps_the_subject_and_loses_its_background() -> None:
    picture = np.full((8, 8, 3), 90, np.uint8)
    mask = np.zeros((8, 8), np.uint8)
    mask[2:6, 2:6] = 255
    alone = on_backdrop(picture, mask, (255, 255, 255))
    assert (alone[2:6, 2:6] == 90).all() and (alone[0] == 255).all()


def test_a_crop_from_elsewhere_shows_the_same_subject_before_another_background(world) -> None:
    scene = next(world.scene(row) for row in range(len(world)) if len(world.scene(row).subjects) == 1)
    crop = crop_elsewhere(scene, 0, random.Random(0)).astype(int)
    body = np.array(scene.subjects[0].identity.body)
    assert (np.abs(crop - body).max(-1) < 24).any()
    assert np.abs(crop - crop_elsewhere(scene, 0, random.Random(3))).mean() > 5


def test_every_pinned_word_has_all_its_views(networks, world) -> None:
    shard = build_shard(networks, world, 0, 12)
    pinned = shard["spans"][..., 1] > 0
    assert shard["views"].shape[2] == len(VIEW_WEIGHTS)
    assert (shard["views"].reshape(*pinned.shape, -1).any(-1) == pinned).all()
    assert (np.abs(shard["image_embeds"]).sum((2, 3)) > 0).tolist() == pinned.tolist()
