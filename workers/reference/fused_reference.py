"""Whole runs of the fused pipeline, written plainly from the paper's equations on diffusers' own DDIM."""

import json
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils.torch_utils import randn_tensor
from safetensors.torch import save_file

from cases import Run
from components import Components
from subjects import image_embeds, pseudo_words_of_pins, subject_pictures
from unified_encoder import hidden_states, hidden_states_with_pseudo_words, input_ids, place, unify


def write(parts: Components, folder: Path) -> None:
    """Writes runs.json and run-<name>.safetensors."""
    embeds = image_embeds(parts.vision, parts.processor, subject_pictures())
    entries = []
    for run in parts.case.runs:
        tensors, timesteps = fused_run(parts, run, embeds)
        if not run.pins:
            _check_equals_diffusers(parts, run, tensors)
        save_file(tensors, folder / f"run-{run.name}.safetensors")
        entries.append({**run.entry(), "timesteps": timesteps})
    (folder / "runs.json").write_text(json.dumps(entries, indent=1) + "\n")


def condition(parts: Components, run: Run, embeds: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """[h_u, h_y, h_∅] as [3, 77, D], and the pseudo-words [pins, D]."""
    ids = input_ids(parts.tokenizer, run.caption)
    pseudo_words, rows = pseudo_words_of_pins(run.pins, embeds, parts.projector)
    placement = place(parts.tokenizer, run.caption, rows)
    h_y = hidden_states(parts.text_encoder, ids)
    h_r = hidden_states_with_pseudo_words(parts.text_encoder, ids, placement, pseudo_words)
    h_u = unify(h_r, h_y, placement, run.positions)
    h_0 = hidden_states(parts.text_encoder, input_ids(parts.tokenizer, run.negative_prompt))
    return torch.cat([h_u, h_y, h_0]), pseudo_words


@torch.no_grad()
def fused_run(parts: Components, run: Run, embeds: torch.Tensor) -> tuple[dict[str, torch.Tensor], list[int]]:
    """One run: ε̃ = α·w·ε_u + (1−α)·w·ε_y + (1−w)·ε_∅ (Eq. 8), then DDIM, then the VAE."""
    states, pseudo_words = condition(parts, run, embeds)
    scheduler = parts.scheduler()
    scheduler.set_timesteps(run.steps)
    generator = torch.Generator("cpu").manual_seed(run.seed)
    latents = randn_tensor((1, 4, run.height // 8, run.width // 8), generator=generator)
    trajectory, originals = [latents], []
    for step, timestep in enumerate(scheduler.timesteps):
        alpha = run.alphas[min(step, len(run.alphas) - 1)]
        w = run.guidance_scale
        eps_u, eps_y, eps_0 = (parts.unet(latents, timestep, states[i : i + 1]).sample for i in range(3))
        fused = alpha * w * eps_u + (1 - alpha) * w * eps_y + (1 - w) * eps_0
        result = scheduler.step(fused, timestep, latents, eta=run.eta, generator=generator)
        latents = result.prev_sample
        trajectory.append(latents)
        originals.append(result.pred_original_sample)
    decoded = parts.vae.decode(latents / parts.vae.config.scaling_factor).sample
    tensors = {
        "hidden_states": states,
        "pseudo_words": pseudo_words,
        "latents": torch.cat(trajectory),
        "pred_original_sample": torch.cat(originals),
        "picture": (decoded / 2 + 0.5).clamp(0, 1),
    }
    return {name: tensor.contiguous() for name, tensor in tensors.items()}, scheduler.timesteps.tolist()


@torch.no_grad()
def _check_equals_diffusers(parts: Components, run: Run, tensors: dict[str, torch.Tensor]) -> None:
    """A run with α = 0 and no pins must be StableDiffusionPipeline's; its own tensors take the place of ours."""
    pipeline = StableDiffusionPipeline.from_pretrained(parts.root, safety_checker=None, torch_dtype=torch.float32)
    pipeline.scheduler = parts.scheduler()
    pipeline.set_progress_bar_config(disable=True)
    settings = {
        "prompt": run.caption,
        "negative_prompt": run.negative_prompt,
        "height": run.height,
        "width": run.width,
        "num_inference_steps": run.steps,
        "guidance_scale": run.guidance_scale,
        "eta": run.eta,
    }
    generator = torch.Generator("cpu").manual_seed(run.seed)
    latents = pipeline(**settings, generator=generator, output_type="latent").images
    generator = torch.Generator("cpu").manual_seed(run.seed)
    picture = pipeline(**settings, generator=generator, output_type="pt").images
    torch.testing.assert_close(tensors["latents"][-1:], latents, rtol=1e-4, atol=1e-4)
    tensors["pipeline.latents"] = latents.contiguous()
    tensors["pipeline.picture"] = picture.contiguous()
