"""The unified encoder, the fast norm, sampling and export, against torch, diffusers and transformers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import tiny_projector, tiny_unet
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.training_utils import compute_snr
from safetensors.torch import load_file
from torch import nn
from training.evaluation.pairs import single_pairs
from training.evaluation.pipeline import encode_conditions, load_exported, sample_latents
from training.export import export, preview_matrix
from training.models.fast_norm import FastGroupNorm
from training.models.picturebook import build_unet, image_processor, scheduler_config
from training.models.tiue import encode_embeddings, insert_pseudo_words, unified_hidden_states
from training.models.tokenizer import build_tokenizer
from training.stages.noise_prediction import noise_weight
from training.world.captions import SCENE_PHRASES, all_words
from training.world.scene import SCENES
from transformers import CLIPImageProcessor, CLIPTextModel, CLIPTokenizer, CLIPVisionModelWithProjection


@pytest.fixture(scope="session")
def exported(networks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model on disk."""
    out = tmp_path_factory.mktemp("model")
    torch.manual_seed(4)
    export(networks, tiny_unet(), tiny_projector(), out)
    build_tokenizer(all_words(), out / "tokenizer")
    return out


def test_encoding_embeddings_is_the_text_model_itself(networks) -> None:
    ids = networks.tokenizer(["a dog on the beach"], padding="max_length", max_length=77, return_tensors="pt")[
        "input_ids"
    ]
    model = networks.clip.text_model
    with torch.no_grad():
        expected = model(input_ids=ids).last_hidden_state
        ours = encode_embeddings(model, model.embeddings.token_embedding(ids))
    torch.testing.assert_close(ours, expected)


def test_h_u_takes_h_r_at_p_and_h_y_elsewhere(networks) -> None:
    model = networks.clip.text_model
    ids = networks.tokenizer(["a dog and a cat"], padding="max_length", max_length=77, return_tensors="pt")["input_ids"]
    pseudo, spans = torch.randn(1, 2, 16), torch.tensor([[[2, 3], [5, 6]]])
    with torch.no_grad():
        text = model(input_ids=ids).last_hidden_state
        replaced, _ = insert_pseudo_words(model.embeddings.token_embedding(ids), pseudo, spans)
        full = encode_embeddings(model, replaced)
        unified = unified_hidden_states(model, ids, text, pseudo, spans)
    torch.testing.assert_close(unified[:, [2, 5]], full[:, [2, 5]])
    kept = [i for i in range(77) if i not in (2, 5)]
    assert torch.equal(unified[:, kept], text[:, kept])
    assert not torch.allclose(unified[:, [2, 5]], text[:, [2, 5]])


def test_the_fast_norm_is_torchs_group_norm() -> None:
    norm = nn.GroupNorm(4, 16)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    fast = FastGroupNorm(4, 16)
    fast.load_state_dict(norm.state_dict())
    x, weight = torch.randn(3, 16, 5, 6) + 2, torch.randn(3, 16, 5, 6)
    results = []
    for module in (norm, fast):
        inputs = x.clone().contiguous(memory_format=torch.channels_last).requires_grad_()
        output = module(inputs)
        (output * weight).sum().backward()
        results.append((output, inputs.grad, module.weight.grad, module.bias.grad))
    for expected, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours, expected, atol=2e-5, rtol=1e-4)


def test_exported_files_load_in_diffusers_and_transformers(exported: Path, networks) -> None:
    unet = UNet2DConditionModel.from_pretrained(exported, subfolder="unet", variant="fp16", torch_dtype=torch.float32)
    vae = AutoencoderKL.from_pretrained(exported, subfolder="vae", variant="fp16", torch_dtype=torch.float32)
    text = CLIPTextModel.from_pretrained(exported, subfolder="text_encoder", variant="fp16", dtype=torch.float32)
    image = CLIPVisionModelWithProjection.from_pretrained(
        exported, subfolder="image_encoder", variant="fp16", dtype=torch.float32
    )
    assert unet.config.cross_attention_dim == text.config.hidden_size
    latents = torch.randn(1, 4, 16, 16)
    pixels = torch.randn(1, 3, 64, 64)
    ids = torch.arange(77)[None]
    with torch.no_grad():
        for ours, expected in (
            (vae.decode(latents).sample, networks.vae.decode(latents).sample),
            (text(input_ids=ids).last_hidden_state, networks.clip.text_model(input_ids=ids).last_hidden_state),
            (
                image(pixel_values=pixels).image_embeds,
                networks.clip.visual_projection(networks.clip.vision_model(pixel_values=pixels).pooler_output),
            ),
        ):
            torch.testing.assert_close(ours, expected, atol=2e-2, rtol=2e-2)


def test_exported_names_are_those_of_sd_1_5(exported: Path) -> None:
    text = load_file(exported / "text_encoder" / "model.fp16.safetensors")
    image = load_file(exported / "image_encoder" / "model.fp16.safetensors")
    projector = load_file(exported / "projector" / "diffusion_pytorch_model.safetensors")
    assert "text_model.embeddings.token_embedding.weight" in text
    assert "text_model.encoder.layers.1.self_attn.q_proj.bias" in text
    assert {"vision_model.pre_layrnorm.weight", "visual_projection.weight"} <= set(image)
    assert set(projector) == {"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"}
    assert all(tensor.dtype == torch.float16 for tensor in (text | image).values())


