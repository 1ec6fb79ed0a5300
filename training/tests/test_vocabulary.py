"""The list of words that the page reads."""

import json
from pathlib import Path

from training.vocabulary import vocabulary

MODEL = Path(__file__).parents[2] / "public" / "models" / "picturebook"


def test_the_list_beside_the_model_is_that_of_the_captions() -> None:
    assert json.loads((MODEL / "vocabulary.json").read_text()) == vocabulary()


def test_every_word_that_is_offered_can_be_said() -> None:
    words = vocabulary()
    offered = [word for offer in words["offers"] for word in offer["words"]]
    assert offered and set(offered) <= set(words["words"])
