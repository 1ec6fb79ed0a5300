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
from safetensors.torch import load_file

from training.dataset.prerender import WorldArrays, load_world
from training.evaluation.card import history_of, training_record
from training.evaluation.curve import Sampling, generate, measure_curve, measure_mixing, score
from training.evaluation.judge import Judge, judge_accuracy
from training.evaluation.pairs import double_pairs, single_pairs
from training.evaluation.pipeline import UmmDiffusion, load_exported
from training.evaluation.plots import grid, plot_curve, plot_pseudo_words, shrink_png
from training.models.fast_norm import use_fast_norms
from training.models.look import LookProcessor
from training.models.pixels import to_signed
from training.models.segmenter import Segmenter
from training.stages.decoder import gradient_energy
from training.stages.segmentation import overlap
from training.stages.vae import reconstruct

RELEASED_JUDGE = Path(__file__).with_name("judge.safetensors")
"""In half precision: one judge for all who measure, so that figures can be compared."""


def load_judge(work: Path) -> Judge:
    """The judge that was trained in a work folder, else the released one, in evaluation mode."""
    trained = work / "runs" / "judge" / "judge.pt"
    state = torch.load(trained, weights_only=True) if trained.exists() else load_file(RELEASED_JUDGE)
    judge = Judge()
    judge.load_state_dict({key: value.float() if value.is_floating_point() else value for key, value in state.items()})
    return judge.to(memory_format=torch.channels_last).eval()


def load_for_cpu(folder: Path, look: bool = False) -> UmmDiffusion:
    """An exported model set up to sample fast on a CPU."""
    model = load_exported(folder, look)
    for module in (model.unet, model.vae):
        use_fast_norms(module)
        module.to(memory_format=torch.channels_last)
    model.vae.set_attn_processor(AttnProcessor())
    model.unet.set_attn_processor(
        {
            name: processor if isinstance(processor, LookProcessor) else AttnProcessor()
            for name, processor in model.unet.attn_processors.items()
        }
    )
    return model


def evaluate(model: UmmDiffusion, judge: Judge, held: WorldArrays, sampling: Sampling, pairs: int) -> dict:
    """Every measurement of generated pictures, with the model's look if it has one."""
    tokenizer = model.tokenizer
    half = max(1, pairs // 2)
    leaks = {}
    for name, cut_out in (("crop", False), ("cut_out", True)):
        unnamed = single_pairs(held, tokenizer, half, name_scene=False, cut_out=cut_out)
        leaks[name] = {"pairs": half, **score(judge, generate(model, unnamed, 0.5, sampling), unnamed)}
    double = double_pairs(held, tokenizer, half)
    return {
        "curve": measure_curve(model, judge, single_pairs(held, tokenizer, pairs, name_scene=True), sampling),
        "no_scene_named": leaks,
        "two_subjects": [measure_mixing(model, judge, double, alpha, sampling) for alpha in (0.0, 0.5, 1.0)],
    }


def measure_autoencoder(vae: AutoencoderKL, held: WorldArrays, count: int = 64) -> dict[str, float]:
    """How well held-out pictures come back: PSNR in dB, and their gradient energy as a share of the truth's."""
    target, output = reconstruct(vae, held.pixels[:count])
    psnr = -10 * torch.log10((output - target).square().mean((1, 2, 3)) / 4)
    sharpness = gradient_energy(output).mean() / gradient_energy(target).mean()
    return {"pictures": len(target), "psnr_db": round(float(psnr.mean()), 2), "sharpness": round(float(sharpness), 3)}


@torch.no_grad()
def measure_segmenter(path: Path, held: WorldArrays, count: int = 400) -> dict[str, float]:
    """Intersection over union with the exact masks of held-out scenes."""
    segmenter = load_segmenter(path)
    overlaps = []
    for i in range(0, min(count, len(held)), 16):
        pixels = to_signed(torch.from_numpy(held.pixels[i : i + 16].copy()).permute(0, 3, 1, 2))
        truth = torch.from_numpy(held.masks[i : i + 16].copy())[:, None] / 255
        overlaps.append(overlap(segmenter(pixels).float(), truth))
    found = torch.cat(overlaps)
    told = {"iou": found.mean(), "worst_iou": found.min(), "share_over_0.95": (found >= 0.95).float().mean()}
    size = sum(p.numel() for p in segmenter.parameters()) * 4
    return {"pictures": len(found), **{key: round(float(value), 3) for key, value in told.items()}, "bytes": size}


def load_segmenter(path: Path) -> Segmenter:
    """The trained segmentation network, in evaluation mode."""
    segmenter = Segmenter()
    segmenter.load_state_dict(torch.load(path, weights_only=True))
    return segmenter.eval()


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
    images = args.model / "images"
    images.mkdir(parents=True, exist_ok=True)
    metrics: dict = {
        "pairs": args.pairs,
        "sampling": {"steps": sampling.steps, "guidance": sampling.guidance_scale, "seed": sampling.seed},
    }
    with torch.autocast("cpu", torch.bfloat16):
        judge = load_judge(args.work)
        model = load_for_cpu(args.model)
        draw_grid(model, held, Sampling(args.guidance_scale, args.grid_steps), images / "grid.webp")
        metrics["judge"] = judge_accuracy(judge, held)
        metrics |= evaluate(model, judge, held, sampling, args.pairs)
        metrics["autoencoder"] = measure_autoencoder(model.vae, held)
        segmenter = args.work / "runs" / "segmenter" / "segmenter.pt"
        if segmenter.exists():
            metrics["segmenter"] = measure_segmenter(segmenter, held)
        metrics["pseudo_word_neighbours_same_class"] = plot_pseudo_words(model, held, images / "pseudo-words.png")
        if (args.model / "look").exists():
            metrics["look"] = evaluate(load_for_cpu(args.model, look=True), judge, held, sampling, args.pairs)
    plot_curve(metrics["curve"], metrics.get("look", {}).get("curve"), images / "curve.png")
    for name in ("pseudo-words.png", "curve.png"):
        shrink_png(images / name)
    metrics["training"] = training_record(args.work / "runs")
    path = args.model / "metrics.json"
    metrics["history"] = history_of(json.loads(path.read_text())) if path.exists() else []
    path.write_text(json.dumps(metrics, indent=1) + "\n")


if __name__ == "__main__":
    main()
