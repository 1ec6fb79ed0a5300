"""What transformers' CLIPTokenizer makes of nasty strings."""

import json
import shutil
import tempfile
from pathlib import Path

from transformers import CLIPTokenizer

from bpe_vocabulary import make_tokenizer, save_as_published

NASTY = (
    "",
    " ",
    "a dog on the beach",
    "  A   DOG\ton\n\nthe beach \r\n",
    "it's don't WE'RE they'LL i'm you've he'd 'tis o'clock rock'n'roll '' ' 's",
    "12345 3.14 1,000,000 ½ ² Ⅷ ٣",
    'dog,cat;bird... (fish)! [horse]? {a} "b" `c` a-b_c a/b\\c #tag @you 50% $5 a&b a*b a+b=c <d> ^ ~ |',
    "café café naïve Ångström ÅNGSTRÖM",
    "ΟΔΟΣ Σίσυφος ΣΑΣ İstanbul ISPARTA ıI ǅ ﬁne STRAẞE straße",
    "日本語のテキスト 中文字符 한국어 עברית العربية हिन्दी ไทย",
    "😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽 dog🐶cat ❤️",
    "zero\u200bwidth no break em space ideographic\u3000space next\u0085line bom\ufeffmark",
    "ctrl\x00\x01\x7f tab\vform\f sep\u2028para\u2029",
    "\U0001d49c\U0001d4b7 \U00010400\U00010428 e\u0301\u0327 \u0301a a\u0300\u0301\u0302",
    "<|startoftext|>a dog<|endoftext|>cat<|ENDOFTEXT|> <|endoftext|>",
    "<|endoftext|><|startoftext|> x<|startoftext|>y",
    "a photo of a </w> dog</w> !!!!!! ???? ,,, ...",
    "Supercalifragilisticexpialidocious",
    "x" * 300,
    " ".join(f"word{index}" for index in range(500)),
)


Settings = dict[str, object]


def _decoder_entry(content: str, **changes: bool) -> Settings:
    """One entry of added_tokens_decoder with the settings that add_tokens gives, and what differs."""
    plain = {"lstrip": False, "normalized": True, "rstrip": False, "single_word": False, "special": False}
    return {"content": content, **plain, **changes}


def _added_words(first: int) -> dict[str, dict[str, Settings]]:
    """Files that name added words, as transformers 4 writes them, beside or without added_tokens.json.

    `first` is the first id behind the vocabulary; published files repeat the special tokens, too.
    """
    special = {str(first - 2): _decoder_entry("<|startoftext|>", special=True, normalized=False)}
    special |= {str(first - 1): _decoder_entry("<|endoftext|>", special=True, normalized=False)}
    decoder = special | {
        str(first): _decoder_entry("<cat-toy>"),
        str(first + 1): _decoder_entry("<Castle>", normalized=False),
        str(first + 2): _decoder_entry("<!>", special=True, normalized=False),
    }
    names = {"<cat-toy>": first, "sks": first + 1, "<Castle>": first + 2}
    both = special | {str(first): _decoder_entry("<cat-toy>"), str(first + 1): _decoder_entry("sks")}
    return {
        "added_tokens.json": {
            "added_tokens.json": names | {"<|startoftext|>": first - 2, "<|endoftext|>": first - 1},
        },
        "added_tokens_decoder": {"tokenizer_config.json": {"added_tokens_decoder": decoder}},
        "both": {
            "added_tokens.json": {"<cat-toy>": first, "sks": first + 1},
            "tokenizer_config.json": {"added_tokens_decoder": both},
        },
        "a padding token that is a word": {"tokenizer_config.json": {"pad_token": "!"}},
    }


WITH_ADDED_WORDS = (
    "a <cat-toy> on the beach",
    "a<cat-toy>,<CAT-TOY>! <cat- toy>",
    "<Castle> and <castle> and <CASTLE>",
    "sks dog, SKS asksb s ks",
    "wow! hi!! <!> <|endoftext|> <|ENDOFTEXT|> <|startoftext|>",
)


def write_added_words(vocabulary: Path, path: Path) -> None:
    """What tokenizers with added words make of texts that name them: the files that differ, texts and ids."""
    first = len(json.loads((vocabulary / "vocab.json").read_text()))
    entries = []
    for name, changes in _added_words(first).items():
        with tempfile.TemporaryDirectory() as copy:
            files: Settings = {}
            for file, content in changes.items():
                before = json.loads((vocabulary / file).read_text()) if (vocabulary / file).exists() else {}
                files[file] = before | content
            shutil.copytree(vocabulary, copy, dirs_exist_ok=True)
            for file, content in files.items():
                (Path(copy) / file).write_text(json.dumps(content))
            tokenizer = CLIPTokenizer.from_pretrained(copy)
            cases = [{"text": text, "ids": tokenizer(text).input_ids} for text in WITH_ADDED_WORDS]
        entries.append({"name": name, "files": files, "cases": cases})
    path.write_text(json.dumps(entries) + "\n")


def write(folder: Path) -> None:
    """Writes the vocabulary in both published forms and cases.json: text and all its ids, BOS and EOS included."""
    for form, with_json in (("vocabulary", False), ("tokenizer-json", True)):
        tokenizer = make_tokenizer("<|endoftext|>")
        save_as_published(tokenizer, folder / form, with_json)
    entries = [{"text": text, "ids": tokenizer(text).input_ids} for text in NASTY]
    (folder / "cases.json").write_text(json.dumps(entries) + "\n")
    write_added_words(folder / "vocabulary", folder / "added-words.json")
