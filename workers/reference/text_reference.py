"""Hidden states of the text encoder, plain and with pseudo-words."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from components import Components
from unified_encoder import hidden_states, hidden_states_with_pseudo_words, input_ids, place, unify

LONG = " ".join(f"word{index}" for index in range(60))
# caption, negative prompt, pins: word → row of the pseudo-words
SCENARIOS: dict[str, tuple[str, str, dict[int, int]]] = {
    "one-word": ("a dog on the beach", "", {1: 0}),
    "two-words": ("A dog, running on the beach under a tower", "blurry", {1: 0, 8: 1}),
    "same-picture-twice": ("a dog and a cat", "", {1: 2, 4: 2}),
    "many-tokens": ("my saxophonist's (labradoodle) sleeps", "snow", {1: 1, 2: 0}),
    "first-and-last": ("dog!", "", {0: 0}),
    "cut": (f"a dog {LONG}", LONG, {1: 1}),
}


def write(parts: Components, folder: Path) -> None:
    """Writes text.json (inputs) and text.safetensors (hidden states h_u 'pinned', h_r = h_u 'all', h_y, h_∅)."""
    generator = torch.Generator().manual_seed(parts.case.seed + 8)
    pseudo_words = torch.randn(3, parts.text_encoder.config.hidden_size, generator=generator)
    tensors = {"pseudo_words": pseudo_words}
    entries = []
    for name, (caption, negative, pins) in SCENARIOS.items():
        ids = input_ids(parts.tokenizer, caption)
        negative_ids = input_ids(parts.tokenizer, negative)
        placement = place(parts.tokenizer, caption, pins)
        h_y = hidden_states(parts.text_encoder, ids)
        h_r = hidden_states_with_pseudo_words(parts.text_encoder, ids, placement, pseudo_words)
        h_0 = hidden_states(parts.text_encoder, negative_ids)
        for positions in ("pinned", "all"):
            h_u = unify(h_r, h_y, placement, positions)
            tensors[f"{name}.{positions}"] = torch.cat([h_u, h_y, h_0])
        entries.append(
            {
                "name": name,
                "caption": caption,
                "negativePrompt": negative,
                "pins": [{"word": word, "row": row} for word, row in pins.items()],
                "inputIds": [ids[0].tolist(), negative_ids[0].tolist()],
                "positions": [{"position": position, "row": row} for position, row in placement.rows.items()],
            }
        )
    save_file(tensors, folder / "text.safetensors")
    (folder / "text.json").write_text(json.dumps(entries) + "\n")
