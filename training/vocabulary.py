"""The words that captions can say, for the page: it underlines all others and offers these.

python -m training.vocabulary public/models/picturebook
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.world.captions import SCENE_PHRASES, STYLE_PHRASES, SUBJECT_WORDS, all_words
from training.world.colours import HUE_WORDS


def vocabulary() -> dict[str, object]:
    """Every word, and by their kind those that are worth offering in the place of another."""
    places = [name if any(name in phrase.split() for phrase in SCENE_PHRASES[name]) else "" for name in SCENE_PHRASES]
    return {
        "words": all_words(),
        "offers": [
            {"kind": "Subjects", "words": list(SUBJECT_WORDS)},
            {"kind": "Places", "words": [name for name in places if name]},
            {"kind": "Colours", "words": [word for word, _ in HUE_WORDS]},
            {"kind": "Times", "words": list(STYLE_PHRASES)},
        ],
    }


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    model = parser.parse_args(argv).model
    (model / "vocabulary.json").write_text(json.dumps(vocabulary(), indent=2) + "\n")


if __name__ == "__main__":
    main()
