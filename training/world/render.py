"""Scene → picture and exact boxes, drawn at twice the size and scaled down."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import skia

from training.world.accessories import wear
from training.world.backdrop import SIZE
from training.world.brush import Bounds, Brush, oval, paint
from training.world.scene import BACKGROUNDS, SUBJECTS, Scene, Subject
from training.world.styles import finish, style_paint

OVERSAMPLING = 2
SHADOWLESS = {"balloon", "fish"}


@dataclass(frozen=True)
class Rendering:
    """pixels: [size, size, 3] uint8; boxes: per subject (left, top, right, bottom) in pixels."""

    pixels: np.ndarray
    boxes: tuple[tuple[float, float, float, float], ...]


def render_scene(scene: Scene, size: int = 128) -> Rendering:
    """Render a scene at size × size pixels."""
    pixels, canvas = _sheet(size)
    rng = random.Random(scene.seed ^ 0x5EED)
    styled = style_paint(scene.style)
    if styled:
        canvas.saveLayer(None, styled)
    BACKGROUNDS[scene.background](canvas, rng)
    bounds = [_draw(canvas, subject, shadow=True) for subject in scene.subjects]
    if styled:
        canvas.restore()
    finish(canvas, scene.style, rng)
    return Rendering(
        _shrink(pixels[..., :3], size),
        tuple(_clip([edge * size / SIZE for edge in box], size) for box in bounds),
    )


def render_masks(scene: Scene, size: int = 128) -> np.ndarray:
    """What each subject covers, its shadow left out: [subjects, size, size] uint8, 255 inside."""
    masks = np.zeros((len(scene.subjects), size, size), np.uint8)
    for mask, subject in zip(masks, scene.subjects, strict=True):
        pixels, canvas = _sheet(size)
        _draw(canvas, subject, shadow=False)
        mask[:] = _shrink(pixels[..., 3:], size)[..., 0]
    return masks


def _sheet(size: int) -> tuple[np.ndarray, skia.Canvas]:
    """Transparent pixels, oversampled, and a canvas on them in picture units."""
    pixels = np.zeros((size * OVERSAMPLING, size * OVERSAMPLING, 4), np.uint8)
    canvas = skia.Surface(pixels, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType).getCanvas()
    canvas.scale(size * OVERSAMPLING / SIZE, size * OVERSAMPLING / SIZE)
    return pixels, canvas


def _shrink(pixels: np.ndarray, size: int) -> np.ndarray:
    """Means of OVERSAMPLING × OVERSAMPLING pixels, rounded: [size, size, c] uint8."""
    parts = pixels.reshape(size, OVERSAMPLING, size, OVERSAMPLING, -1)
    total = sum(parts[:, y, :, x].astype(np.uint16) for y in range(OVERSAMPLING) for x in range(OVERSAMPLING))
    return ((total + OVERSAMPLING**2 // 2) // OVERSAMPLING**2).astype(np.uint8)


def _draw(canvas: skia.Canvas, subject: Subject, shadow: bool) -> Bounds:
    """Draw one subject; returns its bounds in picture units."""
    identity = subject.identity
    unit = subject.size / 100
    across = unit * identity.stretch
    if shadow and subject.name not in SHADOWLESS:
        canvas.drawPath(oval(subject.x, subject.y, 44 * across, 5.5 * unit), paint((40, 30, 60), 0.22))
    canvas.save()
    canvas.translate(subject.x, subject.y)
    canvas.scale(-across if subject.flip else across, unit)
    brush = Brush(canvas, identity)
    wear(brush, SUBJECTS[subject.name](brush))
    canvas.restore()
    left, top, right, bottom = brush.bounds
    if subject.flip:
        left, right = -right, -left
    return (
        subject.x + left * across,
        subject.y + top * unit,
        subject.x + right * across,
        subject.y + bottom * unit,
    )


def _clip(box: list[float], size: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = (min(max(edge, 0.0), float(size)) for edge in box)
    return left, top, right, bottom
