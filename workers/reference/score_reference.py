"""CLIPModel's cosines of pictures with pictures and captions: encoders of the sd15 case, a random text projection."""

import json
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTextModel,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
)

from subjects import subject_pictures

# The picture that is judged, the pins' pictures with the part that is seen (x, y, size), and the caption.
RUNS = (
    {"picture": 0, "pins": [[[1, None]]], "caption": "a dog on the beach"},
    {"picture": 1, "pins": [[[0, [4, 8, 24]], [2, [3, 30, 28]]], [[1, [10, 5, 36]]]], "caption": "a cat"},
    {"picture": 2, "pins": [], "caption": " ".join(["a dog on the beach"] * 30)},
)


def clip_model(sd15: Path) -> CLIPModel:
    """A whole CLIPModel of a pipeline's two encoders; its text projection is random."""
    text = CLIPTextModel.from_pretrained(sd15 / "text_encoder")
    vision = CLIPVisionModelWithProjection.from_pretrained(sd15 / "image_encoder")
    config = CLIPConfig(
        text_config=text.config.to_dict(),
        vision_config=vision.config.to_dict(),
        projection_dim=vision.config.projection_dim,
    )
    model = CLIPModel(config).eval()
    model.vision_model.load_state_dict(vision.vision_model.state_dict())
    model.visual_projection.load_state_dict(vision.visual_projection.state_dict())
    own = getattr(text, "text_model", text)
    model.text_model.load_state_dict(own.state_dict())
    torch.nn.init.normal_(model.text_projection.weight, std=0.3)
    return model


def _seen(picture: Image.Image, region: list[int] | None) -> Image.Image:
    if region is None:
        return picture
    x, y, size = region
    return picture.crop((x, y, x + size, y + size))


@torch.no_grad()
def write(sd15: Path, folder: Path) -> None:
    """text_projection.safetensors, and scores.json: the runs with their cosines."""
    torch.manual_seed(47)
    folder.mkdir(parents=True, exist_ok=True)
    model = clip_model(sd15)
    words = CLIPTokenizer.from_pretrained(sd15 / "tokenizer")
    processor = CLIPImageProcessorPil.from_pretrained(sd15 / "feature_extractor")
    pictures = [picture.convert("RGB") for picture in subject_pictures()]

    def embed(picture: Image.Image, caption: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Both embeddings as the model normalizes them, [P]."""
        pixels = processor(images=[picture], return_tensors="pt").pixel_values
        ids = words(caption, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
        found = model(input_ids=ids, pixel_values=pixels)
        return found.image_embeds[0], found.text_embeds[0]

    runs = []
    for run in RUNS:
        made, caption = embed(pictures[run["picture"]], run["caption"])
        pins = [[embed(_seen(pictures[index], region), "a")[0] for index, region in pin] for pin in run["pins"]]
        means = [torch.stack([made @ real for real in pin]).mean() for pin in pins]
        subject = torch.stack(means).mean().item() if means else None
        runs.append(run | {"subject": subject, "scored": (made @ caption).item()})
    save_file({"text_projection.weight": model.text_projection.weight.contiguous()}, folder / "text_projection.safetensors")
    (folder / "scores.json").write_text(json.dumps(runs, indent=1) + "\n")


if __name__ == "__main__":
    data = Path(__file__).parent / "data"
    write(data / "sd15", data / "scores")
