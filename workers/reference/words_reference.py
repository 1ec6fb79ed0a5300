"""Which tokens the words of a caption have, by the character offsets of transformers' tokenizer for CLIP.

The words are written here with "|" between them: what Intl.Segmenter makes of scripts that write no spaces.
"""

import json
from pathlib import Path

from transformers import CLIPTokenizerFast

CLIP = Path(__file__).parents[2] / "public" / "tokenizers" / "clip" / "tokenizer"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~「」、。（）！“”’…"

CAPTIONS = (
    "犬|が|浜辺|で|走る",
    "「犬」|と|猫、| dog",
    "日本|の|東京タワー",
    "私|は|日本人|です",
    "東京|の|電車",
    "海滩|上|的|一只|狗",
    "บน|ชายหาด|มี|สุนัข",
    "3|匹|の|golden|犬",
    "a| photo| of| (犬)！| in| カフェ",
    "a| dog,| “running”| on| the| beach!",
    "don't| 'tis| rock'n'roll| dog's",
    "cafe\u0301| Å| ΣΑΣ| İstanbul",
    "해변의| 개",
    "dog\ufeff!| cat\ufeff| \ufeffbird",
    "dog\u0085| cat\u2028| bird",
    "a\U00010940b!| \u088f.",
    "x\u0315\u08cf\u0316y| a\u1ac1\u0301",
    "a| 5%| e-mail@x.y| (b",
)


def write(path: Path) -> None:
    """Writes captions, their words without the punctuation around them, and the index of each one's tokens."""
    tokenizer = CLIPTokenizerFast.from_pretrained(CLIP)
    entries = []
    for marked in CAPTIONS:
        caption = marked.replace("|", "")
        encoded = tokenizer(caption, return_offsets_mapping=True)
        spans = list(enumerate(encoded["offset_mapping"]))[1:-1]
        words, end = [], 0
        for part in marked.split("|"):
            start, end = end, end + len(part)
            core = part.strip().strip(PUNCTUATION) or part.strip()
            first = start + part.index(core)
            tokens = [index for index, (left, right) in spans if left < first + len(core) and right > first]
            words.append({"text": part.strip(), "positions": tokens})
        entries.append({"caption": caption, "ids": encoded["input_ids"], "words": words})
    path.write_text(json.dumps(entries, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    write(Path(__file__).parent / "data" / "tokenizer" / "words.json")
