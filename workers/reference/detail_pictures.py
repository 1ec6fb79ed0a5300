"""Whole fused runs with the fine detail of pinned pictures (FreeCustom's reference self-attention), from photos on.

Each reference runs before the branches, with its own caption and fresh noise of a seed that counts the steps; its late
self-attentions leave keys and values for the unified branch. A step that reuses deep features sees those of the last
full one.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image
from transformers import CLIPTokenizer

from cases import CASES, DOG_ON_BEACH, TWO_PINS, Run
from components import Components, load_components
from deep_cache_reference import DeepFeatures, shallow
from detail_reference import Seen, WordMaps, attend, heads_of, late_self_attentions, word_map_layer
from fused_reference import condition
from look_unet_reference import grids
from picture_runs import PictureRun, require_difference, save_pictures
from subjects import image_embeds, subject_pictures
from unified_encoder import hidden_states, input_ids

SD15 = CASES[0]
NOISE_SEED = 24_301


@dataclass(frozen=True)
class Detailed:
    """A fused run, how strongly the pictures of pinned words give their detail, and every how many steps are full."""

    run: Run
    strengths: dict[int, float]
    interval: int = 1
    # whether details go where their words are
    bound: bool = False


RUNS = (
    Detailed(Run("one-pin", DOG_ON_BEACH, {1: [0]}, steps=6), {1: 1.0}),
    Detailed(Run("two-pins", DOG_ON_BEACH, TWO_PINS, steps=6, width=96), {1: 1.0, 8: 0.5}),
    Detailed(Run("subject-only", DOG_ON_BEACH, {8: [1]}, alphas=(1.0,), steps=6, height=96), {8: 1.5}),
    Detailed(Run("every-second", DOG_ON_BEACH, TWO_PINS, steps=6), {8: 1.0}, interval=2),
    Detailed(Run("bound", DOG_ON_BEACH, TWO_PINS, steps=4, width=96), {1: 1.0, 8: 1.0}, bound=True),
)


class LeftByReferences:
    """The processor of one late self-attention: keeps keys and values of references, and shows them to the first row."""

    def __init__(self) -> None:
        self.left: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.recording = False
        self.seen: list[Seen] = []
        self.places: dict[int, tuple[int, int]] = {}
        self.words: WordMaps | None = None

    def __call__(self, attn: Attention, hidden_states: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        x = hidden_states
        query, key, value = (heads_of(attn, projection(x)) for projection in (attn.to_q, attn.to_k, attn.to_v))
        out = attend(query, key, value)
        if self.recording:
            self.left.append((key[0], value[0]))
        elif self.left:
            count = x.shape[1]
            maps = None if self.words is None else self.words.maps
            grid = self.places[count]
            biases = [seen.bias(grid, None if maps is None else maps[seen.word]) for seen in self.seen]
            keys = torch.cat([key[0], *(key for key, _ in self.left)], dim=1)
            values = torch.cat([value[0], *(value for _, value in self.left)], dim=1)
            bias = torch.cat([torch.zeros(count, count), *biases], dim=1)
            out = torch.cat([attend(query[0], keys, values, bias)[None], out[1:]])
        return attn.to_out[0](out.transpose(1, 2).flatten(2))


def framed(photo: Image.Image, width: int, height: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The photo's middle square at the frame's shorter edge, on white, and where it lies.

    Returns the picture in −1…1, [1, 3, height, width], and the mask, [height, width].
    """
    edge = min(photo.size)
    left, top = ((length - edge) // 2 for length in photo.size)
    larger = edge * max(width, height) // min(width, height)
    before = (larger - edge) // 2
    canvas, square = Image.new("RGB", (larger, larger), "white"), Image.new("L", (larger, larger))
    canvas.paste(photo, (before - left, before - top))
    square.paste(255, (before, before, before + edge, before + edge))
    across, down = (round(larger / max(width, height) * length) for length in (width, height))
    part = ((larger - across) // 2, (larger - down) // 2)
    box = (*part, part[0] + across, part[1] + down)
    canvas, square = (image.crop(box).resize((width, height), Image.Resampling.LANCZOS) for image in (canvas, square))
    pixels, shares = (torch.from_numpy(np.array(image)) for image in (canvas, square))
    return pixels.permute(2, 0, 1)[None].float() / 255 * 2 - 1, shares >= 128


@torch.no_grad()
def picture_of(parts: Components, detailed: Detailed, embeds: torch.Tensor, strengths: dict[int, float]) -> torch.Tensor:
    """The run's picture as uint8 [3, height, width]."""
    run = detailed.run
    states, _ = condition(parts, run, embeds)
    latents, texts, seen = [], [], []
    for index, (word, strength) in enumerate(strengths.items()):
        name = run.caption.split()[word].strip(",.")
        text = hidden_states(parts.text_encoder, input_ids(parts.tokenizer, f"a photo of a {name}"))
        for number in run.pins[word]:
            picture, mask = framed(subject_pictures()[number], run.width, run.height)
            latents.append(parts.vae.encode(picture).latent_dist.mode() * parts.vae.config.scaling_factor)
            texts.append(text)
            seen.append(Seen(strength, mask, word=index))
    unet = parts.unet
    late = {f"{path}.processor": LeftByReferences() for path in late_self_attentions(unet)}
    places = grids(unet, (run.height // 8, run.width // 8))
    spans = [span_of(parts.tokenizer, run.caption, word) for word in strengths]
    words = WordMaps(spans, [{} for _ in spans], places) if detailed.bound and strengths else None
    special = late if words is None else late | {f"{word_map_layer(unet)}.processor": words}
    unet.set_attn_processor({name: special.get(name, AttnProcessor()) for name in unet.attn_processors})
    for processor in late.values():
        processor.seen = seen
        processor.places = places
        processor.words = words
    deep = DeepFeatures(unet)
    scheduler = parts.scheduler()
    scheduler.set_timesteps(run.steps)
    sample = randn_tensor((1, 4, run.height // 8, run.width // 8), generator=torch.Generator().manual_seed(run.seed))
    alpha, w = run.alphas[0], run.guidance_scale
    weights = [weight for weight in (alpha * w, (1 - alpha) * w, 1 - w) if weight != 0]
    chosen = states[[row for row, weight in enumerate((alpha * w, (1 - alpha) * w, 1 - w)) if weight != 0]]
    for step, timestep in enumerate(scheduler.timesteps):
        rows = sample.expand(len(weights), -1, -1, -1)
        if step % detailed.interval == 0:
            if words is not None:
                words.recording = False
            run_references(parts, late, latents, texts, step, timestep)
            if words is not None:
                words.recording = True
            predictions = unet(rows, timestep, chosen).sample
            kept = deep.value
        else:
            predictions = shallow(unet, rows, timestep, chosen, kept)
        fused = sum(weight * prediction for weight, prediction in zip(weights, predictions, strict=True))
        sample = scheduler.step(fused[None], timestep, sample).prev_sample
    decoded = parts.vae.decode(sample / parts.vae.config.scaling_factor).sample
    return ((decoded[0] / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)


def span_of(tokenizer: CLIPTokenizer, caption: str, word: int) -> tuple[int, int]:
    """Where a word's tokens stand in the caption's, behind the start token; without its punctuation."""
    words = caption.split()
    count = lambda text: len(tokenizer(text, add_special_tokens=False).input_ids)  # noqa: E731
    start = count(" ".join(words[:word]))
    return 1 + start, 1 + count(" ".join([*words[:word], words[word].strip(",.")]))


def run_references(
    parts: Components,
    late: dict[str, LeftByReferences],
    latents: list[torch.Tensor],
    texts: list[torch.Tensor],
    step: int,
    timestep: torch.Tensor,
) -> None:
    """√ᾱ·z + √(1−ᾱ)·noise of each goes through the network, which keeps what it leaves."""
    product = parts.scheduler().alphas_cumprod[timestep]
    for processor in late.values():
        processor.left, processor.recording = [], True
    for clean, text in zip(latents, texts, strict=True):
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(NOISE_SEED + step))
        parts.unet(product.sqrt() * clean + (1 - product).sqrt() * noise, timestep, text)
    for processor in late.values():
        processor.recording = False


def write(data: Path, folder: Path) -> None:
    parts = load_components(SD15, data / SD15.name)
    embeds = image_embeds(parts.vision, parts.processor, subject_pictures())
    made: list[tuple[PictureRun, torch.Tensor]] = []
    for detailed in RUNS:
        run = detailed.run
        about = {
            "pins": [{"word": word, "pictures": pictures} for word, pictures in run.pins.items()],
            "strengths": {str(word): strength for word, strength in detailed.strengths.items()},
            "alpha": run.alphas[0],
            "reuseInterval": detailed.interval,
            "boundToWord": detailed.bound,
        }
        picture = picture_of(parts, detailed, embeds, detailed.strengths)
        require_difference(run.name, picture, picture_of(parts, detailed, embeds, {}))
        settings = {"steps": run.steps, "seed": run.seed, "height": run.height, "width": run.width}
        made.append((PictureRun(run.name, run.caption, about=about, **settings), picture))
    save_pictures(folder, made)


if __name__ == "__main__":
    DATA = Path(__file__).parent / "data"
    write(DATA, DATA / "pictures" / "detail")
