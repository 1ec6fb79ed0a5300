"""Tiny encoders of DreamBench's metrics in transformers' layout, and what they make of two pictures and two captions."""

import json
import shutil
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer, ViTConfig, ViTModel

from random_weights import scale_randomly
from subjects import subject_pictures

EDGE = 28
CAPTIONS = ["a dog in the jungle", "a cube shaped cat"]
VIT = {
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "image_size": EDGE,
    "patch_size": 7,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": EDGE,
    "patch_size": 14,
}
TEXT = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}


def _dino(folder: Path) -> ViTModel:
    model = ViTModel(ViTConfig(**VIT), add_pooling_layer=False).eval()
    scale_randomly(model, 41, {})
    model.save_pretrained(folder)
    return model


def _clip(folder: Path, tokenizer: Path) -> CLIPModel:
    words = CLIPTokenizer.from_pretrained(tokenizer)
    ids = {"bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id}
    text = TEXT | ids | {"vocab_size": len(words)}
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=VISION, projection_dim=12)).eval()
    scale_randomly(model, 42, {})
    model.save_pretrained(folder)
    for file in tokenizer.iterdir():
        shutil.copy(file, folder / file.name)
    size = {"height": EDGE, "width": EDGE}
    CLIPImageProcessorPil(size={"shortest_edge": EDGE}, crop_size=size).save_pretrained(folder)
    return model


def _dino_pixels(picture: Image.Image) -> torch.Tensor:
    """As in Kosmos-G's script: the shorter edge to 256/224 of the network's, bicubic, and its centre."""
    size = {"height": EDGE, "width": EDGE}
    processor = CLIPImageProcessorPil(size={"shortest_edge": EDGE * 256 // 224}, crop_size=size, **IMAGENET)
    return processor(images=[picture], return_tensors="pt").pixel_values


@torch.no_grad()
def write(sd15: Path, folder: Path) -> None:
    """dino/ and clip/ are the encoders; 0.png and 1.png the pictures; expected.safetensors what they come to."""
    torch.manual_seed(41)
    folder.mkdir(parents=True, exist_ok=True)
    dino = _dino(folder / "dino")
    clip = _clip(folder / "clip", sd15 / "tokenizer")
    words = CLIPTokenizer.from_pretrained(sd15 / "tokenizer")
    processor = CLIPImageProcessorPil.from_pretrained(folder / "clip")
    expected = {}
    for index, picture in enumerate(p.convert("RGB") for p in subject_pictures()[:2]):
        picture.save(folder / f"{index}.png")
        expected[f"dino.{index}"] = dino(_dino_pixels(picture)).last_hidden_state[0, 0]
        pixels = processor(images=[picture], return_tensors="pt").pixel_values
        expected[f"clip_picture.{index}"] = clip.visual_projection(clip.vision_model(pixels)[1])[0]
        text = words(CAPTIONS[index], padding="max_length", max_length=77, truncation=True, return_tensors="pt")
        expected[f"clip_text.{index}"] = clip.text_projection(clip.text_model(input_ids=text.input_ids)[1])[0]
    save_file({key: value.contiguous() for key, value in expected.items()}, folder / "expected.safetensors")
    (folder / "captions.json").write_text(json.dumps(CAPTIONS))


if __name__ == "__main__":
    data = Path(__file__).parent / "data"
    write(data / "sd15", data / "metric-encoders")
