"""A repository of a whole CLIP model, as openai/clip-vit-large-patch14 is, and the pseudo-word that it leads to."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

from projector import PseudoWordProjector
from random_weights import scale_randomly
from subjects import subject_pictures

EDGE = 24
EMBEDDING = 20
VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": EDGE,
    "patch_size": 8,
}
TEXT = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
# The text encoder of the single files (single_file_reference.py).
WORD = 64


def _save_as_published(model: CLIPModel, folder: Path) -> None:
    """Both towers in one file, position ids among them, which old versions of transformers stored."""
    model.save_pretrained(folder)
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    tensors["vision_model.embeddings.position_ids"] = torch.arange((EDGE // 8) ** 2 + 1)[None]
    save_file(tensors, path, metadata={"format": "pt"})


@torch.no_grad()
def write(folder: Path) -> None:
    """clip/ is the repository, projector/ leads to the single files' words; expected.safetensors: rgba, pseudo_word [D]."""
    torch.manual_seed(31)
    vision = VISION | {"projection_dim": 512}
    model = CLIPModel(CLIPConfig(text_config=TEXT, vision_config=vision, projection_dim=EMBEDDING)).eval()
    scale_randomly(model, 31, {})
    _save_as_published(model, folder / "clip")
    size = {"height": EDGE, "width": EDGE}
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": EDGE + 6}, crop_size=size, image_mean=[0.4] * 3, image_std=[0.3] * 3
    )
    processor.save_pretrained(folder / "clip")
    projector = PseudoWordProjector(EMBEDDING, [24], WORD, "gelu")
    scale_randomly(projector, 32, {})
    projector.save(folder / "projector", torch.float32)
    picture = subject_pictures()[1]
    pixels = processor(images=[picture], return_tensors="pt").pixel_values
    embeds = model.visual_projection(model.vision_model(pixels)[1])
    rgba = torch.from_numpy(np.array(picture.convert("RGBA")))
    save_file({"rgba": rgba, "pseudo_word": projector(embeds)[0].contiguous()}, folder / "expected.safetensors")


if __name__ == "__main__":
    write(Path(__file__).parent / "data" / "borrowed-encoder")
