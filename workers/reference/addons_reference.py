"""Files that people add to a checkpoint, made to fit the tiny one of data/sd15: projectors, a LoRA, an embedding."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from lora_reference import factors
from projector import LinCir, Pic2Word
from random_weights import scale_randomly

IMAGE_WIDTH, HIDDEN, TEXT_WIDTH = 40, 48, 32
RANK, ALPHA = 4, 8.0
UNET_ENDINGS = ("attn1.to_q.weight", "attn2.to_k.weight", "attn2.to_v.weight", "ff.net.2.weight", "conv1.weight")
TEXT_ENDINGS = ("mlp.fc1.weight", "self_attn.v_proj.weight")


@torch.no_grad()
def write_projectors(folder: Path) -> None:
    """lincir_large.pt and pic2word_large.pt, nested and named as the published files are."""
    phi, img2text = LinCir(IMAGE_WIDTH, HIDDEN, TEXT_WIDTH), Pic2Word(IMAGE_WIDTH, HIDDEN, TEXT_WIDTH)
    scale_randomly(phi, 11, {})
    scale_randomly(img2text, 12, {})
    torch.save({"Phi": phi.state_dict()}, folder / "lincir_large.pt")
    parallel = {f"module.{name}": tensor for name, tensor in img2text.state_dict().items()}
    torch.save({"epoch": 1, "name": "x", "state_dict_img2text": parallel}, folder / "pic2word_large.pt")


def write_lora(checkpoint: Path, folder: Path) -> None:
    """lora.safetensors with kohya's keys, for UNet and text encoder."""
    torch.manual_seed(13)
    unet = load_file(checkpoint / "unet" / "diffusion_pytorch_model.safetensors")
    text = load_file(checkpoint / "text_encoder" / "model.safetensors")
    chosen = [("lora_unet_", name, weight) for name, weight in unet.items() if name.endswith(UNET_ENDINGS)]
    chosen += [("lora_te_", name, weight) for name, weight in text.items() if name.endswith(TEXT_ENDINGS)]
    tensors: dict[str, torch.Tensor] = {}
    for prefix, name, weight in chosen:
        key = prefix + name.removesuffix(".weight").replace(".", "_")
        down, up = factors(weight.float(), RANK)
        tensors[f"{key}.lora_down.weight"], tensors[f"{key}.lora_up.weight"] = down.half(), up.half()
        tensors[f"{key}.alpha"] = torch.tensor(ALPHA)
    save_file(tensors, folder / "lora.safetensors", metadata={"ss_network_module": "networks.lora"})


def write_embedding(folder: Path) -> None:
    """embedding.pt: two vectors [2, TEXT_WIDTH] as A1111 saves them."""
    vectors = torch.randn(2, TEXT_WIDTH, generator=torch.Generator().manual_seed(14))
    content = {"string_to_token": {"*": 265}, "string_to_param": {"*": vectors.requires_grad_()}, "name": "toy"}
    torch.save(content, folder / "embedding.pt")


def write(checkpoint: Path, folder: Path) -> None:
    """Everything of this file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_projectors(folder)
    write_lora(checkpoint, folder)
    write_embedding(folder)
