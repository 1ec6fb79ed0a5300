"""A CLIP-style byte-pair tokenizer trained on the world's own language."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tokenizers.pre_tokenizers import ByteLevel
from torch import Tensor
from transformers import CLIPTokenizer

END_OF_WORD = "</w>"
MAX_TOKENS = 77
CUT_OFF = (0, 0)
"""The span of a word that lies beyond MAX_TOKENS."""
BOS, EOS = "<|startoftext|>", "<|endoftext|>"


def learn_merges(words: list[str]) -> list[tuple[str, str]]:
    """Byte-pair merges, most frequent pair first, until every word is one token."""
    pieces = {word: (*word[:-1], word[-1] + END_OF_WORD) for word in words}
    merges: list[tuple[str, str]] = []
    while True:
        pairs = Counter(pair for split in pieces.values() for pair in itertools.pairwise(split))
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        pieces = {word: _merge(split, best) for word, split in pieces.items()}


def _merge(split: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    merged: list[str] = []
    for piece in split:
        if merged and (merged[-1], piece) == pair:
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


def build_tokenizer(words: list[str], folder: Path, max_length: int = MAX_TOKENS) -> CLIPTokenizer:
    """Train on the words and save in CLIP's layout: bytes, bytes + </w>, merges, BOS, EOS."""
    letters = sorted(ByteLevel.alphabet())
    merges = learn_merges(sorted(set(words)))
    tokens = [*letters, *(letter + END_OF_WORD for letter in letters)]
    tokens += [a + b for a, b in merges]
    tokens += [BOS, EOS]
    vocab = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=max_length, do_lower_case=True)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    lines = ["#version: 0.2", *(f"{a} {b}" for a, b in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    special = {"bos_token": BOS, "eos_token": EOS, "pad_token": EOS, "unk_token": EOS}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    return tokenizer


def token_ids(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Captions → input ids [n, 77], padded or cut off."""
    told = tokenizer(texts, padding="max_length", truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
    return told["input_ids"]


def pin_spans(tokenizer: CLIPTokenizer, caption: str, words: Iterable[int]) -> list[tuple[int, int]]:
    """First and past-last token of each word, counted from 0 among whitespace-separated words, or CUT_OFF."""
    spans = []
    for word in words:
        tokens = np.flatnonzero(word_token_mask(tokenizer, caption, word))
        spans.append((int(tokens[0]), int(tokens[-1]) + 1) if len(tokens) else CUT_OFF)
    return spans


def word_token_mask(tokenizer: CLIPTokenizer, text: str, word: int, length: int = MAX_TOKENS) -> list[bool]:
    """Which of the caption's tokens belong to whitespace-separated word number `word`."""
    encoded = tokenizer(text, padding="max_length", truncation=True, max_length=length, return_offsets_mapping=True)
    start = _word_start(text, word)
    end = start + len(text[start:].split()[0])
    return [a < b and start <= a and b <= end for a, b in encoded["offset_mapping"]]


def _word_start(text: str, word: int) -> int:
    position = 0
    for index, piece in enumerate(text.split()):
        position = text.index(piece, position)
        if index == word:
            return position
        position += len(piece)
    raise ValueError(f"The caption has no word number {word}: {text!r}")
