"""Pictures of weighted and long texts, as AUTOMATIC1111 documents them, written plainly on PyTorch.

Texts are given as fragments with weights, so that nothing here reads brackets: (text, weight), or BREAK. A text's tokens
are cut into sections of 75; each goes through the text encoder by itself, its hidden states are multiplied by the weights
of their tokens and scaled so that their mean is what it was. Every branch runs alone, with as many tokens as it has.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline

from embedding_pictures import load_pipeline
from picture_runs import PictureRun, psnr, save_pictures

BREAK = ("BREAK", None)
Fragments = tuple[tuple[str, float | None], ...]
ROOM = 75
COMMA_REACH = 20

COLOURS = "red dog, blue house, green tree, white cloud, yellow sun, brown road, pink flower, grey stone, "
PLAIN: Fragments = (("a red dog on the beach", 1.0),)


@dataclass(frozen=True)
class Text:
    """A text as a person writes it, and what it means."""

    written: str
    fragments: Fragments


@dataclass(frozen=True)
class Prompted:
    """One picture. `pinned` is the word that a pseudo-word stands on, found by its tokens."""

    name: str
    caption: Text
    negative: Text
    clip_skip: int = 1
    is_long: bool = False
    pinned: str | None = None
    word: int | None = None


def plain(text: str) -> Text:
    return Text(text, ((text, 1.0),))


LONG = "a photo of a " + 3 * COLOURS + "and a boat"
RUNS = (
    Prompted(
        "weights",
        Text(
            "a (red dog:1.4) on the [beach], ((tower)) \\(old\\)",
            (
                ("a ", 1.0),
                ("red dog", 1.4),
                (" on the ", 1.0),
                ("beach", 1 / 1.1),
                (", ", 1.0),
                ("tower", 1.1 * 1.1),
                (" (old)", 1.0),
            ),
        ),
        Text("(blurry:1.3) snow", (("blurry", 1.3), (" snow", 1.0))),
    ),
    Prompted("huge", Text("(a:99) dog", (("a", 99.0), (" dog", 1.0))), plain("")),
    Prompted("within-a-word", Text("a d(o:2)g's tail", (("a d", 1.0), ("o", 2.0), ("g's tail", 1.0))), plain("")),
    Prompted("clip-skip", plain("a red dog on the beach"), plain("snow"), clip_skip=2),
    Prompted("long", plain(LONG), plain("snow"), is_long=True),
    Prompted(
        "long-weights",
        Text(f"(a house:1.5), {LONG}, [sea]", (("a house", 1.5), (f", {LONG}, ", 1.0), ("sea", 1 / 1.1))),
        plain("snow"),
        clip_skip=2,
        is_long=True,
    ),
    Prompted("long-negative", plain("a red dog"), plain(LONG), is_long=True),
    Prompted("no-comma", plain("a photo of a " + 12 * "red dog and blue house and "), plain(""), is_long=True),
    Prompted(
        "break",
        Text("a dog BREAK (on the beach:1.2)", (("a dog ", 1.0), BREAK, (" ", 1.0), ("on the beach", 1.2))),
        plain("snow"),
        is_long=True,
    ),
    Prompted(
        "pinned",
        Text("a (dog:1.3) on the beach", (("a ", 1.0), ("dog", 1.3), (" on the beach", 1.0))),
        plain("snow"),
        pinned="dog",
        word=1,
    ),
    Prompted("pinned-late", plain(f"{LONG} with a dog"), plain("snow"), is_long=True, pinned="dog", word=-1),
)


def sections_of(pipeline: StableDiffusionPipeline, text: Text, *, is_long: bool) -> list[list[tuple[int, float]]]:
    """Tokens with their weights, 75 to a section; a comma among the last 20 ends a full one."""
    comma = pipeline.tokenizer.convert_tokens_to_ids(",</w>")
    sections: list[list[tuple[int, float]]] = []
    now: list[tuple[int, float]] = []
    for words, weight in text.fragments:
        if weight is None:
            sections.append(now)
            now = []
            continue
        for token in pipeline.tokenizer(words, add_special_tokens=False).input_ids:
            if len(now) == ROOM and is_long:
                commas = [index for index, (other, _) in enumerate(now) if other == comma]
                cut = ROOM
                if token != comma and commas and ROOM - commas[-1] <= COMMA_REACH:
                    cut = commas[-1] + 1
                sections.append(now[:cut])
                now = now[cut:]
            now.append((token, weight))
    if now or not sections:
        sections.append(now)
    return sections if is_long else [sections[0][:ROOM]]


@torch.no_grad()
def encode(
    pipeline: StableDiffusionPipeline,
    section: list[tuple[int, float]],
    clip_skip: int,
    pseudo: tuple[torch.Tensor, set[int]] | None,
) -> torch.Tensor:
    """Hidden states [1, 77, D] of one section; with a pseudo-word [D] at some of its positions."""
    tokenizer, encoder = pipeline.tokenizer, pipeline.text_encoder
    ids = [tokenizer.bos_token_id, *(token for token, _ in section), tokenizer.eos_token_id]
    ids += [tokenizer.pad_token_id] * (ROOM + 2 - len(ids))
    weights = [1.0, *(weight for _, weight in section)]
    weights += [1.0] * (ROOM + 2 - len(weights))

    def states(pinned: bool) -> torch.Tensor:
        def insert(_module: object, _inputs: object, embeddings: torch.Tensor) -> torch.Tensor:
            changed = embeddings.clone()
            for position in pseudo[1] if pinned and pseudo is not None else ():
                changed[0, position] = pseudo[0]
            return changed

        embedding = encoder.get_input_embeddings()
        handle = embedding.register_forward_hook(insert)
        try:
            output = encoder(torch.tensor([ids]), output_hidden_states=True)
        finally:
            handle.remove()
        if clip_skip == 1:
            return output.last_hidden_state
        model = getattr(encoder, "text_model", encoder)
        return model.final_layer_norm(output.hidden_states[-clip_skip])

    h = states(False)
    if pseudo is not None:
        h_r = states(True)
        for position in pseudo[1]:
            h[:, position] = h_r[:, position]
    weighed = h * torch.tensor(weights)[None, :, None]
    return weighed * (h.mean() / weighed.mean())


def encode_text(pipeline: StableDiffusionPipeline, run: Prompted, text: Text, pseudo: torch.Tensor | None) -> torch.Tensor:
    """[1, 77 · sections, D]"""
    encoded = []
    for section in sections_of(pipeline, text, is_long=run.is_long):
        places: set[int] = set()
        if pseudo is not None and run.pinned is not None:
            wanted = pipeline.tokenizer(run.pinned, add_special_tokens=False).input_ids
            tokens = [token for token, _ in section]
            for start in range(len(tokens)):
                last = run.word == -1 and start + len(wanted) != len(tokens)
                if tokens[start : start + len(wanted)] == wanted and not last:
                    places |= {1 + start + index for index in range(len(wanted))}
        encoded.append(encode(pipeline, section, run.clip_skip, None if pseudo is None else (pseudo, places)))
    return torch.cat(encoded, dim=1)


@torch.no_grad()
def denoise(
    pipeline: StableDiffusionPipeline, settings: PictureRun, text: torch.Tensor, empty: torch.Tensor
) -> torch.Tensor:
    """DDIM with classifier-free guidance, each branch alone: uint8 [3, height, width]."""
    scheduler, unet, vae = pipeline.scheduler, pipeline.unet, pipeline.vae
    scheduler.set_timesteps(settings.steps)
    scale = pipeline.vae_scale_factor
    shape = (1, unet.config.in_channels, settings.height // scale, settings.width // scale)
    x = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(settings.seed)) * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        model_input = scheduler.scale_model_input(x, t)
        unconditional = unet(model_input, t, encoder_hidden_states=empty).sample
        conditional = unet(model_input, t, encoder_hidden_states=text).sample
        guided = unconditional + settings.guidance_scale * (conditional - unconditional)
        x = scheduler.step(guided, t, x).prev_sample
    picture = vae.decode(x / vae.config.scaling_factor).sample[0]
    return ((picture / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)


def make(pipeline: StableDiffusionPipeline, run: Prompted, settings: PictureRun, pseudo: torch.Tensor) -> torch.Tensor:
    """The picture of a run."""
    text = encode_text(pipeline, run, run.caption, pseudo if run.pinned else None)
    return denoise(pipeline, settings, text, encode_text(pipeline, run, run.negative, None))


def write(data: Path, folder: Path) -> None:
    """The pictures of RUNS on the checkpoint sd15, with the pseudo-word of an embedding's file where a word is pinned."""
    pipeline = load_pipeline(data / "sd15")
    embedding = torch.load(data / "pictures/embeddings/sd15/learned_embeds.bin")["<cat-toy>"]
    made = []
    for run in RUNS:
        about = {"clipSkip": run.clip_skip, "longCaptions": run.is_long, "word": run.word, "sections": 0}
        about["sections"] = len(sections_of(pipeline, run.caption, is_long=run.is_long))
        settings = PictureRun(run.name, run.caption.written, run.negative.written, steps=4, about=about)
        picture = make(pipeline, run, settings, embedding)
        words = " ".join(words for words, weight in run.caption.fragments if weight is not None)
        other = Prompted(run.name, plain(words), plain(""))
        distance = psnr(picture, make(pipeline, other, settings, embedding))
        print(f"{run.name}: {distance:.1f} dB from the picture without it")
        made.append((settings, picture))
    save_pictures(folder, made)


if __name__ == "__main__":
    root = Path(__file__).parent / "data"
    write(root, root / "pictures/prompts")
