"""Judge pictures that the product's own engine made of held-out pairs.

python -m training.evaluation.product write public/models/picturebook --work DIR --pairs DIR/pairs
npx tsx bench/judged.ts --pairs DIR/pairs [--look MODEL/look/ip_adapter.safetensors]
python -m training.evaluation.product score public/models/picturebook --work DIR --pairs DIR/pairs
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import CLIPTokenizer

from training.dataset.prerender import WorldArrays, load_world
from training.evaluation.curve import Sampling, generate_from, mixing, score
from training.evaluation.evaluate import load_for_cpu, load_judge
from training.evaluation.judge import Judge
from training.evaluation.pairs import Pairs, double_pairs, single_pairs
from training.evaluation.pipeline import UmmDiffusion

SETS = ("one", "two")
"""Pairs with one pinned subject and a scene named, and pairs with two."""
FIRST_SEED = 1234
"""Of the first pair's noise; the next pair's is one more, as `torch.Generator` draws it."""
WORDS = {"one": [1], "two": [1, 4]}
"""The captions' pinned words, counted from 0: "a dog and a cat …"."""


def pairs_of(name: str, held: WorldArrays, tokenizer: CLIPTokenizer, count: int) -> Pairs:
    """A set by its name; of two subjects there are half as many pairs."""
    return (
        single_pairs(held, tokenizer, count, name_scene=True)
        if name == "one"
        else double_pairs(held, tokenizer, max(1, count // 2))
    )


def write(held: WorldArrays, tokenizer: CLIPTokenizer, folder: Path, count: int) -> None:
    """pairs.json, and crops.bin: [n, 64, 64, 3] uint8, in the order in which the pairs name them."""
    folder.mkdir(parents=True, exist_ok=True)
    told, crops = [], []
    for name in SETS:
        pairs = pairs_of(name, held, tokenizer, count)
        for i, caption in enumerate(pairs.captions):
            pins = []
            for word, crop in zip(WORDS[name], pairs.crops[i], strict=True):
                pins.append({"word": word, "crop": len(crops)})
                crops.append(crop.permute(1, 2, 0).numpy())
            told.append({"set": name, "caption": caption, "pins": pins, "seed": FIRST_SEED + i})
    (folder / "crops.bin").write_bytes(np.stack(crops).tobytes())
    (folder / "pairs.json").write_text(json.dumps({"cropSize": crops[0].shape[0], "count": count, "pairs": told}))


def noise_of(model: UmmDiffusion, count: int) -> Tensor:
    """The noise that the engine draws for the same seeds, [count, 4, h/16, w/16]."""
    shape = (1, model.unet.config.in_channels, model.unet.config.sample_size, model.unet.config.sample_size)
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    return torch.cat([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def figures(judge: Judge, pictures: Tensor, name: str, pairs: Pairs, alpha: float) -> dict[str, float]:
    """What the judge says of one set's pictures, [n, 3, h, w] uint8."""
    return score(judge, pictures, pairs) if name == "one" else mixing(judge, pictures, pairs, alpha)


def load_pictures(path: Path, count: int) -> Tensor:
    """The engine's pictures, [n, 3, h, w] uint8 from [n, h, w, 3]."""
    data = np.fromfile(path, np.uint8)
    edge = round((data.size / 3 / count) ** 0.5)
    return torch.from_numpy(data.reshape(count, edge, edge, 3)).permute(0, 3, 1, 2).contiguous()


def score_all(model: Path, held: WorldArrays, judge: Judge, folder: Path) -> dict[str, dict]:
    """The figures of every method that bench/judged.ts made pictures with, and of this package's own pipeline.

    folder: with pairs.json, pictures.json and the pictures.
    """
    count = json.loads((folder / "pairs.json").read_text())["count"]
    made = json.loads((folder / "pictures.json").read_text())
    tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
    own = {"package": False} | ({"package-look": True} if (model / "look").exists() else {})
    result: dict[str, dict] = {name: {} for name in [*made["methods"], *own]}
    for name in made.get("sets", SETS):
        pairs = pairs_of(name, held, tokenizer, count)
        for method in made["methods"]:
            pictures = load_pictures(folder / f"{method}-{name}.bin", len(pairs.captions))
            result[method][name] = figures(judge, pictures, name, pairs, made["alpha"])
        for method, look in own.items():
            pipeline = load_for_cpu(model, look)
            steps = Sampling(made["guidanceScale"], made["steps"])
            noise = noise_of(pipeline, len(pairs.captions))
            pictures = generate_from(pipeline, pairs, made["alpha"], steps, noise)
            result[method][name] = figures(judge, pictures, name, pairs, made["alpha"])
    return result


def print_table(result: dict[str, dict]) -> None:
    """A line a method: shares in per cent, hues in degrees."""
    columns = (
        ("one", "scene"), ("one", "class"), ("one", "body_hue_error"), ("one", "second_hue_error"),
        ("one", "pattern"), ("one", "accessory"), ("one", "style_unasked"), ("two", "both_classes"), ("two", "mixed"),
    )  # fmt: skip
    print("| method | scene | class | hue | second hue | pattern | accessory | style unasked | two right | mixed |")
    print("|---|" + "---:|" * len(columns))
    for method, sets in result.items():
        cells = [_cell(sets[name], key) if name in sets else "" for name, key in columns]
        print(f"| {method} | {' | '.join(cells)} |")


def _cell(told: dict[str, float], key: str) -> str:
    return f"{told[key]:.0f}°" if key.endswith("error") else f"{100 * told[key]:.0f} %"


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("write", "score"))
    parser.add_argument("model", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    held = load_world(args.work / "held")
    if args.what == "write":
        write(held, CLIPTokenizer.from_pretrained(args.model, subfolder="tokenizer"), args.pairs, args.count)
        return
    judge = load_judge(args.work)
    with torch.no_grad():
        result = score_all(args.model, held, judge, args.pairs)
    (args.pairs / "figures.json").write_text(json.dumps(result, indent=1) + "\n")
    print_table(result)


if __name__ == "__main__":
    main()
