"""The sections of the model card in Markdown, each from the figures of metrics.json."""

from __future__ import annotations


def front() -> str:
    """What the model is and knows."""
    return (
        "# Picture book: UMM-Diffusion in miniature\n\n"
        "A complete UMM-Diffusion (text-and-image unified encoder, UNet, VAE) of 18 million parameters in the\n"
        "diffusers layout of Stable Diffusion 1.5, trained from nothing on procedural picture-book scenes. It knows\n"
        "ten subjects (dog, cat, rabbit, elephant, bird, fish, car, boat, house, balloon), ten places (beach, meadow,\n"
        "forest, desert, snow, city, under the sea, moon, bedroom, castle) and four styles (pencil, chalk, night,\n"
        "sunset) — and nothing else. 128 × 128 pixels. License: MIT, like the code; every training picture was drawn\n"
        "by the program in `training/world`."
    )


def curve(metrics: dict) -> str:
    """The measurements over α."""
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


def judge(metrics: dict) -> str:
    """How far the figures can be trusted."""
    own = metrics["judge"]
    return (
        "## The judge\n\n"
        "A small convolutional network trained on renderings reads every picture. On "
        f"{own['pictures']} held-out renderings it is right in {_percent(own['class'])} of classes, "
        f"{_percent(own['scene'])} of scenes, {_percent(own['pattern'])} of patterns and "
        f"{_percent(own['accessory'])} of accessories; it misses body hues by {own['body_hue_error']:.1f}° "
        f"and second hues by {own['second_hue_error']:.1f}°. Guessing would give 10 %, 10 %, 20 %, 25–40 % and 90°."
    )


def two_subjects(metrics: dict) -> str:
    """Whether two pinned subjects keep their looks apart."""
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
    return (
        "## Two subjects\n\n"
        f"{metrics['two_subjects'][0]['pairs']} held-out pairs of subjects, both pinned. Mixed: the body hue is "
        "nearer to the other subject's than to its own.\n\n"
        + _table(["α", "class right", "both right", "body hue error", "mixed"], rows)
    )


def pseudo_words(metrics: dict) -> str:
    """The projector's map."""
    neighbours = _percent(metrics["pseudo_word_neighbours_same_class"])
    return (
        "## Pseudo-words\n\n![t-SNE of pseudo-words by class](images/pseudo-words.png)\n\n"
        f"Each point is the projector's pseudo-word for one held-out crop; {neighbours} have a nearest neighbour of "
        "their own class."
    )


def pictures(metrics: dict) -> str:
    """The grid, and what was seen in it."""
    told = (
        "## 64 pictures\n\nHeld-out captions and subjects, α = 0.5, eight in a row, nothing picked by hand.\n\n"
        f"![64 generated pictures](images/grid.webp)\n\n{metrics.get('seen', '')}"
    )
    return told.strip()


def history(entries: list[dict[str, float]]) -> str:
    """The figures of every release, the newest last."""
    names = list(entries[-1])
    rows = [[str(i + 1), *(str(entry.get(name, "–")) for name in names)] for i, entry in enumerate(entries)]
    return "## Weights so far\n\n" + _table(["release", *(name.replace("_", " ") for name in names)], rows)


def making(metrics: dict) -> str:
    """The stages and how long each was trained."""
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
