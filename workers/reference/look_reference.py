"""IP-Adapters for the case "sd15", an image encoder like OpenCLIP's, and the tokens that diffusers makes of a picture."""

from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.embeddings import ImageProjection, IPAdapterFullImageProjection, IPAdapterPlusImageProjection
from safetensors.torch import save_file
from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModelWithProjection

from random_weights import scale_randomly
from subjects import subject_pictures

EDGE = 12
EMBEDDING = 24
# hidden_act and a head size that is no power of two are ViT-H's.
VISION = {
    "hidden_size": 40,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": EDGE,
    "patch_size": 4,
    "projection_dim": EMBEDDING,
    "hidden_act": "gelu",
}
# Published resamplers have heads of 64 numbers, whatever their width; diffusers takes them to have four layers.
RESAMPLER = {"hidden_dims": 24, "depth": 4, "dim_head": 64, "heads": 2, "num_queries": 5}


def _unet(folder: Path) -> UNet2DConditionModel:
    return UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder / "unet"))


def _projections(width: int) -> dict[str, torch.nn.Module]:
    hidden = VISION["hidden_size"]
    return {
        "plain": ImageProjection(image_embed_dim=EMBEDDING, cross_attention_dim=width, num_image_text_embeds=4),
        "full-face": IPAdapterFullImageProjection(image_embed_dim=hidden, cross_attention_dim=width),
        "plus": IPAdapterPlusImageProjection(embed_dims=hidden, output_dims=width, **RESAMPLER),
    }


def published(kind: str, projection: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The names of h94's files, which diffusers' loader turns into its own."""
    weights = projection.state_dict()
    if kind == "plain":
        return {name.replace("image_embeds", "proj"): tensor for name, tensor in weights.items()}
    if kind == "full-face":
        names = {"ff.net.0.proj": "proj.0", "ff.net.2": "proj.2", "norm": "proj.3"}
        return {f"{names[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": tensor for name, tensor in weights.items()}
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in weights.items():
        if ".attn.to_v." in name:
            continue
        if ".attn.to_k." in name:
            joined = torch.cat([tensor, weights[name.replace("to_k", "to_v")]])
            tensors[_resampler_name(name.replace("to_k", "to_kv"))] = joined
        else:
            tensors[_resampler_name(name)] = tensor
    return tensors


def _resampler_name(name: str) -> str:
    for mine, theirs in {
        ".ln0.": ".0.norm1.",
        ".ln1.": ".0.norm2.",
        ".attn.to_out.0.": ".0.to_out.",
        ".attn.": ".0.",
        ".ff.0.": ".1.0.",
        ".ff.1.net.0.proj.": ".1.1.",
        ".ff.1.net.2.": ".1.3.",
    }.items():
        name = name.replace(mine, theirs)
    return name


def key_values(unet: UNet2DConditionModel, seed: int) -> dict[str, torch.Tensor]:
    """Random keys and values of every cross-attention, numbered as diffusers does."""
    generator = torch.Generator().manual_seed(seed)
    width = unet.config.cross_attention_dim
    tensors: dict[str, torch.Tensor] = {}
    for index, name in enumerate(unet.attn_processors):
        if name.endswith("attn2.processor"):
            channels = unet.get_submodule(name.removesuffix(".processor")).to_q.out_features
            for kind in ("to_k_ip", "to_v_ip"):
                tensors[f"{index}.{kind}.weight"] = torch.randn(channels, width, generator=generator) / width**0.5
    return tensors


def _half(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.half().contiguous() for name, tensor in tensors.items()}


@torch.no_grad()
def write(checkpoint: Path, folder: Path) -> None:
    """image_encoder/, {kind}.safetensors and full-face.bin as published; expected.safetensors: what comes of a picture."""
    unet = _unet(checkpoint)
    torch.manual_seed(41)
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**VISION)).eval()
    scale_randomly(encoder, 41, {})
    encoder.save_pretrained(folder / "image_encoder")
    picture = subject_pictures()[1]
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": EDGE}, crop_size={"height": EDGE, "width": EDGE}, image_mean=[0.5] * 3
    )
    processor.save_pretrained(folder / "image_encoder")
    pixels = processor(images=[picture], return_tensors="pt").pixel_values
    of_picture = encoder(pixels, output_hidden_states=True)
    of_nothing = encoder(torch.zeros_like(pixels), output_hidden_states=True)
    expected = {
        "rgba": torch.from_numpy(np.array(picture.convert("RGBA"))),
        "pixel_values": pixels[0],
        "image_embeds": of_picture.image_embeds[0],
        "hidden_states": of_picture.hidden_states[-2][0],
    }
    for seed, (kind, projection) in enumerate(_projections(unet.config.cross_attention_dim).items(), 42):
        scale_randomly(projection, seed, {"latents": 1.0})
        groups = {"image_proj": _half(published(kind, projection)), "ip_adapter": _half(key_values(unet, seed))}
        flat = {f"{group}.{name}": tensor for group, tensors in groups.items() for name, tensor in tensors.items()}
        save_file(flat, folder / f"{kind}.safetensors")
        if kind == "full-face":
            torch.save(groups, folder / "full-face.bin")
        rounded = {name: tensor.float() for name, tensor in groups["image_proj"].items()}
        loaded = unet._convert_ip_adapter_image_proj_to_diffusers(rounded, low_cpu_mem_usage=False).eval()
        if kind == "plain":
            seen, unseen = of_picture.image_embeds, torch.zeros_like(of_picture.image_embeds)
        else:
            seen, unseen = of_picture.hidden_states[-2], of_nothing.hidden_states[-2]
        expected[f"{kind}.tokens"] = loaded(seen).reshape(-1, unet.config.cross_attention_dim)
        expected[f"{kind}.negative"] = loaded(unseen).reshape(-1, unet.config.cross_attention_dim)
    save_file({name: tensor.contiguous() for name, tensor in expected.items()}, folder / "expected.safetensors")


if __name__ == "__main__":
    data = Path(__file__).parent / "data"
    write(data / "sd15", data / "look")
