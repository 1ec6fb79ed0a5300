"""Measure an exported model and write its metrics and pictures.

python -m training.evaluation.evaluate public/models/picturebook --work DIR
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from diffusers.models.attention_processor import AttnProcessor

from training.dataset.prerender import WorldArrays, load_world
from training.evaluation.card import history_of, training_record
from training.evaluation.curve import Sampling, generate, measure_curve, measure_mixing
from training.evaluation.judge import Judge, judge_accuracy
from training.evaluation.pairs import double_pairs, single_pairs
from training.evaluation.pipeline import UmmDiffusion, load_exported
from training.evaluation.plots import grid, plot_curve, plot_pseudo_words, shrink_png
from training.models.fast_norm import use_fast_norms
from training.models.networks import latest
from training.stages.vae import reconstruction_psnr


def load_judge(path: Path) -> Judge:
    """The trained judge, in evaluation mode."""
    judge = Judge()
    judge.load_state_dict(torch.load(path, weights_only=True))
    return judge.to(memory_format=torch.channels_last).eval()


def load_for_cpu(folder: Path) -> UmmDiffusion:
    """An exported model set up to sample fast on a CPU."""
    model = load_exported(folder)
    for module in (model.unet, model.vae):
        use_fast_norms(module)
        module.set_attn_processor(AttnProcessor())
        module.to(memory_format=torch.channels_last)
    return model


def evaluate(
    model: UmmDiffusion, judge: Judge, held: WorldArrays, sampling: Sampling, pairs: int, images: Path
) -> dict:
    """Every measurement; pictures go to `images`."""
    images.mkdir(parents=True, exist_ok=True)
    named = single_pairs(held, model.tokenizer, pairs, name_scene=True)
    unnamed = single_pairs(held, model.tokenizer, max(1, pairs // 5), name_scene=False)
    double = double_pairs(held, model.tokenizer, max(1, pairs // 5))
    metrics = {
        "pairs": len(named.captions),
        "sampling": {"steps": sampling.steps, "guidance": sampling.guidance_scale, "seed": sampling.seed},
        "judge": judge_accuracy(judge, held),
        "curve": measure_curve(model, judge, named, sampling),
        "no_scene_named": {"pairs": len(unnamed.captions), "curve": measure_curve(model, judge, unnamed, sampling)},
        "two_subjects": [measure_mixing(model, judge, double, alpha, sampling) for alpha in (0.0, 0.5, 1.0)],
        "pseudo_word_neighbours_same_class": plot_pseudo_words(model, held, images / "pseudo-words.png"),
    }
    plot_curve(metrics["curve"], metrics["no_scene_named"]["curve"], images / "curve.png")
    for name in ("pseudo-words.png", "curve.png"):
        shrink_png(images / name)
    return metrics


def draw_grid(model: UmmDiffusion, held: WorldArrays, sampling: Sampling, path: Path) -> None:
    """64 pictures from held-out captions at α = 0.5, eight in a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs = single_pairs(held, model.tokenizer, 64, name_scene=True, seed=64)
    grid(generate(model, pairs, 0.5, sampling), 8).save(path, quality=82, method=6)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--steps", type=int, default=25, help="as many as the app's examples take; its default is 50")
    parser.add_argument("--grid-steps", type=int, default=25, help="steps of the 64 pictures that are only looked at")
    parser.add_argument("--guidance-scale", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    held = load_world(args.work / "held")
    sampling = Sampling(args.guidance_scale, args.steps)
    with torch.autocast("cpu", torch.bfloat16):
        model = load_for_cpu(args.model)
        judge = load_judge(args.work / "runs" / "judge" / "judge.pt")
        draw_grid(model, held, Sampling(args.guidance_scale, args.grid_steps), args.model / "images" / "grid.webp")
        metrics = evaluate(model, judge, held, sampling, args.pairs, args.model / "images")
        vae = AutoencoderKL.from_pretrained(latest(args.work / "runs", "decoder", "vae"))
        metrics["vae_psnr_db"] = round(reconstruction_psnr(vae, held), 2)
    metrics["training"] = training_record(args.work / "runs")
    path = args.model / "metrics.json"
    metrics["history"] = history_of(json.loads(path.read_text())) if path.exists() else []
    path.write_text(json.dumps(metrics, indent=1) + "\n")


if __name__ == "__main__":
    main()
