"""Pictures that diffusers makes with each feature, for tests of whole runs: `python pictures_reference.py [kind …]`."""

import sys
from collections.abc import Callable
from pathlib import Path

import detail_pictures
import embedding_pictures
import lcm_lora_pictures
import look_pictures
import lora_pictures
import prompt_pictures
import safety_pictures
import scheduler_pictures
import start_pictures

DATA = Path(__file__).parent / "data"
KINDS: dict[str, Callable[[Path, Path], None]] = {
    "loras": lora_pictures.write,
    "lcm-lora": lcm_lora_pictures.write,
    "embeddings": embedding_pictures.write,
    "prompts": prompt_pictures.write,
    "schedulers": scheduler_pictures.write,
    "safety": safety_pictures.write,
    "start": start_pictures.write,
    "look": look_pictures.write,
    "detail": detail_pictures.write,
}


def write(kinds: list[str]) -> None:
    """The named kinds, or all, on the checkpoints under data/."""
    for kind in kinds or KINDS:
        KINDS[kind](DATA, DATA / "pictures" / kind)


if __name__ == "__main__":
    write(sys.argv[1:])
