"""Drawing helpers on a Skia canvas: inked shapes, patterned bodies, exact bounds."""

from __future__ import annotations

from collections.abc import Sequence

import skia

from training.world.colours import INK, shade
from training.world.identity import Identity

Point = tuple[float, float]
Rgb = tuple[int, int, int]
Bounds = tuple[float, float, float, float]


def paint(colour: Rgb, alpha: float = 1.0) -> skia.Paint:
    """An anti-aliased fill."""
    return skia.Paint(AntiAlias=True, Color=skia.Color(*colour, round(255 * alpha)))


def pen(colour: Rgb, width: float, alpha: float = 1.0) -> skia.Paint:
    """An anti-aliased round stroke."""
    stroke = paint(colour, alpha)
    stroke.setStyle(skia.Paint.kStroke_Style)
    stroke.setStrokeWidth(width)
    stroke.setStrokeCap(skia.Paint.kRound_Cap)
    stroke.setStrokeJoin(skia.Paint.kRound_Join)
    return stroke


def oval(cx: float, cy: float, rx: float, ry: float, tilt: float = 0.0) -> skia.Path:
    """An ellipse, tilted by degrees clockwise about its centre."""
    path = skia.Path.Oval(skia.Rect.MakeLTRB(cx - rx, cy - ry, cx + rx, cy + ry))
    if tilt:
        path.transform(skia.Matrix.RotateDeg(tilt, skia.Point(cx, cy)))
    return path


def box(left: float, top: float, right: float, bottom: float, radius: float = 0.0) -> skia.Path:
    """A rectangle with rounded corners."""
    rect = skia.Rect.MakeLTRB(left, top, right, bottom)
    return skia.Path.RRect(rect, radius, radius) if radius else skia.Path.Rect(rect)


def polygon(points: Sequence[Point]) -> skia.Path:
    """A closed polygon."""
    return skia.Path.Polygon([skia.Point(*p) for p in points], True)


def blob(points: Sequence[Point]) -> skia.Path:
    """A closed smooth curve through the points (Catmull–Rom as cubic Béziers)."""
    path = skia.Path()
    count = len(points)
    path.moveTo(*points[0])
    for i in range(count):
        before, start = points[i - 1], points[i]
        end, after = points[(i + 1) % count], points[(i + 2) % count]
        path.cubicTo(
            start[0] + (end[0] - before[0]) / 6,
            start[1] + (end[1] - before[1]) / 6,
            end[0] - (after[0] - start[0]) / 6,
            end[1] - (after[1] - start[1]) / 6,
            *end,
        )
    path.close()
    return path


def curve(start: Point, control: Point, end: Point) -> skia.Path:
    """An open quadratic curve."""
    path = skia.Path()
    path.moveTo(*start)
    path.quadTo(*control, *end)
    return path


class Brush:
    """Draws one subject in its own units (100 wide and high, feet at y = 0, y down).

    `bounds` grows with every inked shape: (left, top, right, bottom) in those units.
    """

    def __init__(self, canvas: skia.Canvas, identity: Identity, ink: float = 2.6) -> None:
        self.canvas = canvas
        self.identity = identity
        self.ink = ink
        self.bounds: Bounds = (1e9, 1e9, -1e9, -1e9)

    def shape(self, path: skia.Path, colour: Rgb) -> None:
        """Fill a path and ink its outline."""
        self.canvas.drawPath(path, paint(colour))
        self.outline(path)

    def outline(self, path: skia.Path) -> None:
        """Ink the outline only."""
        self.canvas.drawPath(path, pen(INK, self.ink))
        self._grow(path, self.ink / 2)

    def fill(self, path: skia.Path, colour: Rgb, alpha: float = 1.0) -> None:
        """Fill without ink: blush, shine, small marks inside a shape."""
        self.canvas.drawPath(path, paint(colour, alpha))

    def line(self, path: skia.Path, width: float | None = None, colour: Rgb = INK) -> None:
        """Stroke an open path in one colour."""
        width = self.ink if width is None else width
        self.canvas.drawPath(path, pen(colour, width))
        self._grow(path, width / 2)

    def limb(self, path: skia.Path, width: float, colour: Rgb) -> None:
        """An inked tube along a path: tails, legs, trunks."""
        self.canvas.drawPath(path, pen(INK, width + 2 * self.ink * 0.8))
        self.canvas.drawPath(path, pen(colour, width))
        self._grow(path, width / 2 + self.ink * 0.8)

    def body(self, path: skia.Path, scale: float = 1.0) -> None:
        """Fill with the body colour and the identity's pattern, then ink."""
        self.canvas.drawPath(path, paint(self.identity.body))
        self.canvas.save()
        self.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
        draw_pattern(self.canvas, path.computeTightBounds(), self.identity, scale)
        self.canvas.restore()
        self.outline(path)

    def eye(self, x: float, y: float, size: float = 4.2) -> None:
        """A round dark eye with a spark of light."""
        self.fill(oval(x, y, size, size * 1.15), INK)
        self.fill(oval(x + size * 0.32, y - size * 0.42, size * 0.38, size * 0.38), (255, 255, 255))

    def cheek(self, x: float, y: float, size: float = 5.0) -> None:
        """A soft blush."""
        self.fill(oval(x, y, size, size * 0.7), (255, 120, 120), 0.55)

    def _grow(self, path: skia.Path, margin: float) -> None:
        rect = path.computeTightBounds()
        left, top, right, bottom = self.bounds
        self.bounds = (
            min(left, rect.left() - margin),
            min(top, rect.top() - margin),
            max(right, rect.right() + margin),
            max(bottom, rect.bottom() + margin),
        )


def draw_pattern(canvas: skia.Canvas, rect: skia.Rect, identity: Identity, scale: float) -> None:
    """Paint the identity's pattern in the second colour over a rectangle (clipped by the caller).

    Marks are 8–12 units wide, so that they survive a VAE that shrinks eightfold.
    """
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    second = paint(identity.second)
    step = 21.0 * scale
    if identity.pattern == "spotted":
        for row in range(int((bottom - top) / step) + 2):
            for column in range(int((right - left) / step) + 2):
                x = left + (column + 0.5 * (row % 2)) * step + 0.2 * step
                canvas.drawCircle(x, top + (row + 0.35) * step, step * 0.30, second)
    elif identity.pattern == "striped":
        x = left + step * 0.35
        while x < right + step:
            canvas.drawRect(skia.Rect.MakeLTRB(x, top, x + step * 0.48, bottom), second)
            x += step
    elif identity.pattern == "checked":
        cell = step * 0.72
        for row in range(int((bottom - top) / cell) + 1):
            for column in range(int((right - left) / cell) + 1):
                if (row + column) % 2:
                    x, y = left + column * cell, top + row * cell
                    canvas.drawRect(skia.Rect.MakeLTRB(x, y, x + cell, y + cell), second)
    elif identity.pattern == "dipped":
        middle = top + (bottom - top) * 0.55
        canvas.drawRect(skia.Rect.MakeLTRB(left, middle, right, bottom), second)


def darker(identity: Identity) -> Rgb:
    """Body colour in shadow, for limbs on the far side."""
    return shade(identity.body, 0.78)