def test_the_tokenizer_reads_as_clips(exported: Path) -> None:
    tokenizer = CLIPTokenizer.from_pretrained(exported, subfolder="tokenizer")
    ids = tokenizer("A Dog, on the beach", padding="max_length", max_length=77)["input_ids"]
    assert len(ids) == 77 and ids[0] == tokenizer.bos_token_id and ids[-1] == tokenizer.eos_token_id
    assert tokenizer.convert_ids_to_tokens(ids[1:6]) == ["a</w>", "dog</w>", ",</w>", "on</w>", "the</w>"]
    assert all(len(tokenizer.tokenize(word)) == 1 for word in all_words())


def test_the_preprocessor_is_what_the_encoders_were_trained_with(exported: Path) -> None:
    processor = CLIPImageProcessor.from_pretrained(exported, subfolder="feature_extractor")
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    pixels = processor(picture, return_tensors="pt")["pixel_values"][0]
    expected = torch.from_numpy(picture).permute(2, 0, 1).float() / 127.5 - 1
    torch.testing.assert_close(pixels, expected)
    assert image_processor().to_dict()["size"] == processor.to_dict()["size"]


def test_fused_sampling_is_eq_8_with_diffusers_ddim(exported: Path, world) -> None:
    model = load_exported(exported)
    pairs = single_pairs(world, model.tokenizer, 2, name_scene=True)
    conditions = encode_conditions(model, pairs.captions, pairs.crops, pairs.spans)
    noise = torch.randn(2, 4, 16, 16)
    ours = sample_latents(model, conditions, noise, 0.3, 4.0, 3)
    scheduler = DDIMScheduler(**scheduler_config())
    scheduler.set_timesteps(3)
    latents = noise
    with torch.no_grad():
        for t in scheduler.timesteps:
            u, y, e = (
                model.unet(latents, t, h).sample
                for h in (conditions.unified, conditions.text, conditions.unconditional)
            )
            epsilon = 0.3 * 4 * u + 0.7 * 4 * y + (1 - 4) * e
            latents = scheduler.step(epsilon, t, latents).prev_sample
    torch.testing.assert_close(ours, latents, atol=1e-4, rtol=1e-4)


def test_alpha_may_differ_within_a_batch(exported: Path, world) -> None:
    model = load_exported(exported)
    pairs = single_pairs(world, model.tokenizer, 3, name_scene=True)
    conditions = encode_conditions(model, pairs.captions, pairs.crops, pairs.spans)
    noise = torch.randn(3, 4, 16, 16)
    mixed = sample_latents(model, conditions, noise, torch.tensor([0.0, 0.5, 1.0]), 3.0, 2)
    for i, alpha in enumerate((0.0, 0.5, 1.0)):
        single = sample_latents(model, conditions, noise, alpha, 3.0, 2)
        torch.testing.assert_close(mixed[i], single[i], atol=1e-4, rtol=1e-4)


def test_the_preview_matrix_recovers_a_linear_map() -> None:
    latents = torch.randn(2, 4, 6, 6)
    matrix, bias = torch.rand(3, 4) * 0.1, torch.tensor([0.4, 0.5, 0.6])
    colours = torch.einsum("rc,bchw->brhw", matrix, latents) + bias[None, :, None, None]
    pixels = (colours * 255).repeat_interleave(8, 2).repeat_interleave(8, 3)
    told = preview_matrix(latents, pixels)
    np.testing.assert_allclose(told["matrix"], matrix.numpy(), atol=1e-4)
    np.testing.assert_allclose(told["bias"], bias.numpy(), atol=1e-4)


def test_a_unet_call_stays_under_two_gflop() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        unet = build_unet()
        inputs = torch.empty(1, 4, 16, 16), torch.tensor([1]), torch.empty(1, 77, 192)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            unet(*inputs)
    assert counter.get_total_flops() < 2e9


def test_pairs_name_another_scene_than_the_crops(world, tokenizer) -> None:
    for seed in range(10):
        named = single_pairs(world, tokenizer, 8, name_scene=True, seed=seed)
        for caption, asked, source in zip(named.captions, named.scene.tolist(), named.sources, strict=True):
            assert SCENES[asked] != source.background
            assert caption.endswith(SCENE_PHRASES[SCENES[asked]][0])
    unnamed = single_pairs(world, tokenizer, 8, name_scene=False)
    assert unnamed.scene.eq(-1).all() and all(len(caption.split()) == 2 for caption in unnamed.captions)


def test_pairs_pin_the_noun_of_the_crop(world, tokenizer) -> None:
    pairs = single_pairs(world, tokenizer, 8, name_scene=True)
    for caption, span, source in zip(pairs.captions, pairs.spans, pairs.sources, strict=True):
        ids = tokenizer(caption)["input_ids"]
        assert tokenizer.decode(ids[span[0, 0] : span[0, 1]]) == source.subjects[0].name


def test_noise_weight_is_min_snr_lifted_at_strong_noise() -> None:
    scheduler = DDIMScheduler(**scheduler_config())
    timesteps = torch.tensor([0, 200, 500, 999])
    snr = compute_snr(scheduler, timesteps)
    expected = torch.minimum(snr, torch.tensor(5.0)) / snr * torch.sqrt(1 + 1 / snr)
    torch.testing.assert_close(noise_weight(scheduler, timesteps), expected)
    assert noise_weight(scheduler, timesteps)[3] > 10 > 1 > noise_weight(scheduler, timesteps)[0]
