"""Pictures of the measurements: the α curve, the projector's map, grids of samples."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import torch
from PIL import Image
from sklearn.manifold import TSNE
from torch import Tensor

from training.dataset.prerender import WorldArrays
from training.evaluation.pipeline import UmmDiffusion
from training.world.scene import CLASSES

matplotlib.use("Agg")
import matplotlib.pyplot as plt

PALETTE = ("#c0504d", "#e08e3c", "#b8a13a", "#5a9a4b", "#3a9a93", "#4178b5", "#7a5bb0", "#c0609a", "#7d6350", "#5c6670")


def plot_curve(rows: list[dict[str, float]], look: list[dict[str, float]] | None, path: Path) -> None:
    """Left: what is right, right: hue errors, both over α; dashed with the look, where there is one."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.6), dpi=110)
    shares = (
        ("scene", "scene as the caption says", 5),
        ("class", "class", 3),
        ("pattern", "pattern as in the picture", 7),
        ("accessory", "hat, bow or crown", 1),
    )
    hues = (("body_hue_error", "body colour", 5), ("second_hue_error", "second colour", 1))
    for axis, names, factor in ((left, shares, 100), (right, hues, 1)):
        for name, label, colour in names:
            for curve, style in ((rows, {"marker": "o", "label": label}), (look or [], {"ls": "--", "marker": "s"})):
                points = [(row["alpha"], factor * row[name]) for row in curve]
                axis.plot(*zip(*points, strict=True) if points else ([], []), ms=4, color=PALETTE[colour], **style)
    left.set(xlabel="fuse ratio α", ylabel="% of pictures", ylim=(-3, 103))
    left.legend(fontsize=7.5, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, frameon=False)
    right.set(xlabel="fuse ratio α" + (" (dashed: with the look)" if look else ""), ylabel="hue error in degrees")
    right.set(ylim=(0, 115))
    right.legend(fontsize=8, frameon=False)
    for axis in (left, right):
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


@torch.no_grad()
def plot_pseudo_words(model: UmmDiffusion, world: WorldArrays, path: Path, count: int = 700) -> float:
    """t-SNE of pseudo-words by class (UMM-Diffusion, Fig. 12).

    Returns the share whose nearest other pseudo-word (cosine) has the same class.
    """
    rows = range(min(count, len(world)))
    crops = torch.from_numpy(np.stack([world.crops[row, 0, 0] for row in rows])).permute(0, 3, 1, 2)
    names = np.array([CLASSES.index(world.scene(row).subjects[0].name) for row in rows])
    words = model.projector(model.image_model(pixel_values=crops.float() / 127.5 - 1).image_embeds).float()
    unit = torch.nn.functional.normalize(words - words.mean(0), dim=1)
    near = (unit @ unit.T).fill_diagonal_(-2).argmax(1).numpy()
    places = TSNE(2, metric="cosine", init="pca", random_state=0).fit_transform(unit.numpy())
    figure, axis = plt.subplots(figsize=(5.4, 4.4), dpi=110)
    for i, name in enumerate(CLASSES):
        mine = places[names == i]
        axis.scatter(mine[:, 0], mine[:, 1], s=11, color=PALETTE[i], label=name)
    axis.set(xticks=[], yticks=[])
    axis.legend(fontsize=7.5, frameon=False, bbox_to_anchor=(1, 1), loc="upper left")
    axis.spines[["top", "right", "left", "bottom"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
    return round(float((names[near] == names).mean()), 4)


def grid(pictures: Tensor, columns: int) -> Image.Image:
    """[n, 3, h, w] uint8 → one picture, row by row, with thin white gaps."""
    n, _, h, w = pictures.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (h + 2) + 2, columns * (w + 2) + 2, 3), 255, np.uint8)
    for i, picture in enumerate(pictures.permute(0, 2, 3, 1).numpy()):
        y, x = 2 + (i // columns) * (h + 2), 2 + (i % columns) * (w + 2)
        sheet[y : y + h, x : x + w] = picture
    return Image.fromarray(sheet)


def shrink_png(path: Path, colours: int = 128) -> None:
    """Rewrite a PNG with a palette: a third of the size for plots."""
    Image.open(path).convert("RGB").quantize(colours).save(path, optimize=True)
