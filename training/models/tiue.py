"""Text-and-Image Unified Encoder (UMM-Diffusion, Sec. 3.2): (y, x_s, p) → h_u."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import CLIPTextModel
from transformers.masking_utils import create_causal_mask


def insert_pseudo_words(embeds: Tensor, pseudo: Tensor, spans: Tensor) -> tuple[Tensor, Tensor]:
    """Put pseudo-words over token embeddings: w_r, and where they were put.

    embeds: [b, l, d]; pseudo: [b, s, d]; spans: [b, s, 2] first and past-last token of each
    pinned word (equal: not pinned). Returns [b, l, d] and a mask [b, l].
    """
    index = torch.arange(embeds.shape[1], device=embeds.device)
    inside = (index >= spans[..., :1]) & (index < spans[..., 1:])
    weights = inside.to(pseudo.dtype)
    placed = torch.einsum("bsl,bsd->bld", weights, pseudo)
    mask = inside.any(1)
    return torch.where(mask[..., None], placed, embeds), mask


def encode_embeddings(text_model: CLIPTextModel, embeds: Tensor) -> Tensor:
    """h = P(w): run the text transformer on token embeddings [b, l, d], positions added here."""
    hidden = text_model.embeddings(inputs_embeds=embeds)
    mask = create_causal_mask(config=text_model.config, inputs_embeds=hidden, attention_mask=None, past_key_values=None)
    output = text_model.encoder(inputs_embeds=hidden, attention_mask=mask, is_causal=True)
    return text_model.final_layer_norm(output.last_hidden_state)


def unified_hidden_states(
    text_model: CLIPTextModel, input_ids: Tensor, text_states: Tensor, pseudo: Tensor, spans: Tensor
) -> Tensor:
    """h_u: h_y with the vectors at p taken from h_r = P(w_r).

    input_ids: [b, 77]; text_states (h_y): [b, 77, d]; pseudo: [b, s, d]; spans: [b, s, 2].
    The transformer is causal, so h_r is computed up to the last pinned token only.
    """
    length = max(1, int(spans.max()))
    embeds = text_model.embeddings.token_embedding(input_ids[:, :length])
    replaced, mask = insert_pseudo_words(embeds, pseudo.to(embeds.dtype), spans)
    hidden = encode_embeddings(text_model, replaced).to(text_states.dtype)
    head = torch.where(mask[..., None], hidden, text_states[:, :length])
    return torch.cat([head, text_states[:, length:]], dim=1)
