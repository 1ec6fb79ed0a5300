"""Small files of every picture format, made by Pillow, for the tests that read headers."""

from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

WIDTH, HEIGHT = 37, 21


def _picture() -> Image.Image:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return Image.fromarray(np.stack([x * 6, y * 11, (x * y) % 256], axis=-1).astype(np.uint8))


def write(folder: Path) -> None:
    """Writes one file a format and variant, all 37 × 21 pixels, and a few that must be refused."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = _picture()
    clear = picture.convert("RGBA")
    clear.putalpha(128)
    text = PngImagePlugin.PngInfo()
    text.add_itxt("parameters", "before the pixels")
    picture.save(folder / "plain.png")
    clear.save(folder / "text-first.png", pnginfo=text)
    picture.convert("P").save(folder / "palette.png")
    picture.save(folder / "baseline.jpg", quality=80)
    picture.save(folder / "progressive.jpg", progressive=True)
    picture.save(folder / "exif.jpg", exif=_turned())
    picture.save(folder / "lossy.webp", quality=60)
    picture.save(folder / "lossless.webp", lossless=True)
    clear.save(folder / "extended.webp", quality=60, exif=_turned())
    picture.save(folder / "turned.webp", lossless=True, exif=_turned())
    picture.save(folder / "plain.gif")
    picture.save(folder / "plain.bmp")
    picture.save(folder / "plain.avif", quality=60)
    Image.new("RGB", (1, 1)).save(folder / "one-pixel.png")
    Image.new("1", (16384, 16384)).save(folder / "bomb.png", optimize=True)
    picture.save(folder / "unsupported.tiff")


def _turned() -> Image.Exif:
    """EXIF saying that the picture lies on its side, with another size in a thumbnail's place."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x0131] = "x" * 300
    return exif
