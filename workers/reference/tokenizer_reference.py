"""What transformers' CLIPTokenizer makes of nasty strings."""

import json
from pathlib import Path

from bpe_vocabulary import make_tokenizer, save_as_published

NASTY = (
    "",
    " ",
    "a dog on the beach",
    "  A   DOG\ton\n\nthe beach \r\n",
    "it's don't WE'RE they'LL i'm you've he'd 'tis o'clock rock'n'roll '' ' 's",
    "12345 3.14 1,000,000 ½ ² Ⅷ ٣",
    "dog,cat;bird... (fish)! [horse]? {a} \"b\" `c` a-b_c a/b\\c #tag @you 50% $5 a&b a*b a+b=c <d> ^ ~ |",
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


def write(folder: Path) -> None:
    """Writes the vocabulary in both published forms and cases.json: text and all its ids, BOS and EOS included."""
    for form, with_json in (("vocabulary", False), ("tokenizer-json", True)):
        tokenizer = make_tokenizer("<|endoftext|>")
        save_as_published(tokenizer, folder / form, with_json)
    entries = [{"text": text, "ids": tokenizer(text).input_ids} for text in NASTY]
    (folder / "cases.json").write_text(json.dumps(entries) + "\n")
