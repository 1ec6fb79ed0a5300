"""A random checkpoint of Stable Diffusion 1.5's exact shape, and what diffusers makes of it.

`python full_size.py checkpoint FOLDER` writes 2.7 GB: the files and spellings of the repository on the Hub (fp16), and
a projector, which that repository lacks. `python full_size.py picture FOLDER RUN.json OUT.png` makes one picture in
float32 from the same weights, by the paper's equations on diffusers' and transformers' own modules.
"""

import json
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPTextConfig, CLIPTextModel, CLIPTokenizer
from transformers.utils import logging

from checkpoints import OLD_VAE_ATTENTION, TEXT_GAINS, VAE_GAINS
from fit_denoiser import fit_output_layer
from full_size_configs import (
    FEATURE_EXTRACTOR,
    MODEL_INDEX,
    PROJECTOR,
    SCHEDULER,
    TEXT_ENCODER,
    UNET,
    VAE,
    VISION,
)
from projector import PseudoWordProjector
from random_weights import scale_randomly
from unified_encoder import hidden_states, hidden_states_with_pseudo_words, input_ids, place, unify

SINGLE = {"variant": "fp16", "torch_dtype": torch.float32}
TOKENIZER = Path(__file__).parents[2] / "public/tokenizers/clip/tokenizer"


def write_json(path: Path, value: object) -> None:
    """Writes a config as diffusers does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def save_half(module: torch.nn.Module, folder: Path) -> Path:
    """Saves a module as its library does, in float16 with the variant's file name. Gives the weights' path."""
    module.half().save_pretrained(folder, variant="fp16")
    (path,) = folder.glob("*.fp16.safetensors")
    return path


def respell(path: Path, spell: dict[str, str], extra: dict[str, torch.Tensor]) -> None:
    """Rewrites a file with the spellings on the Hub: parts of names replaced in order, old buffers added."""
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in load_file(path).items():
        spelled = name
        for new, old in spell.items():
            spelled = spelled.replace(new, old)
        tensors[spelled] = tensor
    save_file({**tensors, **extra}, path, metadata={"format": "pt"})


def save_text_encoder(root: Path) -> None:
    """Writes text_encoder/ with the names under text_model and the position ids that old versions saved."""
    model = CLIPTextModel(CLIPTextConfig(**TEXT_ENCODER)).eval()
    scale_randomly(model, 1, TEXT_GAINS)
    path = save_half(model, root / "text_encoder")
    prefixed = {f"text_model.{name}": tensor for name, tensor in load_file(path).items()}
    prefixed["text_model.embeddings.position_ids"] = torch.arange(77).unsqueeze(0)
    save_file(prefixed, path, metadata={"format": "pt"})


def save_unet(root: Path) -> None:
    """Writes unet/: random features, and an output layer under which they denoise roughly."""
    unet = UNet2DConditionModel(**UNET).eval()
    scale_randomly(unet, 2, {})
    fit_output_layer(unet, DPMSolverMultistepScheduler(**SCHEDULER), 8)
    save_half(unet, root / "unet")


def save_vae(root: Path) -> None:
    """Writes vae/ with the attention's names before diffusers 0.17."""
    vae = AutoencoderKL(**VAE).eval()
    scale_randomly(vae, 3, VAE_GAINS)
    spell = {f".attentions.0.{new}": f".attentions.0.{old}" for new, old in OLD_VAE_ATTENTION.items()}
    respell(save_half(vae, root / "vae"), spell, {})


def save_safety_checker(root: Path) -> None:
    """Writes safety_checker/, whose vision tower encodes subjects too. No concept is near enough to flag a picture."""
    config = CLIPConfig(vision_config=VISION, text_config=TEXT_ENCODER, projection_dim=VISION["projection_dim"])
    checker = StableDiffusionSafetyChecker(config).eval()
    scale_randomly(checker, 5, {"concept_embeds": 3.0, "special_care_embeds": 3.0})
    checker.concept_embeds_weights.data.fill_(0.9)
    checker.special_care_embeds_weights.data.fill_(0.9)
    path = save_half(checker, root / "safety_checker")
    ids = {"vision_model.vision_model.embeddings.position_ids": torch.arange(257).unsqueeze(0)}
    respell(path, {"vision_model.": "vision_model.vision_model."}, ids)


def save_projector(root: Path) -> None:
    """Writes projector/ in the shape of LinCIR's."""
    projector = PseudoWordProjector(**PROJECTOR)
    scale_randomly(projector, 6, {})
    projector.save(root / "projector", torch.float16)


