"""Loads a saved checkpoint back with the libraries' own readers, in float32."""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPImageProcessorPil, CLIPTextModel, CLIPTokenizer, CLIPVisionModelWithProjection

from cases import Case
from projector import PseudoWordProjector


@dataclass(frozen=True)
class Components:
    """The modules of one checkpoint."""

    case: Case
    root: Path
    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    vision: CLIPVisionModelWithProjection
    processor: CLIPImageProcessorPil
    projector: PseudoWordProjector
    unet: UNet2DConditionModel
    vae: AutoencoderKL

    def scheduler(self) -> DDIMScheduler:
        """A fresh scheduler from the checkpoint's own config."""
        return DDIMScheduler.from_pretrained(self.root / "scheduler")


def load_components(case: Case, root: Path) -> Components:
    """Reads the checkpoint under `root`."""
    projector = PseudoWordProjector(
        input_dim=case.vision["projection_dim"], output_dim=case.text["hidden_size"], **case.projector
    ).eval()
    weights = load_file(root / "projector/model.safetensors")
    projector.load_state_dict({key: value.float() for key, value in weights.items()})
    return Components(
        case=case,
        root=root,
        tokenizer=CLIPTokenizer.from_pretrained(root / "tokenizer"),
        text_encoder=CLIPTextModel.from_pretrained(root / "text_encoder", dtype=torch.float32).eval(),
        vision=CLIPVisionModelWithProjection.from_pretrained(root / "image_encoder", dtype=torch.float32).eval(),
        processor=CLIPImageProcessorPil.from_pretrained(root / "feature_extractor"),
        projector=projector,
        unet=UNet2DConditionModel.from_pretrained(root / "unet", torch_dtype=torch.float32).eval(),
        vae=AutoencoderKL.from_pretrained(root / "vae", torch_dtype=torch.float32).eval(),
    )
