"""Makes a random UNet a rough denoiser, so that runs stay in a trained network's range."""

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel

SAMPLES = 192
RIDGE = 1e-2


@torch.no_grad()
def fit_output_layer(unet: UNet2DConditionModel, scheduler: DDIMScheduler, seed: int) -> None:
    """Solves the last convolution by ridge regression on noisy smooth latents; all other weights stay as drawn."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(SAMPLES, 4, 2, 2, generator=generator)
    original = torch.nn.functional.interpolate(coarse, scale_factor=4, mode="bicubic")
    noise = torch.randn(original.shape, generator=generator)
    timesteps = torch.randint(0, 1000, (SAMPLES,), generator=generator)
    states = torch.randn(SAMPLES, 77, unet.config.cross_attention_dim, generator=generator)
    noisy = scheduler.add_noise(original, noise, timesteps)
    velocity = scheduler.config.prediction_type == "v_prediction"
    target = scheduler.get_velocity(original, noise, timesteps) if velocity else noise
    features = _inputs_of_output_layer(unet, noisy, timesteps, states)
    patches = torch.nn.functional.unfold(features, 3, padding=1).transpose(1, 2).flatten(0, 1).double()
    rows = torch.cat([patches, torch.ones(len(patches), 1)], dim=1)
    answers = target.flatten(2).transpose(1, 2).flatten(0, 1).double()
    gram = rows.T @ rows + RIDGE * len(rows) * torch.eye(rows.shape[1])
    solution = torch.linalg.solve(gram, rows.T @ answers)
    unet.conv_out.weight.copy_(solution[:-1].T.reshape(unet.conv_out.weight.shape))
    unet.conv_out.bias.copy_(solution[-1])


def _inputs_of_output_layer(
    unet: UNet2DConditionModel, latents: torch.Tensor, timesteps: torch.Tensor, states: torch.Tensor
) -> torch.Tensor:
    """What conv_out sees: [n, C, h, w]."""
    seen: list[torch.Tensor] = []
    handle = unet.conv_out.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    try:
        unet(latents, timesteps, states)
    finally:
        handle.remove()
    return seen[0]
