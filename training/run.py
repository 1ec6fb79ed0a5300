"""Run one stage, or all of them: `python -m training.run STAGE --work DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.dataset.prerender import load_world
from training.loop.schedule import Budget
from training.loop.trainer import TrainConfig, train


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("stage")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    if args.stage == "encoders":
        from training.models.picturebook import build_clip
        from training.models.tokenizer import build_tokenizer
        from training.stages.encoders import EncodersStage
        from training.world.captions import all_words

        folder = args.work / "runs" / "encoders"
        tokenizer = build_tokenizer(all_words(), folder / "tokenizer")
        stage = EncodersStage(build_clip(len(tokenizer), tokenizer.eos_token_id), tokenizer, load_world(args.work / "train"))
        config = TrainConfig(Budget(args.steps, args.minutes), args.batch, args.lr, ema=0.99, weight_decay=0.02)

        def on_save(_):
            stage.clip.save_pretrained(folder / "ema")
            torch.save(stage.probe.state_dict(), folder / "probe.pt")

        train(stage, config, folder, on_save)
        return
    from training.models.picturebook import build_vae
    from training.stages.vae import VaeStage, reconstruction_psnr

    config = TrainConfig(Budget(args.steps, args.minutes), args.batch, args.lr, ema=0.995)
    vae = build_vae().to(memory_format=torch.channels_last)
    stage = VaeStage(vae, load_world(args.work / "train"))
    folder = args.work / "runs" / "vae"
    held = load_world(args.work / "held")

    def on_save(_):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            vae.eval(); print("held-out psnr", reconstruction_psnr(vae, held, 64), flush=True); vae.train()
        vae.save_pretrained(folder / "ema")

    train(stage, config, folder, on_save)


if __name__ == "__main__":
    main()
