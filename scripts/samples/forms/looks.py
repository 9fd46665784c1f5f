"""How certificates look before anything is printed on them: grounds, frames, emblems, photographs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import ImageDraw

from samples.sheet import HEIGHT, WIDTH, Colour, Sheet, mm

Pen = ImageDraw.ImageDraw
INKS: dict[str, Colour] = {
    "black": (18, 18, 20),
    "red": (190, 22, 42),
    "blue": (24, 52, 130),
    "green": (20, 96, 62),
    "brown": (110, 62, 28),
}
_BOX = (mm(9), mm(9), WIDTH - mm(9), HEIGHT - mm(13))


@dataclass(frozen=True, slots=True)
class Look:
    """A form's look. ``frame`` is a key of :data:`FRAMES`, ``ink`` the colour of its title."""

    frame: str = "plain"
    ground: Colour = (255, 255, 255)
    line: Colour = (200, 90, 110)
    ink: str = "black"
    points: float = 13.5
    lead: float = 1.4
    title: float = 16
    emblem: bool = False
    numbering: str = ""

    def put(self, sheet: Sheet) -> None:
        """Lay ground and frame on a blank sheet."""
        frame = FRAMES[self.frame]
        sheet.shape(lambda pen: frame(pen, self.ground, self.line))


def _plain(pen: Pen, ground: Colour, _: Colour) -> None:
    if ground != (255, 255, 255):
        pen.rectangle((0, 0, WIDTH, HEIGHT), fill=ground)


def _double(pen: Pen, ground: Colour, line: Colour) -> None:
    _plain(pen, ground, line)
    x0, y0, x1, y1 = _BOX
    pen.rectangle(_BOX, outline=line, width=11)
    gap = mm(2)
    pen.rectangle((x0 + gap, y0 + gap, x1 - gap, y1 - gap), outline=line, width=3)


def _rosette(pen: Pen, ground: Colour, line: Colour) -> None:
    """Two lines with a chain of rings between them, and larger rings in the corners."""
    x0, y0, x1, y1 = _BOX
    pen.rectangle(_BOX, fill=ground, outline=line, width=7)
    gap, step, reach = mm(5.5), mm(4.2), mm(1.7)
    pen.rectangle((x0 + gap, y0 + gap, x1 - gap, y1 - gap), outline=line, width=4)
    for count, start, along in ((int((x1 - x0) / step), x0, True), (int((y1 - y0) / step), y0, False)):
        for number in range(1, count):
            at = start + number * step
            for edge in (y0, y1) if along else (x0, x1):
                side = edge + (gap / 2 if edge in (x0, y0) else -gap / 2)
                x, y = (at, side) if along else (side, at)
                pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=line, width=3)
    for x in (x0 + gap, x1 - gap):
        for y in (y0 + gap, y1 - gap):
            pen.ellipse((x - mm(5), y - mm(5), x + mm(5), y + mm(5)), fill=ground, outline=line, width=5)


def _waves(pen: Pen, ground: Colour, line: Colour) -> None:
    """A tinted ground with pale waves, as paper that is hard to copy has."""
    pen.rectangle(_BOX, fill=ground, outline=line, width=8)
    red, green, blue = ((tone + 5 * full) // 6 for tone, full in zip(line, ground, strict=True))
    x0, y0, x1, y1 = map(round, _BOX)
    for row in range(1, int((y1 - y0) / mm(9))):
        y = y0 + row * mm(9)
        points = [(x, y + 18 * math.sin(x / 80 + row)) for x in range(x0 + 20, x1 - 20, 24)]
        pen.line(points, (red, green, blue), 3)


FRAMES: dict[str, Callable[[Pen, Colour, Colour], None]] = {
    "plain": _plain,
    "double": _double,
    "rosette": _rosette,
    "waves": _waves,
}


def emblem(sheet: Sheet, x: float, y: float, radius: float, ink: Colour = INKS["red"]) -> None:
    """A round device with a star, in the place of the national emblem, which is not imitated."""

    def paint(pen: Pen) -> None:
        for share, width in ((1.0, 8), (0.86, 3)):
            reach = radius * share
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=ink, width=width)
        corners = []
        for step in range(10):
            reach = radius * (0.6 if step % 2 == 0 else 0.24)
            angle = math.pi * step / 5 - math.pi / 2
            corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
        pen.polygon(corners, fill=ink)

    sheet.shape(paint)
