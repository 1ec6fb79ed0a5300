"""Writes one case as a checkpoint in diffusers layout."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from bpe_vocabulary import make_tokenizer, save_as_published
from cases import Case
from fit_denoiser import fit_output_layer
from projector import PseudoWordProjector
from random_weights import scale_randomly

OLD_VAE_ATTENTION = {"to_q.": "query.", "to_k.": "key.", "to_v.": "value.", "to_out.0.": "proj_attn."}
# Factors that keep pictures inside 0..1 and tokens distinct.
VAE_GAINS = {"decoder.conv_out": 0.8}
TEXT_GAINS = {"position_embedding": 0.5}


def _text_encoder(case: Case, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **case.text,
    )
    model = CLIPTextModel(config).eval()
    scale_randomly(model, case.seed + 1, TEXT_GAINS)
    return model


def _safety_checker(case: Case) -> StableDiffusionSafetyChecker:
    config = CLIPConfig(vision_config=case.vision, text_config=case.text, projection_dim=case.vision["projection_dim"])
    model = StableDiffusionSafetyChecker(config).eval()
    scale_randomly(model, case.seed + 5, {"concept_embeds": 3.0, "special_care_embeds": 3.0})
    return model


def _rename_tensors(path: Path, renames: dict[str, str], only: str = "") -> None:
    """Rewrites a safetensors file, replacing parts of the names that contain `only`."""
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in load_file(path).items():
        spelling = name
        if only in name:
            for new, old in renames.items():
                spelling = spelling.replace(new, old)
        renamed[spelling] = tensor
    save_file(renamed, path, metadata={"format": "pt"})


def _rename_as_published(case: Case, root: Path) -> None:
    """Gives the files the spellings that checkpoints on the hub have, where today's libraries write others."""
    if case.text_prefix:
        path = root / "text_encoder/model.safetensors"
        save_file(
            {case.text_prefix + name: tensor for name, tensor in load_file(path).items()}, path, metadata={"format": "pt"}
        )
    if case.old_vae_attention:
        _rename_tensors(root / "vae/diffusion_pytorch_model.safetensors", OLD_VAE_ATTENTION, only=".attentions.")
    if case.safety_checker:
        _rename_tensors(root / "safety_checker/model.safetensors", {"vision_model.": "vision_model.vision_model."})


def _image_processor(case: Case) -> CLIPImageProcessorPil:
    edge = case.vision["image_size"]
    return CLIPImageProcessorPil(size={"shortest_edge": edge}, crop_size={"height": edge, "width": edge})


def save_checkpoint(case: Case, root: Path) -> None:
    """Writes the whole checkpoint of `case` under `root`, deterministic by the case's seed."""
    tokenizer = make_tokenizer(case.pad_token)
    unet = UNet2DConditionModel(**case.unet).eval()
    vae = AutoencoderKL(**case.vae).eval()
    vision = CLIPVisionModelWithProjection(CLIPVisionConfig(**case.vision)).eval()
    scheduler = DDIMScheduler(**case.scheduler)
    scale_randomly(unet, case.seed + 2, {})
    fit_output_layer(unet, scheduler, case.seed + 8)
    scale_randomly(vae, case.seed + 3, VAE_GAINS)
    scale_randomly(vision, case.seed + 4, {})
    checker = _safety_checker(case) if case.safety_checker else None
    processor = _image_processor(case)
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=_text_encoder(case, tokenizer),
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=checker,
        feature_extractor=processor,
        requires_safety_checker=case.safety_checker,
    ).to(case.dtype)
    pipeline.save_pretrained(root)
    vision.to(case.dtype).save_pretrained(root / "image_encoder")
    processor.save_pretrained(root / "feature_extractor")
    save_as_published(tokenizer, root / "tokenizer", with_tokenizer_json=case.name == "v-prediction")
    projector = PseudoWordProjector(
        input_dim=case.vision["projection_dim"], output_dim=case.text["hidden_size"], **case.projector
    )
    scale_randomly(projector, case.seed + 6, {})
    projector.save(root / "projector", case.dtype)
    _save_preview(case, root / "preview")
    _rename_as_published(case, root)


def _save_preview(case: Case, folder: Path) -> None:
    """A linear map from latents to RGB in 0..1."""
    generator = torch.Generator().manual_seed(case.seed + 7)
    matrix = (0.2 * torch.randn(3, 4, generator=generator)).tolist()
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"latent_channels": 4, "matrix": matrix, "bias": [0.5, 0.4, 0.6]}
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
