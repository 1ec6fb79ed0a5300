"""Pictures with textual-inversion embeddings, by load_textual_inversion of diffusers."""

from dataclasses import replace
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from lora_pictures import load_pipeline
from picture_runs import PictureRun, make_picture, require_difference, save_pictures

# File, the word that stands for it, vectors. diffusers takes its own files' tokens and A1111's names from the file.
FILES: tuple[tuple[str, str, int], ...] = (
    ("learned_embeds.bin", "<cat-toy>", 1),
    ("learned_embeds.safetensors", "<castle>", 2),
    ("a1111.pt", "toy-style", 3),
    ("comfy.safetensors", "comfy", 4),
    ("clip-l.safetensors", "clip-l", 2),
)
EXPORTED = ("exported.safetensors", "pinword-dog")
# The file that is pinned on a wide picture too.
WIDE = "learned_embeds.safetensors"
PINNED_WORD = 3
CAPTION = "a photo of {} on the beach"
# Another case, punctuation on both sides, twice the same, a word that only begins like one, one in the negative only.
TYPED = ("a <cat-toy>, (<CASTLE>) and comfy comforting clip-l clip-l! in a house", "rain, Toy-Style, <Castle>, snow")
# diffusers finds words in any case, but adds the further vectors only where word and token are written in lower case.
EXACT = ("a <cat-toy>, (<castle>) and comfy comforting clip-l clip-l! in a house", "rain, toy-style, <castle>, snow")


def write_files(folder: Path, width: int) -> None:
    """Every format with vectors of its own, [count, width]."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(width)
    bin_, diffusers, a1111, comfy, clip = (torch.randn(count, width, generator=generator) for *_, count in FILES)
    torch.save({"<cat-toy>": bin_[0].clone()}, folder / "learned_embeds.bin")
    save_file({"<castle>": diffusers.half()}, folder / "learned_embeds.safetensors")
    parameters = {"*": a1111.requires_grad_()}
    content = {"string_to_token": {"*": 265}, "string_to_param": parameters, "name": "toy-style", "step": 5}
    torch.save(content, folder / "a1111.pt")
    save_file({"emb_params": comfy}, folder / "comfy.safetensors")
    save_file({"clip_l": clip}, folder / "clip-l.safetensors")


def write_exported(checkpoint: Path, folder: Path) -> None:
    """The pseudo-word of the first subject picture as the engine exports it: one tensor [1, D] under the token's name."""
    pseudo_words = load_file(checkpoint / "reference/image.safetensors")["pseudo_words"]
    save_file({EXPORTED[1]: pseudo_words[:1].contiguous()}, folder / EXPORTED[0], metadata={"format": "pt"})


def as_a1111_reads(path: Path) -> torch.Tensor:
    """Its loader wants a file with one tensor, of any name, and makes rows of a single vector."""
    (only,) = load_file(path).values()
    return only if only.ndim == 2 else only[None]


def as_comfyui_reads(path: Path) -> torch.Tensor:
    """Its loader takes clip_l where there is one, else the first tensor."""
    tensors = load_file(path)
    return tensors.get("clip_l", next(iter(tensors.values())))


def with_embeddings(checkpoint: Path, folder: Path) -> StableDiffusionPipeline:
    """The pipeline after load_textual_inversion of every file; ComfyUI's name no token, so that is given."""
    pipeline = load_pipeline(checkpoint)
    for file, word, _ in (*FILES, (*EXPORTED, 1)):
        named = file in ("comfy.safetensors", "clip-l.safetensors")
        pipeline.load_textual_inversion(folder, weight_name=file, token=word if named else None)
        assert word in pipeline.tokenizer.get_vocab(), word
    ids = pipeline.tokenizer.convert_tokens_to_ids([EXPORTED[1]])
    read = pipeline.text_encoder.get_input_embeddings().weight[ids]
    assert torch.equal(as_a1111_reads(folder / EXPORTED[0]), read)
    assert torch.equal(as_comfyui_reads(folder / EXPORTED[0]), read)
    return pipeline


def write(data: Path, folder: Path) -> None:
    """Embedding files for the checkpoints under `data`, and the pictures that diffusers makes with them."""
    made: list[tuple[PictureRun, torch.Tensor]] = []
    for case in ("sd15", "v-prediction"):
        base = load_pipeline(data / case)
        write_files(folder / case, base.text_encoder.config.hidden_size)
        write_exported(data / case, folder / case)
        pipeline = with_embeddings(data / case, folder / case)
        for file, word, vectors in (*FILES, (*EXPORTED, 1)):
            about = {"checkpoint": case, "kind": "pinned", "pinned": f"{case}/{file}", "word": PINNED_WORD}
            about |= {"trigger": word, "vectors": vectors}
            square = PictureRun(f"{case}-{file}", CAPTION.format("dog"), negative_prompt="blurry", steps=4, about=about)
            wide = [replace(square, name=f"{square.name}-96x64", width=96)] if file == WIDE else []
            for run in (square, *wide):
                picture = make_picture(pipeline, run, CAPTION.format(word))
                require_difference(run.name, picture, make_picture(base, run))
                made.append((run, picture))
        about = {"checkpoint": case, "kind": "triggers", "embeddings": [f"{case}/{file}" for file, *_ in FILES]}
        run = PictureRun(f"{case}-triggers", *TYPED, about=about)
        picture = make_picture(pipeline, replace(run, caption=EXACT[0], negative_prompt=EXACT[1]))
        require_difference(run.name, picture, make_picture(base, run))
        require_difference(run.name, picture, make_picture(pipeline, replace(run, caption=EXACT[0], negative_prompt="")))
        made.append((run, picture))
    save_pictures(folder, made)
