"""The Text-and-Image Unified Encoder written plainly (UMM-Diffusion, 3.2), on transformers' own CLIP text model."""

from dataclasses import dataclass

import torch
from transformers import CLIPTextModel, CLIPTokenizer

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True)
class Placement:
    """Where pseudo-words stand in a caption's 77 positions: position → row of the pseudo-words."""

    rows: dict[int, int]


def place(tokenizer: CLIPTokenizer, caption: str, pins: dict[int, int]) -> Placement:
    """Finds the positions p of pinned words by the tokenizer's own character offsets.

    Args:
        pins: index among the whitespace-separated words → row of the pseudo-words. A pin covers the word without the
            punctuation around it, in all its tokens.
    """
    encoded = tokenizer(caption, padding="max_length", truncation=True, max_length=77, return_offsets_mapping=True)
    rows: dict[int, int] = {}
    cursor = 0
    for index, word in enumerate(caption.split()):
        start = caption.index(word, cursor)
        cursor = start + len(word)
        if index not in pins:
            continue
        core = word.strip(PUNCTUATION)
        first = start + word.index(core)
        for position, (left, right) in enumerate(encoded["offset_mapping"]):
            if right > left >= first and right <= first + len(core):
                rows[position] = pins[index]
    return Placement(rows)


def input_ids(tokenizer: CLIPTokenizer, text: str) -> torch.Tensor:
    """int64 [1, 77]: BOS, tokens, EOS, padding, as StableDiffusionPipeline tokenizes."""
    return tokenizer(text, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids


@torch.no_grad()
def hidden_states(encoder: CLIPTextModel, ids: torch.Tensor) -> torch.Tensor:
    """h = P(w): [1, 77] → [1, 77, D]."""
    return encoder(ids).last_hidden_state


@torch.no_grad()
def hidden_states_with_pseudo_words(
    encoder: CLIPTextModel, ids: torch.Tensor, placement: Placement, pseudo_words: torch.Tensor
) -> torch.Tensor:
    """h_r = P(w_r): the token embeddings at p are pseudo-words. [1, 77], [n, D] → [1, 77, D]."""

    def insert(_module: torch.nn.Module, _inputs: tuple[torch.Tensor, ...], embeddings: torch.Tensor) -> torch.Tensor:
        rearranged = embeddings.clone()
        for position, row in placement.rows.items():
            rearranged[0, position] = pseudo_words[row]
        return rearranged

    handle = encoder.embeddings.token_embedding.register_forward_hook(insert)
    try:
        return encoder(ids).last_hidden_state
    finally:
        handle.remove()


def unify(h_r: torch.Tensor, h_y: torch.Tensor, placement: Placement, positions: str) -> torch.Tensor:
    """h_u: h_y with the vectors at p taken from h_r ('pinned', the paper), or all of h_r ('all')."""
    if positions == "all":
        return h_r
    h_u = h_y.clone()
    for position in placement.rows:
        h_u[:, position] = h_r[:, position]
    return h_u
