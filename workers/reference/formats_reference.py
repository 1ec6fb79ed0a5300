"""Writes the reference files of the file formats, the noise and the schedulers.

Everything here is made by the real tools (torch.save, safetensors, diffusers, peft, Pillow), so that the tests
compare our readers and formulas with somebody else's. Run it from the repository's root:

    python workers/reference/formats_reference.py [section ...]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
)
from safetensors.torch import save_file

from lora_reference import write_loras, write_peft_files
from lycoris_reference import write_lycoris
from pipelines_reference import check_exported_embedding
from png_reference import check_our_png, write_pngs
from single_file_reference import write_single_files
from torch_files_reference import write_torch_files

DATA = Path(__file__).parent / "data" / "formats"

NOISE_SEEDS = (0, 7, 1234, 2**31, 2**32 - 1)
NOISE_SIZES = (1, 2, 3, 7, 15, 16, 17, 20, 31, 32, 33, 100, 1000, 4096)
# Several calls on one generator: the scalar path keeps a spare value across block calls.
NOISE_SEQUENCE = (3, 16, 1, 20, 5, 2, 64, 4, 33, 1, 1)


def write_noise() -> None:
    """torch.randn of a CPU generator: one tensor [size] a seed and size, and one [sum] a seed for the sequence."""
    tensors: dict[str, torch.Tensor] = {}
    for seed in NOISE_SEEDS:
        for size in NOISE_SIZES:
            generator = torch.Generator("cpu").manual_seed(seed)
            tensors[f"{seed}/{size}"] = torch.randn(size, generator=generator)
        generator = torch.Generator("cpu").manual_seed(seed)
        parts = [torch.randn(size, generator=generator) for size in NOISE_SEQUENCE]
        tensors[f"{seed}/sequence"] = torch.cat(parts)
    save_file(tensors, DATA / "noise.safetensors")


def write_dtypes() -> None:
    """The same float32 values [n] cast by torch to every float type, edge cases included."""
    edges = torch.tensor(
        [0.0, -0.0, 1.0, -1.0, 65504.0, 65519.0, 2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 3 * 2.0**-26,
         2.0**-15 * 1.3, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.0e38, -1.0e-40]
    )  # fmt: skip
    exponents = torch.randint(-30, 16, (2000,), generator=torch.Generator().manual_seed(1))
    mantissas = torch.randn(2000, generator=torch.Generator().manual_seed(2))
    values = torch.cat([edges, mantissas * 2.0**exponents])
    tensors = {
        "F32": values,
        "F16": values.to(torch.float16),
        "BF16": values.to(torch.bfloat16),
        "F64": values.to(torch.float64),
        "F16-as-F32": values.to(torch.float16).float(),
        "BF16-as-F32": values.to(torch.bfloat16).float(),
        "all-halves": torch.arange(-32768, 32768, dtype=torch.int32).to(torch.int16).view(torch.float16),
        "all-halves-as-F32": torch.arange(-32768, 32768, dtype=torch.int32).to(torch.int16).view(torch.float16).float(),
    }
    for name, dtype in (("F8_E4M3", torch.float8_e4m3fn), ("F8_E5M2", torch.float8_e5m2)):
        patterns = torch.arange(256, dtype=torch.uint8).view(dtype)
        tensors |= {f"all-{name}": patterns, f"all-{name}-as-F32": patterns.float()}
    save_file(tensors, DATA / "dtypes.safetensors", metadata={"__proto__": "only a name", "modelspec.title": "dtypes"})


SCHEDULER_BASE = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
SCHEDULERS: dict[str, tuple[type, dict[str, object]]] = {
    "ddim": (DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
    "ddim-to-one": (DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": True}),
    "ddim-eta": (DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
    "dpmsolver++2m-karras": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {}),
    "lcm": (LCMScheduler, {}),
}
LATENTS = 4


def fake_network(sample: torch.Tensor, timestep: float) -> torch.Tensor:
    """A smooth function [n] -> [n] in float64 that stands for the UNet; the tests have the same formula."""
    x = sample.double()
    phase = torch.arange(x.numel(), dtype=torch.float64)
    return (0.9 * torch.tanh(x) + 0.2 * torch.sin(0.01 * timestep + phase)).float()


def run_scheduler(name: str, overrides: dict[str, object], steps: int) -> dict[str, torch.Tensor]:
    """One trajectory: timesteps [n], network inputs [n + 1, 4] (the last row: the result), noise [n, 4], x_0 [n, 4]."""
    cls, own = SCHEDULERS[name]
    scheduler = cls(**{**SCHEDULER_BASE, **own, **overrides})
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)
    generator = torch.Generator().manual_seed(steps)
    latents = torch.randn(LATENTS, generator=generator) * scheduler.init_noise_sigma
    inputs, originals, noises = [], [], []
    for timestep in scheduler.timesteps:
        model_input = scheduler.scale_model_input(latents, timestep)
        inputs.append(model_input)
        noise_state = generator.get_state()
        noises.append(torch.randn(LATENTS, generator=generator))
        generator.set_state(noise_state)
        extra = {"eta": 0.7} if name == "ddim-eta" else {}
        if not isinstance(scheduler, DPMSolverMultistepScheduler):
            extra["generator"] = generator
        result = scheduler.step(fake_network(model_input, timestep.item()), timestep, latents, **extra)
        latents = result.prev_sample
        original = getattr(result, "pred_original_sample", getattr(result, "denoised", None))
        if original is None:
            original = scheduler.model_outputs[-1]
        originals.append(original)
    return {
        "timesteps": scheduler.timesteps.float(),
        "inputs": torch.stack([*inputs, latents]),
        "noise": torch.stack(noises),
        "originals": torch.stack(originals),
    }


def write_schedulers() -> None:
    """Trajectories of diffusers' classes, named class/prediction/spacing/rescale/steps/quantity."""
    tensors: dict[str, torch.Tensor] = {}
    for name in SCHEDULERS:
        for prediction, spacing, rescale in (
            ("epsilon", "leading", False),
            ("epsilon", "trailing", False),
            ("epsilon", "linspace", False),
            ("v_prediction", "leading", False),
            ("v_prediction", "trailing", True),
        ):
            for steps in (1, 2, 4, 25, 50, 999):
                if name == "lcm" and steps > 50 or steps == 999 and spacing != "leading":
                    continue
                overrides: dict[str, object] = {"prediction_type": prediction, "timestep_spacing": spacing}
                if name != "lcm":
                    overrides["steps_offset"] = 1
                overrides["rescale_betas_zero_snr"] = rescale
                result = run_scheduler(name, overrides, steps)
                for key, value in result.items():
                    if key == "noise" and not name.endswith(("eta", "ancestral", "lcm")):
                        continue
                    tensors[f"{name}/{prediction}/{spacing}/{rescale}/{steps}/{key}"] = value
    for beta_schedule in ("scaled_linear", "linear"):
        for rescale in (False, True):
            scheduler = DDIMScheduler(**{**SCHEDULER_BASE, "beta_schedule": beta_schedule}, rescale_betas_zero_snr=rescale)
            tensors[f"alphas_cumprod/{beta_schedule}/{rescale}"] = scheduler.alphas_cumprod
    for steps in range(1, 101):
        cls, own = SCHEDULERS["dpmsolver++2m-karras"]
        scheduler = cls(**{**SCHEDULER_BASE, **own})
        scheduler.set_timesteps(steps)
        tensors[f"karras-timesteps/{steps}"] = scheduler.timesteps.float()
    save_file(tensors, DATA / "schedulers.safetensors")


SECTIONS: dict[str, Callable[[], None]] = {
    "noise": write_noise,
    "dtypes": write_dtypes,
    "schedulers": write_schedulers,
    "torch": lambda: write_torch_files(DATA),
    "exported": lambda: check_exported_embedding(DATA),
    "lora": lambda: write_loras(DATA),
    "peft": lambda: write_peft_files(DATA),
    "lycoris": lambda: write_lycoris(DATA),
    "png": lambda: write_pngs(DATA),
    "our-png": lambda: check_our_png(DATA / "png"),
    "single-file": lambda: write_single_files(DATA),
}


def main() -> None:
    """Runs the sections named on the command line, or all."""
    DATA.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or SECTIONS:
        SECTIONS[name]()


if __name__ == "__main__":
    main()
