"""A small CLIP byte-pair vocabulary in the files that Stable Diffusion 1.x ships."""

import json
from pathlib import Path

from tokenizers import Tokenizer, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import CLIPTokenizer

CORPUS = """
a photo of the dog running on beach under tower and cat sitting in forest near house with red blue green striped spotted
ball car boat tree river mountain snow city street night day sunny rainy painting drawing small big happy old young man
woman child bird fish horse flower garden window door table chair book lamp cup bottle hat shoe bag clock bicycle train
plane bridge castle island cloud star moon sun fire water stone wood metal glass paper it's don't we're they'll i'm you've
he'd
"""

SPECIAL_TOKENS = ("<|startoftext|>", "<|endoftext|>")


def _merges() -> list[tuple[str, str]]:
    """Trains byte-pair merges on the words above, each repeated by rank so that no two counts tie."""
    trained = Tokenizer(BPE(end_of_word_suffix="</w>"))
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    words = CORPUS.split()
    trainer = trainers.BpeTrainer(vocab_size=420, end_of_word_suffix="</w>", show_progress=False, min_frequency=1)
    trained.train_from_iterator([" ".join([word] * (len(words) - rank)) for rank, word in enumerate(words)], trainer)
    model = json.loads(trained.to_str())["model"]
    return [(left, right) for left, right in model["merges"]]


def make_tokenizer(pad_token: str) -> CLIPTokenizer:
    """Lays the vocabulary out as CLIP does: bytes, bytes that end a word, merges, the two special tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = _merges()
    tokens = ["!", *(letter for letter in alphabet if letter != "!")]
    tokens += [f"{letter}</w>" for letter in tokens]
    for left, right in merges:
        merged = left + right
        if merged not in tokens:
            tokens.append(merged)
    tokens += SPECIAL_TOKENS
    vocabulary = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=pad_token, model_max_length=77)


def save_as_published(tokenizer: CLIPTokenizer, folder: Path, with_tokenizer_json: bool) -> None:
    """Writes vocab.json, merges.txt and tokenizer_config.json, as Stable Diffusion 1.x does; tokenizer.json where asked."""
    tokenizer.save_pretrained(folder)
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False))
    merges = [" ".join(pair) for pair in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    if not with_tokenizer_json:
        (folder / "tokenizer.json").unlink()
