"""Writes what diffusers' schedulers make of the scheduler files that Stable Diffusion 1.x repositories ship.

Every scheduler of Pinword, on every file, with several numbers of steps: the timesteps, and the latents at the end of a
run of a made-up network. Run it from the repository's root:

    python workers/reference/scheduler_table.py
"""

from __future__ import annotations

import contextlib
import json
import warnings
from pathlib import Path

import diffusers
import torch
from diffusers import SchedulerMixin, StableDiffusionPipeline

from formats_reference import fake_network

OUTPUT = Path(__file__).parent / "data" / "formats" / "scheduler-table.json"

# Name in Pinword: class, and what is asked of it whatever the file says.
SCHEDULERS: dict[str, tuple[str, dict[str, object]]] = {
    "ddim": ("DDIMScheduler", {}),
    "dpmsolver++2m": ("DPMSolverMultistepScheduler", {}),
    "dpmsolver++2m-karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "lcm": ("LCMScheduler", {}),
    "tcd": ("TCDScheduler", {}),
}

# The classes that repositories name.
CLASSES = (
    "PNDMScheduler",
    "DDIMScheduler",
    "DDPMScheduler",
    "LMSDiscreteScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "HeunDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "DEISMultistepScheduler",
    "UniPCMultistepScheduler",
    "LCMScheduler",
    "TCDScheduler",
)

