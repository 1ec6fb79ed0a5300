"""Projectors in the formats they are published in, with their answers."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from projector import LinCir, Pic2Word, PseudoWordProjector
from random_weights import scale_randomly

WIDTH, HIDDEN, OUTPUT = 20, 28, 16


@torch.no_grad()
def write(folder: Path) -> None:
    """Writes own/, lincir/, pic2word/, each with model.safetensors, and answers.safetensors: [2, OUTPUT] a format."""
    folder.mkdir(parents=True, exist_ok=True)
    embeds = torch.randn(2, WIDTH, generator=torch.Generator().manual_seed(1))
    own = PseudoWordProjector(WIDTH, [HIDDEN, HIDDEN], OUTPUT, "gelu")
    lincir, pic2word = LinCir(WIDTH, HIDDEN, OUTPUT), Pic2Word(WIDTH, HIDDEN, OUTPUT)
    answers = {"image_embeds": embeds}
    for seed, (name, module) in enumerate({"own": own, "lincir": lincir, "pic2word": pic2word}.items()):
        scale_randomly(module, seed, {})
        answers[name] = module.eval()(embeds)
    own.save(folder / "own", torch.float32)
    for name, module in {"lincir": lincir, "pic2word": pic2word}.items():
        (folder / name).mkdir(exist_ok=True)
        save_file(module.state_dict(), folder / name / "model.safetensors")
    save_file(answers, folder / "answers.safetensors")
