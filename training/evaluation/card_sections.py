"""The sections of the model card in Markdown, each from the figures of metrics.json."""

from __future__ import annotations


def front(metrics: dict) -> str:
    """What the model is and knows."""
    look = "\nIts `look/` is an IP-Adapter (Plus) in h94's key format." if "look" in metrics else ""
    return (
        "# Picture book: UMM-Diffusion in miniature\n\n"
        "A complete UMM-Diffusion (text-and-image unified encoder, UNet, VAE) of 19 million parameters in the\n"
        "diffusers layout of Stable Diffusion 1.5, trained from nothing on procedural picture-book scenes. It knows\n"
        "ten subjects (dog, cat, rabbit, elephant, bird, fish, car, boat, house, balloon), ten places (beach,\n"
        "meadow, forest, desert, snow, city, under the sea, moon, bedroom, castle), two styles (night, sunset)\n"
        "and nothing else. 256 × 256 pixels. License: MIT, like the code; every training picture was drawn by the\n"
        "program in "
        f"`training/world`.{look}"
    )


def curve(metrics: dict) -> str:
    """The measurements over α."""
    sampling = metrics["sampling"]
    parts = [
        "## The fuse ratio, measured",
        "![The trade-off over α](images/curve.png)",
        f"{metrics['pairs']} held-out pairs: a crop from one scene, a caption that names another; the same noise for "
        f"every α; {sampling['steps']} DDIM steps, guidance {sampling['guidance']}.",
        _curve_table(metrics["curve"]),
    ]
    if "look" in metrics:
        parts += ["With the look, strength 1:", _curve_table(metrics["look"]["curve"])]
    return "\n\n".join(parts)


def _curve_table(rows: list[dict[str, float]]) -> str:
    head = ["α", "scene right", "class right", "body hue error", "second hue error", "pattern right", "accessory"]
    cells = [
        [
            f"{row['alpha']:g}",
            _percent(row["scene"]),
            _percent(row["class"]),
            f"{row['body_hue_error']:.0f}°",
            f"{row['second_hue_error']:.0f}°",
            _percent(row["pattern"]),
            _percent(row["accessory"]),
            _percent(row["style_unasked"]),
        ]
        for row in rows
    ]
    return _table([*head, "style changed unasked"], cells)


def leaks(metrics: dict) -> str:
    """Whether the pinned picture's background comes along."""
    rows = []
    for told, name in ((metrics, "pseudo-word"), (metrics.get("look"), "with the look")):
        if told:
            crop, cut_out = told["no_scene_named"]["crop"], told["no_scene_named"]["cut_out"]
            rows.append([name, _percent(crop["background_leak"]), _percent(cut_out["background_leak"])])
    pairs = metrics["no_scene_named"]["crop"]["pairs"]
    return (
        "## What comes along\n\n"
        f"{pairs} pairs whose caption names no scene, α = 0.5: how often the pinned picture's background is drawn "
        "(chance: 10 %).\n\n" + _table(["", "pinned as it is", "cut out"], rows)
    )


def sharpness(metrics: dict) -> str:
    """The autoencoder's own limits."""
    own = metrics["autoencoder"]
    return (
        "## Sharpness\n\n"
        f"The autoencoder brings {own['pictures']} held-out pictures back at {own['psnr_db']} dB; their gradient "
        f"energy is {_percent(own['sharpness'])} of the truth's."
    )


def judge(metrics: dict) -> str:
    """How far the figures can be trusted."""
    own = metrics["judge"]
    return (
        "## The judge\n\n"
        "A small convolutional network trained on renderings reads every picture at 128 × 128. On "
        f"{own['pictures']} held-out renderings it is right in {_percent(own['class'])} of classes, "
        f"{_percent(own['scene'])} of scenes, {_percent(own['pattern'])} of patterns and "
        f"{_percent(own['accessory'])} of accessories; it misses body hues by {own['body_hue_error']:.1f}° "
        f"and second hues by {own['second_hue_error']:.1f}°. Guessing would give 10 %, 10 %, 20 %, 25–40 % and 90°."
    )


def look_not_shipped(tried: dict) -> str:
    """An adapter that was trained and did not earn its bytes."""
    look, none = tried["half"], tried["without"]
    return (
        "## A look, tried\n\n"
        f"An IP-Adapter of 1.1 million parameters, trained on {tried['samples']:,} samples (the `look` stage), is not\n"
        f"part of this release. At α = 0.5, over {tried['pairs']} pairs, patterns are right in "
        f"{_percent(look['pattern'])} ({_percent(none['pattern'])} without it), accessories in "
        f"{_percent(look['accessory'])} ({_percent(none['accessory'])}), the scene in {_percent(look['scene'])} "
        f"({_percent(none['scene'])})."
    )


def two_subjects(metrics: dict) -> str:
    """Whether two pinned subjects keep their looks apart."""
    rows = [
        [
            name,
            f"{m['alpha']:g}",
            _percent(m["class"]),
            _percent(m["both_classes"]),
            f"{m['body_hue_error']:.0f}°",
            _percent(m["mixed"]),
        ]
        for told, name in ((metrics, "pseudo-words"), (metrics.get("look"), "with the look, bound to its word"))
        if told
        for m in told["two_subjects"]
    ]
    return (
        "## Two subjects\n\n"
        f"{metrics['two_subjects'][0]['pairs']} held-out pairs of subjects, both pinned. Mixed: the body hue is "
        "nearer to the other subject's than to its own.\n\n"
        + _table(["", "α", "class right", "both right", "body hue error", "mixed"], rows)
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


def outside(seen: str) -> str:
    """Drawings that the renderer did not make, pinned."""
    return (
        "## Drawings from elsewhere\n\n"
        "A car of plain polygons, a wobbly drawing and a shaded ball, drawn by another program: as each is, cut out,\n"
        'and as it came out of "a car on the beach", "a cat in the meadow" and "a balloon in the snow"; α = 0.6.\n\n'
        f"![Three outside drawings, pinned](images/outside.webp)\n\n{seen}"
    )


def segmenter(measured: dict[str, float]) -> str:
    """The network beside the model that leaves backgrounds out."""
    return (
        "## Cutting out\n\n"
        "`picturebook-cutout`, beside this folder, finds subjects: a network of "
        f"{measured['bytes'] / 1e6:.2f} MB in the layout that transformers.js' background removal reads. On "
        f"{measured['pictures']} held-out scenes its intersection over union with the exact masks is "
        f"{measured['iou']:.3f}, {measured['worst_iou']:.3f} at worst."
    )


def history(entries: list[dict[str, float]]) -> str:
    """The figures of every release, the newest last."""
    names = list(dict.fromkeys(name for entry in reversed(entries) for name in entry))
    rows = [[str(i + 1), *(str(entry.get(name, "–")) for name in names)] for i, entry in enumerate(entries)]
    return (
        "## Weights so far\n\n" + _table(["release", *(name.replace("_", " ") for name in names)], rows) + "\n\n"
        "Judge: the edge in pixels at which it reads. All releases were read by the released judge, "
        "with the same sampling."
    )


def making(metrics: dict) -> str:
    """The stages and how long each was trained for this release."""
    made = metrics.get("training", {})
    rows = [
        [stage, f"{told['steps']:,}", f"{told['samples']:,}", f"{told['minutes']:.0f}"] for stage, told in made.items()
    ]
    return (
        "## How it was made\n\n"
        "See `training/README.md`. What this release trained; everything else is the release before it.\n\n"
        + _table(["stage", "steps", "samples", "minutes"], rows)
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
