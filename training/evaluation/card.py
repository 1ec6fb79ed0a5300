"""The model card, written from metrics.json: `python -m training.evaluation.card MODEL`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.evaluation import card_sections as sections
from training.evaluation.judge import INPUT

RECORDED = (
    "vae",
    "latent-encoder",
    "decoder",
    "encoders",
    "image-encoder",
    "unet",
    "projector",
    "joint",
    "invariance",
    "trait-words",
    "louder",
    "look-reading",
    "look",
    "segmenter",
    "judge",
)


def summary(metrics: dict) -> dict[str, float]:
    """The few figures that are kept of a model once a better one replaces it."""
    rows = {row["alpha"]: row for row in metrics["curve"]}
    both = {row["alpha"]: row for row in metrics["two_subjects"]}
    leaks = metrics["no_scene_named"]
    return {
        "judge": INPUT,
        "pairs": metrics["pairs"],
        "scene_at_0": rows[0.0]["scene"],
        "scene_at_half": rows[0.5]["scene"],
        "class_at_half": rows[0.5]["class"],
        "body_hue_error_at_0": rows[0.0]["body_hue_error"],
        "body_hue_error_at_half": rows[0.5]["body_hue_error"],
        "second_hue_error_at_half": rows[0.5]["second_hue_error"],
        "pattern_at_half": rows[0.5]["pattern"],
        "accessory_at_half": rows[0.5]["accessory"],
        "mixed_at_half": both[0.5]["mixed"],
        "style_unasked_at_half": rows[0.5]["style_unasked"],
        "leak_of_crops": leaks["crop"]["background_leak"],
        "leak_of_cut_outs": leaks["cut_out"]["background_leak"],
        "sampling_steps": metrics["sampling"]["steps"],
        "psnr_at_256_db": metrics["autoencoder"]["psnr_db"],
        "sharpness": metrics["autoencoder"]["sharpness"],
    }


def history_of(metrics: dict) -> list[dict[str, float]]:
    """What to remember of a release and those before it when the next one is measured."""
    return [*metrics.get("history", []), summary(metrics)]


def card(metrics: dict) -> str:
    """The whole card in Markdown."""
    parts = [
        sections.front(metrics),
        sections.curve(metrics),
        sections.leaks(metrics),
        sections.sharpness(metrics),
        sections.judge(metrics),
        *([sections.look_not_shipped(metrics["look_not_shipped"])] if "look_not_shipped" in metrics else []),
        sections.two_subjects(metrics),
        sections.pseudo_words(metrics),
        sections.pictures(metrics),
        *([sections.outside(metrics["outside"])] if "outside" in metrics else []),
        *([sections.segmenter(metrics["segmenter"])] if "segmenter" in metrics else []),
        sections.history(history_of(metrics)),
        sections.making(metrics),
    ]
    return "\n\n".join(parts) + "\n"


def training_record(runs: Path) -> dict[str, dict[str, float]]:
    """Steps, samples and minutes of each stage, from the last line of its log."""
    record = {}
    for stage in RECORDED:
        log = runs / stage / "log.jsonl"
        if log.exists():
            last = json.loads(log.read_text().splitlines()[-1])
            record[stage] = {
                "steps": last["step"],
                "samples": last["samples"],
                "minutes": round(last["seconds"] / 60, 1),
            }
    return record


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--seen", help="one line on what is good and bad in the 64 pictures; kept in metrics.json")
    args = parser.parse_args(argv)
    path = args.model / "metrics.json"
    metrics = json.loads(path.read_text())
    if args.seen:
        metrics["seen"] = args.seen
        path.write_text(json.dumps(metrics, indent=1) + "\n")
    (args.model / "README.md").write_text(card(metrics))


if __name__ == "__main__":
    main()
