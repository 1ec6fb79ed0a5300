"""The model card, written from metrics.json: `python -m training.evaluation.card MODEL`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

SHOWN_ALPHAS = (0.0, 0.2, 0.5, 0.8, 1.0)


def summary(metrics: dict) -> dict[str, float]:
    """The few figures that are kept of a model once a better one replaces it."""
    rows = {row["alpha"]: row for row in metrics["curve"]}
    return {
        "scene_at_0": rows[0.0]["scene"],
        "scene_at_half": rows[0.5]["scene"],
        "class_at_half": rows[0.5]["class"],
        "body_hue_error_at_0": rows[0.0]["body_hue_error"],
        "body_hue_error_at_half": rows[0.5]["body_hue_error"],
        "second_hue_error_at_half": rows[0.5]["second_hue_error"],
        "pattern_at_half": rows[0.5]["pattern"],
        "vae_psnr_db": metrics["vae_psnr_db"],
        "sampling_steps": metrics["sampling"]["steps"],
    }


def history_of(metrics: dict) -> list[dict[str, float]]:
    """What to remember of a release and those before it when the next one is measured."""
    return [*metrics.get("history", []), summary(metrics)]


def card(metrics: dict) -> str:
    """The whole card in Markdown."""
    return (
        "\n\n".join(
            [
                _front(),
                _curve(metrics),
                _judge(metrics),
                _others(metrics),
                "## 64 pictures\n\nHeld-out captions and subjects, α = 0.5, eight in a row, nothing picked by hand.\n\n"
                f"![64 generated pictures](images/grid.webp)\n\n{metrics.get('seen', '')}".strip(),
                _history(metrics),
                _making(metrics),
            ]
        )
        + "\n"
    )


def _front() -> str:
    return (
        "# Picture book: UMM-Diffusion in miniature\n\n"
        "A complete UMM-Diffusion (text-and-image unified encoder, UNet, VAE) of 18 million parameters in the\n"
        "diffusers layout of Stable Diffusion 1.5, trained from nothing on procedural picture-book scenes. It knows\n"
        "ten subjects (dog, cat, rabbit, elephant, bird, fish, car, boat, house, balloon), ten places (beach, meadow,\n"
        "forest, desert, snow, city, under the sea, moon, bedroom, castle) and four styles (pencil, chalk, night,\n"
        "sunset) — and nothing else. 128 × 128 pixels. License: MIT, like the code; every training picture was drawn\n"
        "by the program in `training/world`."
    )


def _curve(metrics: dict) -> str:
    sampling = metrics["sampling"]
    leaks = {row["alpha"]: row for row in metrics["no_scene_named"]["curve"]}
    lines = [
        "## The fuse ratio, measured",
        "![The trade-off over α](images/curve.png)",
        f"{metrics['pairs']} held-out pairs: a crop from one scene, a caption that names another; the same noise for "
        f"every α; {sampling['steps']} DDIM steps, guidance {sampling['guidance']}. The last column uses "
        f"{metrics['no_scene_named']['pairs']} pairs whose caption names no scene.",
        _table(
            [
                "α",
                "scene right",
                "class right",
                "body hue error",
                "second hue error",
                "pattern right",
                "accessory",
                "background leaks",
            ],
            [
                [
                    f"{row['alpha']:.1f}",
                    _percent(row["scene"]),
                    _percent(row["class"]),
                    f"{row['body_hue_error']:.0f}°",
                    f"{row['second_hue_error']:.0f}°",
                    _percent(row["pattern"]),
                    _percent(row["accessory"]),
                    _percent(leaks[row["alpha"]]["background_leak"]),
                ]
                for row in metrics["curve"]
            ],
        ),
    ]
    return "\n\n".join(lines)


def _judge(metrics: dict) -> str:
    own = metrics["judge"]
    return (
        "## The judge\n\n"
        "A small convolutional network trained on renderings reads every picture. On "
        f"{own['pictures']} held-out renderings it is right in {_percent(own['class'])} of classes, "
        f"{_percent(own['scene'])} of scenes, {_percent(own['pattern'])} of patterns and "
        f"{_percent(own['accessory'])} of accessories; it misses body hues by {own['body_hue_error']:.1f}° "
        f"and second hues by {own['second_hue_error']:.1f}°. Guessing would give 10 %, 10 %, 20 %, 25–40 % and 90°."
    )


def _others(metrics: dict) -> str:
    rows = [
        [
            f"{m['alpha']:.1f}",
            _percent(m["class"]),
            _percent(m["both_classes"]),
            f"{m['body_hue_error']:.0f}°",
            _percent(m["mixed"]),
        ]
        for m in metrics["two_subjects"]
    ]
    neighbours = _percent(metrics["pseudo_word_neighbours_same_class"])
    return (
        "## Two subjects\n\n"
        f"{metrics['two_subjects'][0]['pairs']} held-out pairs of subjects, both pinned. Mixed: the body hue is "
        "nearer to the other subject's than to its own.\n\n"
        + _table(["α", "class right", "both right", "body hue error", "mixed"], rows)
        + "\n\n## Pseudo-words\n\n![t-SNE of pseudo-words by class](images/pseudo-words.png)\n\n"
        f"Each point is the projector's pseudo-word for one held-out crop; {neighbours} have a nearest neighbour of "
        "their own class."
    )


def _history(metrics: dict) -> str:
    entries = history_of(metrics)
    names = list(entries[-1])
    rows = [[str(i + 1), *(str(entry.get(name, "–")) for name in names)] for i, entry in enumerate(entries)]
    return "## Weights so far\n\n" + _table(["release", *(name.replace("_", " ") for name in names)], rows)


def _making(metrics: dict) -> str:
    made = metrics.get("training", {})
    rows = [
        [stage, f"{told['steps']:,}", f"{told['samples']:,}", f"{told['minutes']:.0f}"] for stage, told in made.items()
    ]
    return (
        "## How it was made\n\n"
        "See `training/README.md`. Stage 1 VAE (later its decoder alone), 2 encoders (later the image encoder alone), "
        "3 text-to-image UNet, 4 projector alone, 5 projector and UNet; the VAE reconstructs held-out scenes at "
        f"{metrics['vae_psnr_db']} dB.\n\n" + _table(["stage", "steps", "samples", "minutes"], rows)
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def training_record(runs: Path) -> dict[str, dict[str, float]]:
    """Steps, samples and minutes of each stage, from the last line of its log."""
    record = {}
    for stage in ("vae", "decoder", "encoders", "image-encoder", "unet", "projector", "joint"):
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
