"""Remakes everything under data/: `python workers/reference/make_reference.py [case …]`.

Needs torch, diffusers, transformers, safetensors, tokenizers, onnx, onnxruntime and Pillow. Every random number comes
from a case's seed.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import torch

import addons_reference
import borrowed_encoder_reference
import cut_out_networks
import cut_out_points
import cut_out_reference
import deep_cache_reference
import detail_reference
import formats_reference
import fused_reference
import image_files
import image_processor_reference
import image_reference
import look_reference
import look_unet_reference
import mask_reference
import metric_reference
import pictures_reference
import projector_reference
import sampling_reference
import score_reference
import shapes_reference
import text_reference
import tiny_autoencoder_reference
import tokenizer_reference
import unet_reference
import unet_variants_reference
import vae_reference
import words_reference
from cases import CASES, Case
from checkpoints import save_checkpoint
from components import load_components

DATA = Path(__file__).parent / "data"


def make_case(case: Case, root: Path) -> None:
    """Writes one checkpoint and its references under `root`."""
    torch.manual_seed(case.seed)
    save_checkpoint(case, root)
    folder = root / "reference"
    folder.mkdir()
    parts = load_components(case, root)
    text_reference.write(parts, folder)
    image_reference.write(parts, folder)
    fused_reference.write(parts, folder)
    unet_reference.write(root)
    vae_reference.write(root)


def replace_case(case: Case) -> None:
    """Puts a newly made checkpoint in the old one's place once it is complete."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / case.name
        make_case(case, made)
        shutil.rmtree(DATA / case.name, ignore_errors=True)
        shutil.copytree(made, DATA / case.name)


def main(names: list[str]) -> None:
    """Makes the named cases, or everything."""
    for case in CASES:
        if not names or case.name in names:
            replace_case(case)
    if not names:
        formats_reference.main()
        tokenizer_reference.write(DATA / "tokenizer")
        words_reference.write(DATA / "tokenizer" / "words.json")
        image_processor_reference.write(DATA / "image-processor")
        cut_out_reference.write(DATA / "cut-out")
        cut_out_networks.write(DATA / "cut-out")
        cut_out_points.write(DATA / "cut-out")
        projector_reference.write(DATA / "projectors")
        unet_variants_reference.write(DATA / "unet-variants")
        look_unet_reference.write(DATA, DATA / "look-unet")
        detail_reference.write(DATA, DATA / "detail")
        image_files.write(DATA / "images")
        mask_reference.write(DATA / "masks")
        borrowed_encoder_reference.write(DATA / "borrowed-encoder")
        look_reference.write(DATA / "sd15", DATA / "look")
        metric_reference.write(DATA / "sd15", DATA / "metric-encoders")
        score_reference.write(DATA / "sd15", DATA / "scores")
        addons_reference.write(DATA / "sd15", DATA / "addons")
        sampling_reference.write(DATA, DATA / "sampling")
        shapes_reference.write(DATA / "shapes")
        tiny_autoencoder_reference.write(DATA / "tiny-autoencoder")
        deep_cache_reference.write(DATA, DATA / "deep-cache")
        pictures_reference.write([])


if __name__ == "__main__":
    main(sys.argv[1:])
