"""What sd-parsers, which other tools read PNG files with, finds in the pictures that the app writes.

`npx vitest run src/features/gallery/png-readers.test.ts -u` writes the pictures anew where the app's text changed; then
run this from the repository's root (it needs `pip install sd-parsers`):

    python workers/reference/png_readers.py
"""

import base64
import hashlib
import io
import json
from pathlib import Path

from sd_parsers import ParserManager

FOLDER = Path(__file__).parent / "data" / "formats" / "png" / "written"


def read(png: bytes) -> dict[str, object]:
    """The values that a person looks for, and the SHA-256 of the bytes that they were read from."""
    info = ParserManager().parse(io.BytesIO(png))
    assert info is not None, "sd-parsers does not know the picture"
    (sampler,) = info.samplers
    return {
        "sha256": hashlib.sha256(png).hexdigest(),
        "generator": info.generator.value,
        "prompt": info.full_prompt,
        "negativePrompt": info.full_negative_prompt,
        "sampler": sampler.name,
        "model": None if sampler.model is None else sampler.model.name,
        "parameters": sampler.parameters,
        "metadata": info.metadata,
    }


def main() -> None:
    """Reads every picture, kept as base64 text."""
    found = {path.stem: read(base64.b64decode(path.read_text())) for path in sorted(FOLDER.glob("*.base64"))}
    (FOLDER / "sd-parsers.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
