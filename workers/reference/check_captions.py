"""Compares tokens that write-captions.ts wrote with those of transformers' CLIPTokenizer.

npx tsx workers/testing/outside/write-captions.ts FILE 100000 1
python workers/reference/check_captions.py FILE
"""

import json
import sys
from pathlib import Path

from transformers import CLIPTokenizerFast

CLIP = Path(__file__).parents[2] / "public" / "tokenizers" / "clip" / "tokenizer"
SHOWN = 40


def main(path: Path) -> int:
    """Prints what differs. Returns how many captions do."""
    tokenizer = CLIPTokenizerFast.from_pretrained(CLIP)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    different = 0
    for start in range(0, len(lines), 1000):
        batch = lines[start : start + 1000]
        expected = tokenizer([line["text"] for line in batch])["input_ids"]
        for line, ids in zip(batch, expected, strict=True):
            if line["ids"] == ids[1:-1]:
                continue
            different += 1
            if different <= SHOWN:
                print(ascii(line["text"]), tokenizer.convert_ids_to_tokens(ids[1:-1]), line["ids"], sep="\n  ")
    print(f"{len(lines)} captions, {different} differ")
    return different


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) > 0)