NOISE = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
SD15 = {
    **NOISE,
    "_class_name": "PNDMScheduler",
    "_diffusers_version": "0.6.0",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
}
DPM = {**NOISE, "_class_name": "DPMSolverMultistepScheduler"}
EULER = {**NOISE, "_class_name": "EulerDiscreteScheduler"}
COSINE = {"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "squaredcos_cap_v2"}

# Single fields, each on a file of a class that knows it.
VARIANTS: dict[str, dict[str, object]] = {
    "nothing but a class": {"_class_name": "DDIMScheduler"},
    "no class": NOISE,
    "a class that nobody knows": {**NOISE, "_class_name": "SomebodysScheduler"},
    "SD 1.4": {**NOISE, "_class_name": "PNDMScheduler", "skip_prk_steps": True},
    "leading": {**SD15, "timestep_spacing": "leading"},
    "trailing": {**SD15, "timestep_spacing": "trailing"},
    "linspace": {**SD15, "timestep_spacing": "linspace"},
    "offset 0": {**SD15, "steps_offset": 0, "timestep_spacing": "leading"},
    "offset 2": {**SD15, "steps_offset": 2, "timestep_spacing": "leading"},
    "clipped": {**SD15, "clip_sample": True},
    "to one": {**SD15, "set_alpha_to_one": True},
    "v": {**SD15, "prediction_type": "v_prediction"},
    "sample": {**SD15, "prediction_type": "sample"},
    "linear": {**SD15, "beta_schedule": "linear"},
    "cosine": {**SD15, "beta_schedule": "squaredcos_cap_v2"},
    "cosine, clipped": {**COSINE, "lambda_min_clipped": -5.1},
    "cosine, clipped, leading": {**COSINE, "lambda_min_clipped": -5.1, "timestep_spacing": "leading"},
    "cosine, clipped, trailing": {**COSINE, "lambda_min_clipped": -5.1, "timestep_spacing": "trailing"},
    "betas one by one": {
        **SD15,
        "num_train_timesteps": 40,
        "trained_betas": [round(0.001 + 0.004 * i, 6) for i in range(40)],
        "original_inference_steps": 20,
    },
    "500 timesteps": {**SD15, "num_train_timesteps": 500},
    "zero SNR, v, trailing": {
        **NOISE,
        "_class_name": "DDIMScheduler",
        "rescale_betas_zero_snr": True,
        "prediction_type": "v_prediction",
        "timestep_spacing": "trailing",
    },
    "zero SNR, epsilon": {**NOISE, "_class_name": "DDIMScheduler", "rescale_betas_zero_snr": True},
    "zero SNR, epsilon, trailing": {
        **NOISE,
        "_class_name": "DDIMScheduler",
        "rescale_betas_zero_snr": True,
        "timestep_spacing": "trailing",
    },
    "thresholding": {**SD15, "thresholding": True, "dynamic_thresholding_ratio": 0.6, "sample_max_value": 1.2},
    "thresholding, v": {**SD15, "thresholding": True, "prediction_type": "v_prediction", "sample_max_value": 0.5},
    "Karras": {**EULER, "use_karras_sigmas": True},
    "Karras between two": {**EULER, "use_karras_sigmas": True, "sigma_min": 0.1, "sigma_max": 10.0},
    "Karras, leading": {**EULER, "use_karras_sigmas": True, "timestep_spacing": "leading"},
    "exponential": {**EULER, "use_exponential_sigmas": True},
    "beta": {**EULER, "use_beta_sigmas": True},
    "exponential and beta": {**DPM, "use_exponential_sigmas": True, "use_beta_sigmas": True},
    "Lu": {**DPM, "use_lu_lambdas": True},
    "flow": {**DPM, "use_flow_sigmas": True},
    "to the smallest sigma": {**EULER, "final_sigmas_type": "sigma_min"},
    "to nowhere": {**EULER, "final_sigmas_type": "nowhere"},
    "log-linear": {**EULER, "interpolation_type": "log_linear"},
    "log-linear, Karras": {**EULER, "interpolation_type": "log_linear", "use_karras_sigmas": True},
    "continuous, v": {**EULER, "timestep_type": "continuous", "prediction_type": "v_prediction"},
    "continuous": {**EULER, "timestep_type": "continuous"},
    "first order": {**DPM, "solver_order": 1},
    "third order": {**DPM, "solver_order": 3},
    "Heun": {**DPM, "solver_type": "heun"},
    "higher order at the end": {**DPM, "lower_order_final": False, "final_sigmas_type": "sigma_min"},
    "Euler at the end": {**DPM, "euler_at_final": True, "final_sigmas_type": "sigma_min"},
    "SDE": {**DPM, "algorithm_type": "sde-dpmsolver++"},
    "SDE, Heun, smallest": {
        **DPM,
        "algorithm_type": "sde-dpmsolver++",
        "solver_type": "heun",
        "final_sigmas_type": "sigma_min",
        "lower_order_final": False,
    },
    "DPM-Solver": {**DPM, "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"},
    "learned variance": {**DPM, "variance_type": "learned_range"},
    "100 distilled": {**NOISE, "_class_name": "LCMScheduler", "original_inference_steps": 100, "timestep_scaling": 5.0},
    "filled in": {
        **SD15,
        "timestep_spacing": "trailing",
        "set_alpha_to_one": False,
        "_use_default_values": ["timestep_spacing", "set_alpha_to_one"],
    },
}

# Steps, eta, first step.
RUNS = ((1, 0.0, 0), (4, 0.0, 0), (14, 0.0, 0), (25, 0.0, 0))
# On SD 1.5's own file besides.
MORE_RUNS = ((2, 0.0, 0), (50, 0.0, 0), (6, 0.7, 0), (6, 0.3, 2), (20, 0.0, 9), (3, 0.0, 2))

PICTURE = torch.tensor([0.5, -0.3, 0.8, 0.1]).reshape(1, 4, 1, 1)


def scheduler_files() -> dict[str, dict[str, object]]:
    """Each class's file as diffusers saves it today, and with nothing but the noise in it, and the variants."""
    files: dict[str, dict[str, object]] = {"SD 1.5": SD15}
    for name in CLASSES:
        files[f"{name}, all fields"] = json.loads(getattr(diffusers, name)(**NOISE).to_json_string())
        files[f"{name}, noise alone"] = {**NOISE, "_class_name": name}
    return {**files, **VARIANTS}


def in_a_pipeline(scheduler: SchedulerMixin) -> SchedulerMixin:
    """The scheduler as the pipeline's constructor leaves it."""
    return StableDiffusionPipeline(
        vae=None,
        text_encoder=None,
        tokenizer=None,
        unet=None,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).scheduler


def make_scheduler(name: str, file: dict[str, object]) -> SchedulerMixin:
    """As a person changes the scheduler of a repository: loaded with the class it names, then made into another."""
    cls, fixed = SCHEDULERS[name]
    own = getattr(diffusers, str(file.get("_class_name")), None)
    # What its own class refuses may not matter to another one.
    with contextlib.suppress(ValueError):
        file = in_a_pipeline(own.from_config(dict(file))).config if own is not None else file
    return in_a_pipeline(getattr(diffusers, cls).from_config(file, **fixed))


def run(name: str, file: dict[str, object], steps: int, eta: float, first: int) -> dict[str, object]:
    """Timesteps [n] and latents [4] at the end; or the error that diffusers raises, or that numbers are not finite."""
    try:
        scheduler = make_scheduler(name, file)
        scheduler.set_timesteps(steps)
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        timesteps = scheduler.timesteps[first:]
        latents = sample(scheduler, timesteps, steps, eta, first)
    except (ValueError, NotImplementedError, RuntimeError, IndexError) as error:
        return {"error": type(error).__name__}
    if not latents.isfinite().all():
        return {"error": "not finite"}
    return {
        "timesteps": [float(f"{timestep:.9g}") for timestep in timesteps.tolist()],
        "latents": [float(f"{value:.7g}") for value in latents.flatten().tolist()],
    }


def sample(scheduler: SchedulerMixin, timesteps: torch.Tensor, steps: int, eta: float, first: int) -> torch.Tensor:
    """The run of a made-up network, from noise or from a picture [1, 4, 1, 1]."""
    generator = torch.Generator().manual_seed(steps)
    noise = torch.randn(PICTURE.shape, generator=generator)
    latents = scheduler.add_noise(PICTURE, noise, timesteps[:1]) if first else noise * scheduler.init_noise_sigma
    takes_eta = "eta" in scheduler.step.__code__.co_varnames
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    extra = {**({"eta": eta} if takes_eta else {}), **({"generator": generator} if takes_generator else {})}
    for timestep in timesteps:
        model_input = scheduler.scale_model_input(latents, timestep)
        output = fake_network(model_input.flatten(), timestep.item()).reshape(PICTURE.shape)
        latents = scheduler.step(output, timestep, latents, **extra).prev_sample
    return latents


def main() -> None:
    """Runs everything. Equal results are written once, so that the file stays small."""
    warnings.simplefilter("ignore")
    diffusers.logging.set_verbosity_error()
    files = scheduler_files()
    results: dict[str, list[list[object]]] = {}
    for name in SCHEDULERS:
        for title, file in files.items():
            for steps, eta, first in (*RUNS, *(MORE_RUNS if title == "SD 1.5" else ())):
                result = json.dumps(run(name, file, steps, eta, first))
                results.setdefault(result, []).append([name, title, steps, eta, first])
    table = {
        "diffusers": diffusers.__version__,
        "files": files,
        "results": [{"runs": runs, **json.loads(result)} for result, runs in results.items()],
    }
    lines = [json.dumps(item, separators=(",", ":")) for item in table["results"]]
    head = json.dumps({key: table[key] for key in ("diffusers", "files")}, separators=(",", ":"))
    OUTPUT.write_text(f'{head[:-1]},"results":[\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
