"""Whole fused runs where steps reuse deep features, by diffusers' blocks called one by one.

DeepCache (Ma et al. 2023, arXiv 2312.00858) with the shallowest branch: a step between two full ones computes the first
convolution, the last layer of the last up block and what follows; what that layer begins with is of the last full step.
A step whose branches differ from those of the step before is a full one.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from diffusers.utils.torch_utils import randn_tensor
from safetensors.torch import save_file

from cases import CASES, DOG_ON_BEACH, TWO_PINS, Run
from components import Components, load_components
from fused_reference import condition
from picture_runs import require_difference
from subjects import image_embeds, subject_pictures

SD15 = CASES[0]


@dataclass(frozen=True)
class Reusing:
    """A fused run, every how many steps the whole network is computed, and the share of steps that are guided."""

    run: Run
    interval: int
    guided: float = 1.0


RUNS = (
    Reusing(Run("every-second", DOG_ON_BEACH, TWO_PINS), 2),
    Reusing(Run("every-third", DOG_ON_BEACH, TWO_PINS, steps=8, width=96), 3),
    Reusing(Run("stochastic", DOG_ON_BEACH, TWO_PINS, steps=6, eta=0.7), 2),
    Reusing(Run("guided-at-first", DOG_ON_BEACH, TWO_PINS), 3, guided=0.5),
    Reusing(Run("text-only", DOG_ON_BEACH, alphas=(0.0,)), 10),
)


class DeepFeatures:
    """Keeps what the last layer of the last up block was given by the layer before it."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        self.value: torch.Tensor | None = None
        self._skips = unet.conv_in.out_channels
        unet.up_blocks[-1].resnets[-1].register_forward_pre_hook(self._keep)

    def _keep(self, _: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self.value = inputs[0][:, : -self._skips]


def shallow(
    unet: UNet2DConditionModel, latents: torch.Tensor, timestep: torch.Tensor, states: torch.Tensor, deep: torch.Tensor
) -> torch.Tensor:
    """The noise prediction of a step that reuses deep features."""
    embedding = unet.time_embedding(unet.time_proj(timestep.expand(len(latents))))
    block = unet.up_blocks[-1]
    joined = torch.cat([deep, unet.conv_in(latents)], dim=1)
    hidden = block.resnets[-1](joined, embedding)
    hidden = block.attentions[-1](hidden, encoder_hidden_states=states).sample
    return unet.conv_out(unet.conv_act(unet.conv_norm_out(hidden)))


@torch.no_grad()
def picture_of(parts: Components, reusing: Reusing, embeds: torch.Tensor, interval: int) -> torch.Tensor:
    """The run's picture as uint8 [3, height, width]."""
    run = reusing.run
    states, _ = condition(parts, run, embeds)
    deep = DeepFeatures(parts.unet)
    scheduler = parts.scheduler()
    scheduler.set_timesteps(run.steps)
    generator = torch.Generator("cpu").manual_seed(run.seed)
    latents = randn_tensor((1, 4, run.height // 8, run.width // 8), generator=generator)
    alpha = run.alphas[0]
    before: list[int] = []
    age = 0
    for step, timestep in enumerate(scheduler.timesteps):
        w = run.guidance_scale if step / run.steps < reusing.guided else 1.0
        weights = [alpha * w, (1 - alpha) * w, 1 - w]
        rows = [row for row, weight in enumerate(weights) if weight != 0]
        repeated, chosen = latents.expand(len(rows), -1, -1, -1), states[rows]
        age = 1 if rows != before or age >= interval else age + 1
        before = rows
        if age == 1:
            predictions = parts.unet(repeated, timestep, chosen).sample
            kept = deep.value
        else:
            predictions = shallow(parts.unet, repeated, timestep, chosen, kept)
        fused = sum(weights[row] * prediction for row, prediction in zip(rows, predictions, strict=True))
        latents = scheduler.step(fused[None], timestep, latents, eta=run.eta, generator=generator).prev_sample
    decoded = parts.vae.decode(latents / parts.vae.config.scaling_factor).sample
    return ((decoded[0] / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)


def write(data: Path, folder: Path) -> None:
    """Writes runs.json and pictures.safetensors, whose tensors have the runs' names."""
    parts = load_components(SD15, data / SD15.name)
    embeds = image_embeds(parts.vision, parts.processor, subject_pictures())
    pictures = {}
    for reusing in RUNS:
        pictures[reusing.run.name] = picture_of(parts, reusing, embeds, reusing.interval)
        require_difference(reusing.run.name, pictures[reusing.run.name], picture_of(parts, reusing, embeds, 1))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runs.json").write_text(json.dumps([entry(reusing) for reusing in RUNS], indent=1) + "\n")
    save_file({name: picture.contiguous() for name, picture in pictures.items()}, folder / "pictures.safetensors")


def entry(reusing: Reusing) -> dict[str, object]:
    """A run as the tests read it."""
    return {**reusing.run.entry(), "reuseInterval": reusing.interval, "guided": reusing.guided}


if __name__ == "__main__":
    DATA = Path(__file__).parent / "data"
    write(DATA, DATA / "deep-cache")
