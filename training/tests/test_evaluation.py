"""Measuring: the judge's figures, the curve's scores and the model card that tells them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from training.evaluation import card, product
from training.evaluation.curve import ALPHAS, score
from training.evaluation.judge import INPUT, Judge, half_view, hue_error, judge_accuracy, read, whole_view
from training.evaluation.pairs import double_pairs, single_pairs
from training.evaluation.plots import grid, plot_curve
from training.world.attributes import CHOICES, WIDTH, attribute_loss, attribute_row, hue_degrees
from training.world.identity import PATTERNS
from training.world.scene import CLASSES, SCENES, sample_scene
from training.world.styles import STYLES


class Oracle(torch.nn.Module):
    """A judge that always answers one row of attributes."""

    def __init__(self, row: list[float]) -> None:
        super().__init__()
        logits = torch.zeros(WIDTH)
        offset = 0
        for size, choice in zip(CHOICES.values(), row[:5], strict=True):
            logits[offset + int(choice)] = 9.0
            offset += size
        logits[offset:] = torch.tensor(row[5:])
        self.logits = logits

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(pixels), -1)


def test_scores_are_shares_of_right_answers(world, tokenizer) -> None:
    pairs = single_pairs(world, tokenizer, 6, name_scene=True)
    source = pairs.sources[0]
    oracle = Oracle(attribute_row(source, source.subjects[0]))
    pictures = torch.zeros(6, 3, 256, 256, dtype=torch.uint8)
    told = score(oracle, pictures, pairs)
    subjects = [scene.subjects[0] for scene in pairs.sources]
    assert told["class"] == round(sum(s.name == subjects[0].name for s in subjects) / 6, 4)
    same = sum(s.identity.pattern == subjects[0].identity.pattern for s in subjects) / 6
    assert told["pattern"] == round(same, 4)
    assert told["background_leak"] == round(sum(s.background == source.background for s in pairs.sources) / 6, 4)
    own = SCENES.index(source.background)
    assert told["scene"] == round(float((pairs.scene == own).float().mean()), 4)


def test_hues_are_measured_around_the_circle() -> None:
    assert float(hue_error(torch.tensor(350.0), torch.tensor(20.0))) == pytest.approx(30)
    assert float(hue_degrees(torch.tensor([[0.0, -2.0]]))) == pytest.approx(270)


def test_unknown_attributes_cost_nothing() -> None:
    scene = sample_scene(2, subjects=2)
    row = torch.tensor([attribute_row(scene, None)])
    logits = torch.zeros(1, WIDTH, requires_grad=True)
    attribute_loss(logits, row).backward()
    touched = logits.grad[0].nonzero().flatten()
    assert touched.min() >= len(CLASSES) and touched.max() < len(CLASSES) + len(SCENES) + len(STYLES)
    assert PATTERNS[0] == "plain"


def test_views_show_the_whole_and_the_halves() -> None:
    for size in (128, 256):
        picture = torch.zeros(3, size, size, dtype=torch.uint8)
        picture[:, :, size // 2 :] = 200
        assert whole_view(picture).shape == half_view(picture, 0).shape == (3, INPUT, INPUT)
        assert half_view(picture, 0).float().mean() < 10 and half_view(picture, 1).float().mean() > 190


def test_the_judges_own_accuracy_comes_with_every_attribute(world) -> None:
    told = judge_accuracy(Judge(4).eval(), world, 10)
    assert {"class", "scene", "style", "pattern", "accessory", "body_hue_error", "second_hue_error"} < set(told)
    assert told["pictures"] == 10
    answers = read(Judge(4).eval(), torch.zeros(2, 3, INPUT, INPUT, dtype=torch.uint8))
    assert answers["body"].shape == (2,)


def test_double_pairs_pin_both_nouns(world, tokenizer) -> None:
    pairs = double_pairs(world, tokenizer, 3)
    for caption, spans, source in zip(pairs.captions, pairs.spans, pairs.sources, strict=True):
        ids = tokenizer(caption)["input_ids"]
        assert [tokenizer.decode(ids[a:b]) for a, b in spans.tolist()] == [s.name for s in source.subjects]


def made_up_metrics() -> dict:
    row = {"scene": 0.98, "class": 0.9, "body_hue_error": 30.0, "second_hue_error": 40.0, "pattern": 0.5}
    row |= {"accessory": 0.4, "style_unasked": 0.01}
    rows = [{"alpha": alpha, **row} for alpha in ALPHAS]
    judge = {"pictures": 5, "class": 1.0, "scene": 1.0, "pattern": 0.9, "accessory": 0.9}
    both = {"pairs": 9, "class": 0.8, "both_classes": 0.6, "body_hue_error": 50.0, "mixed": 0.2}
    measured = {
        "curve": rows,
        "no_scene_named": {
            "crop": {"pairs": 100, "background_leak": 0.61},
            "cut_out": {"pairs": 100, "background_leak": 0.17},
        },
        "two_subjects": [{"alpha": alpha, **both} for alpha in (0.0, 0.5, 1.0)],
    }
    return {
        "pairs": 500,
        "sampling": {"steps": 10, "guidance": 3.0, "seed": 1},
        "judge": {**judge, "body_hue_error": 2.0, "second_hue_error": 3.0},
        **measured,
        "look": measured,
        "autoencoder": {"pictures": 64, "psnr_db": 23.1, "sharpness": 0.93},
        "pseudo_word_neighbours_same_class": 0.9,
        "training": {"vae": {"steps": 10, "samples": 80, "minutes": 1.0}},
    }


def test_the_card_tells_the_figures_and_remembers_older_ones(tmp_path: Path) -> None:
    older = made_up_metrics()
    (tmp_path / "metrics.json").write_text(json.dumps({**older, "history": card.history_of(older)}))
    card.main([str(tmp_path), "--seen", "Cars are crisp, cats are not."])
    text = (tmp_path / "README.md").read_text()
    assert text.count("| 0.5 | 98.0 % | 90.0 % | 30° | 40° | 50.0 % | 40.0 % | 1.0 % |") == 2
    assert "| with the look | 61.0 % | 17.0 % |" in text and "93.0 % of the truth's" in text
    assert "Cars are crisp, cats are not." in text and "| 2 |" in text and "| 3 |" not in text


def test_pictures_are_written(tmp_path: Path) -> None:
    rows = made_up_metrics()["curve"]
    plot_curve(rows, rows, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5_000
    sheet = grid(torch.full((5, 3, 8, 8), 7, dtype=torch.uint8), 4)
    assert sheet.size == (42, 22) and sheet.getpixel((3, 3)) == (7, 7, 7)


def test_pairs_for_the_product_are_those_that_are_judged(world, tokenizer, tmp_path: Path) -> None:
    product.write(world, tokenizer, tmp_path, 4)
    told = json.loads((tmp_path / "pairs.json").read_text())
    crops = torch.frombuffer(bytearray((tmp_path / "crops.bin").read_bytes()), dtype=torch.uint8).view(-1, 64, 64, 3)
    for name in product.SETS:
        pairs = product.pairs_of(name, world, tokenizer, 4)
        written = [pair for pair in told["pairs"] if pair["set"] == name]
        assert [pair["caption"] for pair in written] == pairs.captions
        for i, pair in enumerate(written):
            assert pair["seed"] == product.FIRST_SEED + i
            for pin, crop in zip(pair["pins"], pairs.crops[i], strict=True):
                assert pair["caption"].split()[pin["word"]] in CLASSES
                assert torch.equal(crops[pin["crop"]].permute(2, 0, 1), crop)


def test_pictures_of_the_product_come_back_as_it_wrote_them(tmp_path: Path) -> None:
    pictures = torch.randint(256, (2, 5, 5, 3), dtype=torch.uint8)
    (tmp_path / "paper-one.bin").write_bytes(pictures.numpy().tobytes())
    assert torch.equal(product.load_pictures(tmp_path / "paper-one.bin", 2), pictures.permute(0, 3, 1, 2))
