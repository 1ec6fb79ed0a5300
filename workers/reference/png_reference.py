"""PNG text chunks: written by Pillow for our reader, and written by us for Pillow."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import Image, PngImagePlugin

PARAMETERS = "a dog on a beach\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 7"
PINWORD = '{"caption":"ein Hund ☂ am Strand 🐕","seed":7}'


def write_pillow_png(folder: Path) -> None:
    """pillow.png with all three kinds of text chunk; plain.png with none."""
    image = Image.new("RGB", (3, 2), (200, 30, 60))
    image.save(folder / "plain.png")
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", PARAMETERS)
    info.add_text("Comment", "caf\xe9 " * 50, zip=True)
    info.add_itxt("workflow", PINWORD)
    info.add_itxt("long", "ü" * 3000, lang="de", tkey="lang", zip=True)
    image.save(folder / "pillow.png", pnginfo=info)


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """A second reader besides Pillow: type and data of each chunk, CRCs checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(body)
        found.append((body[:4], body[4:]))
        at += 12 + length
    return found


def check_our_png(folder: Path) -> None:
    """ours.png was written by insertPngText from plain.png."""
    with Image.open(folder / "ours.png") as ours, Image.open(folder / "plain.png") as plain:
        ours.load()
        assert ours.text == {"parameters": PARAMETERS, "pinword": PINWORD}, ours.text
        assert ours.tobytes() == plain.convert(ours.mode).tobytes()
    found = chunks((folder / "ours.png").read_bytes())
    assert [kind for kind, _ in found][:3] == [b"IHDR", b"iTXt", b"iTXt"]
    assert found[2][1] == b"pinword\0\0\0\0\0" + PINWORD.encode()
    print("ours.png: Pillow and a second reader find the text, pixels unchanged")


def write_pngs(data: Path) -> None:
    """Files for our reader."""
    folder = data / "png"
    folder.mkdir(parents=True, exist_ok=True)
    write_pillow_png(folder)
