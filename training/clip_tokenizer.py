"""CLIP's byte-pair vocabulary as vocab.json and merges.txt, for checkpoints in one file, which bring no tokenizer.

The merges are OpenAI's, as the package open_clip_torch publishes them (MIT licence).
Run: python -m training.clip_tokenizer path/to/bpe_simple_vocab_16e6.txt.gz public/tokenizers/clip
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

MERGES = 49152 - 256 - 2
"""Merges that CLIP uses of the published list: its vocabulary has 49,408 entries."""


def byte_symbols() -> list[str]:
    """The 256 printable symbols that stand for bytes, in CLIP's order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]


def vocabulary(merges: list[str]) -> dict[str, int]:
    """Token → id: bytes, bytes that end a word, merges, begin and end of text."""
    symbols = byte_symbols()
    tokens = [*symbols, *(symbol + "</w>" for symbol in symbols), *("".join(merge.split()) for merge in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return {token: index for index, token in enumerate(tokens)}


def write(source: Path, folder: Path) -> None:
    """Writes tokenizer/vocab.json, merges.txt and tokenizer_config.json in the layout of transformers."""
    lines = gzip.decompress(source.read_bytes()).decode("utf-8").split("\n")
    merges = lines[1 : MERGES + 1]
    target = folder / "tokenizer"
    target.mkdir(parents=True, exist_ok=True)
    (target / "vocab.json").write_text(json.dumps(vocabulary(merges), ensure_ascii=False, separators=(",", ":")))
    (target / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    config = {
        "add_prefix_space": False,
        "bos_token": "<|startoftext|>",
        "do_lower_case": True,
        "eos_token": "<|endoftext|>",
        "model_max_length": 77,
        "pad_token": "<|endoftext|>",
        "tokenizer_class": "CLIPTokenizer",
        "unk_token": "<|endoftext|>",
    }
    (target / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