def save_checkpoint(root: Path) -> None:
    """Writes everything under `root`; model_index.json comes last and says that the rest is there."""
    save_text_encoder(root)
    save_unet(root)
    save_vae(root)
    save_safety_checker(root)
    save_projector(root)
    scheduler = {"_class_name": "PNDMScheduler", "skip_prk_steps": True, **SCHEDULER}
    write_json(root / "scheduler/scheduler_config.json", scheduler)
    write_json(root / "feature_extractor/preprocessor_config.json", FEATURE_EXTRACTOR)
    for file in TOKENIZER.iterdir():
        copy = root / "tokenizer" / file.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    write_json(root / "model_index.json", MODEL_INDEX)


def read_projector(root: Path) -> PseudoWordProjector:
    """The projector of the checkpoint."""
    projector = PseudoWordProjector(**PROJECTOR).eval()
    weights = load_file(root / "projector/model.safetensors")
    projector.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return projector


@torch.no_grad()
def pseudo_word(root: Path, picture: Path) -> torch.Tensor:
    """The pseudo-word of a picture, [1, 768]: the safety checker's vision tower, then the projector."""
    checker = StableDiffusionSafetyChecker.from_pretrained(root / "safety_checker", **SINGLE).eval()
    processor = CLIPImageProcessorPil.from_pretrained(root / "feature_extractor")
    pixels = processor(images=[Image.open(picture).convert("RGB")], return_tensors="pt").pixel_values
    return read_projector(root)(checker.visual_projection(checker.vision_model(pixels)[1]))


@torch.no_grad()
def condition(root: Path, run: dict) -> torch.Tensor:
    """[h_u, h_y, h_∅] as [3, 77, 768] (UMM-Diffusion, 3.2)."""
    tokenizer = CLIPTokenizer.from_pretrained(root / "tokenizer")
    encoder = CLIPTextModel.from_pretrained(root / "text_encoder", variant="fp16", dtype=torch.float32).eval()
    ids = input_ids(tokenizer, run["caption"])
    placement = place(tokenizer, run["caption"], {run["word"]: 0})
    h_y = hidden_states(encoder, ids)
    h_r = hidden_states_with_pseudo_words(encoder, ids, placement, pseudo_word(root, Path(run["picture"])))
    return torch.cat([unify(h_r, h_y, placement, "pinned"), h_y, hidden_states(encoder, input_ids(tokenizer, ""))])


@torch.no_grad()
def sample(root: Path, run: dict, states: torch.Tensor) -> torch.Tensor:
    """Latents [1, 4, h, w] after all steps: Eq. 8, and DPM-Solver++ 2M with Karras' sigmas."""
    unet = UNet2DConditionModel.from_pretrained(root / "unet", **SINGLE).eval()
    scheduler = DPMSolverMultistepScheduler(**SCHEDULER, algorithm_type="dpmsolver++", use_karras_sigmas=True)
    scheduler.set_timesteps(run["steps"])
    generator = torch.Generator("cpu").manual_seed(run["seed"])
    noise = randn_tensor((1, 4, run["height"] // 8, run["width"] // 8), generator=generator)
    latents = noise * scheduler.init_noise_sigma
    alpha, w = run["alpha"], run["guidance"]
    for timestep in scheduler.timesteps:
        scaled = scheduler.scale_model_input(latents, timestep)
        fused = torch.zeros_like(latents)
        for weight, state in zip((alpha * w, (1 - alpha) * w, 1 - w), states.split(1), strict=True):
            if weight != 0:
                fused += weight * unet(scaled, timestep, state).sample
        latents = scheduler.step(fused, timestep, latents).prev_sample
    return latents


@torch.no_grad()
def save_picture(root: Path, run: dict, path: Path) -> None:
    """Makes the picture of `run` and prints how large the latents are."""
    latents = sample(root, run, condition(root, run))
    vae = AutoencoderKL.from_pretrained(root / "vae", **SINGLE).eval()
    decoded = (vae.decode(latents / vae.config.scaling_factor).sample[0] / 2 + 0.5).clamp(0, 1)
    pixels = (decoded.permute(1, 2, 0) * 255).round().to(torch.uint8)
    Image.fromarray(pixels.numpy()).save(path)
    clipped = ((decoded == 0) | (decoded == 1)).float().mean().item()
    print(json.dumps({"latentsStd": latents.std().item(), "clipped": clipped, "pictureStd": decoded.std().item()}))


def main(command: str, folder: str, *rest: str) -> None:
    """See the module's own words."""
    logging.disable_progress_bar()
    if command == "checkpoint":
        save_checkpoint(Path(folder))
    else:
        run, path = rest
        save_picture(Path(folder), json.loads(Path(run).read_text()), Path(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
