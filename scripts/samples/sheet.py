"""A sheet of paper: A4 at 300 dpi, on which print, pen and seal are put while the truth is written down beside them.

Positions are pixels of the upright page from its top left corner; ``baseline`` is where letters stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image, ImageDraw

from samples.fonts import DPI, Face, at_size
from samples.handwriting import Mask, sign, write
from samples.seals import RED, round_seal
from samples.truth import Mark, PageTruth, Printed
from samples.typeset import SERIF, Family, SetLine, break_lines, line_of

WIDTH, HEIGHT = 2480, 3508
LEFT, RIGHT, TOP, BOTTOM = 354, 2303, 250, 3270
"""Margins as Decree 30/2020 has them: 30 mm left, 15 mm right, 20 mm top and bottom, in pixels."""

NUMBER_PLACES = {
    "top": ((LEFT + RIGHT) / 2, 180.0),
    "top_right": (RIGHT - 60.0, 180.0),
    "foot": ((LEFT + RIGHT) / 2, HEIGHT - 140.0),
    "foot_right": (RIGHT - 60.0, HEIGHT - 140.0),
}
"""Where page numbers stand: their middle and baseline."""

NOTICE = "Giấy tờ giả định để thử phần mềm"
Colour = tuple[int, int, int]
BLACK: Colour = (18, 18, 20)


def mm(length: float) -> float:
    """Millimetres as pixels."""
    return length * DPI / 25.4


@dataclass(frozen=True, slots=True)
class Typed:
    """A piece of print, kept so that the page can be made once more as a born-digital PDF."""

    text: str
    x: float
    baseline: float
    face: Face
    points: float
    ink: Colour


@dataclass
class Sheet:
    """One page being made. ``by_hand`` says whether gaps for the hand are filled by hand or in print."""

    rng: np.random.Generator
    pen: Colour
    by_hand: bool = True
    background: Colour = (255, 255, 255)
    family: Family = SERIF
    typed: list[Typed] = field(default_factory=list)
    rules: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    _lines: list[Printed] = field(default_factory=list)
    _marks: list[Mark] = field(default_factory=list)
    _barcodes: list[str] = field(default_factory=list)
    _number: str = ""
    _ink: list[Callable[[Image.Image], None]] = field(default_factory=list)

    @property
    def image(self) -> Image.Image:
        """The picture: RGB, A4 at 300 dpi. It is made anew at each call, so who needs the truth alone pays nothing."""
        image = Image.new("RGB", (WIDTH, HEIGHT), self.background)
        for put in self._ink:
            put(image)
        return image

    # -- print ---------------------------------------------------------------------------------------------------

    def _letters(self, text: str, x: float, baseline: float, face: Face, points: float, ink: Colour) -> None:
        shown = text.replace("\u00a0", " ")
        self.shape(lambda pen: pen.text((x, baseline), shown, ink, at_size(face, points), anchor="ls"))
        self.typed.append(Typed(shown, x, baseline, face, points, ink))

    def place(self, line: SetLine, x: float, baseline: float, zone: str, ink: Colour = BLACK) -> None:
        """Draw ``line`` with its left edge (before the indent) at ``x``; without ``zone`` it is not in the truth."""
        at = x + line.indent
        size = max(part.points for word in line.words for part in word) * DPI / 72
        for word in line.words:
            for part in word:
                if part.hand is not None and self.by_hand:
                    self.handwrite(part.text, at + 0.12 * size, baseline, size * 0.9, part.hand)
                else:
                    self._letters(part.text, at, baseline, part.face, part.points, ink)
                at += part.width
            at += line.gap
        text = line.printed if self.by_hand else _all_of(line)
        if zone and text:
            box = (x + line.indent, baseline - 0.9 * size, x + line.indent + line.width, baseline + 0.25 * size)
            self._lines.append(Printed(zone, text, box))

    def write(
        self,
        markup: str,
        x: float,
        baseline: float,
        points: float,
        zone: str,
        *,
        bold: bool = False,
        italic: bool = False,
        align: str = "left",
        ink: Colour = BLACK,
    ) -> float:
        """One line; ``x`` is its left edge, its middle (``align='centre'``) or its right edge. Returns its width."""
        line = line_of(markup, points, bold, italic, self.family)
        x -= {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * line.width
        self.place(line, x, baseline, zone, ink)
        return line.width

    def centred(
        self,
        lines: list[str],
        x: float,
        baseline: float,
        points: float,
        zone: str,
        *,
        bold: bool = False,
        lead: float = 1.2,
    ) -> float:
        """Lines around the vertical ``x``; returns the baseline of the next line."""
        for markup in lines:
            self.write(markup, x, baseline, points, zone, bold=bold, align="centre")
            baseline += points * lead * DPI / 72
        return baseline

    def block(
        self, markup: str, x: float, baseline: float, width: float, points: float, zone: str, *, lead: float = 1.25
    ) -> float:
        """A paragraph without indent, ragged on the right; returns the baseline of the next line."""
        for line in break_lines(markup, width, points, justify=False, family=self.family):
            self.place(line, x, baseline, zone)
            baseline += points * lead * DPI / 72
        return baseline

    def letters(
        self, text: str, x: float, baseline: float, points: float, zone: str, face: Face, ink: Colour = BLACK
    ) -> None:
        """A line in another face than the paper's own (cards, machine-readable lines)."""
        self._letters(text, x, baseline, face, points, ink)
        size = points * DPI / 72
        width = at_size(face, points).getlength(text)
        self._lines.append(Printed(zone, text, (x, baseline - 0.9 * size, x + width, baseline + 0.25 * size)))

    def rule(self, x0: float, y0: float, x1: float, y1: float, width: float = 3.0) -> None:
        """A straight black line."""
        self.shape(lambda pen: pen.line((x0, y0, x1, y1), BLACK, round(width)))
        self.rules.append((x0, y0, x1, y1, width))

    def shape(self, paint: Callable[[ImageDraw.ImageDraw], None]) -> None:
        """Let ``paint`` draw ornaments, which are no part of the truth."""
        self._ink.append(lambda image: paint(ImageDraw.Draw(image)))

    def notice(self, x: float = WIDTH / 2, baseline: float = HEIGHT - 70) -> None:
        """The grey line that says the paper is invented."""
        line = line_of(NOTICE, 6.5, italic=True)
        self.place(line, x - line.width / 2, baseline, "", (178, 178, 178))

    def number(self, number: int, place: str = "top") -> None:
        """The page number: in the middle above the text (Decree 30/2020), at its right, or at the foot of the page.

        Args:
            number: of the page.
            place: a key of :data:`NUMBER_PLACES`.
        """
        self._number = str(number)
        line = line_of(self._number, 13, family=self.family)
        x, baseline = NUMBER_PLACES[place]
        self.place(line, x - line.width / 2, baseline, "")

    # -- pictures, pen and seal ----------------------------------------------------------------------------------

    def picture(self, picture: Image.Image, x: float, y: float, kind: str) -> None:
        """Paste ``picture`` with its top left corner at (x, y)."""
        left, top = round(x), round(y)
        self._ink.append(lambda image: image.paste(picture, (left, top)))
        self._marks.append(Mark(kind, (left, top, left + picture.width, top + picture.height)))

    def barcode(self, picture: Image.Image, text: str, x: float, y: float) -> None:
        """A QR code that says ``text``."""
        self.picture(picture, x, y, "barcode")
        self._barcodes.append(text)

    def _stain(self, mask: Mask, x: float, y: float, ink: Colour) -> tuple[float, float, float, float]:
        """Lay ink over what is there as ink does: it darkens, never lightens. Returns the box of the ink."""
        left, top = max(0, round(x)), max(0, round(y))
        self._ink.append(lambda image: _lay(image, mask, left, top, ink))
        x0, y0, width, height = cv2.boundingRect(mask)
        return (left + x0, top + y0, left + x0 + width, top + y0 + height)

    def handwrite(self, text: str, x: float, baseline: float, height: float, key: str) -> None:
        """Digits by hand, ``height`` pixels tall, standing on ``baseline``; ``key`` is the field they belong to."""
        mask = write(text, height, self.rng)
        margin = height / 3
        lift = float(self.rng.uniform(-0.1, 0.06)) * height
        box = self._stain(mask, x - margin, baseline - height - margin - lift, self.pen)
        self._marks.append(Mark("handwriting", box, text, key))

    def signature(self, x: float, y: float, width: float) -> None:
        """A signature whose middle is at (x, y)."""
        mask = sign(width, self.rng)
        box = self._stain(mask, x - mask.shape[1] / 2, y - mask.shape[0] / 2, self.pen)
        self._marks.append(Mark("signature", box))

    def seal(self, ring: str, foot: str, x: float, y: float, diameter: float = 425) -> None:
        """A red seal whose middle is at (x, y)."""
        mask = round_seal(ring, foot, round(diameter), self.rng)
        box = self._stain(mask, x - diameter / 2, y - diameter / 2, RED)
        self._marks.append(Mark("seal", box))

    def truth(self) -> PageTruth:
        """What the page says."""
        return PageTruth(tuple(self._lines), tuple(self._marks), tuple(self._barcodes), self._number, NOTICE)


def _lay(image: Image.Image, mask: Mask, left: int, top: int, ink: Colour) -> None:
    right, bottom = min(WIDTH, left + mask.shape[1]), min(HEIGHT, top + mask.shape[0])
    part = np.asarray(image.crop((left, top, right, bottom)), np.float32)
    cover = mask[: bottom - top, : right - left, None].astype(np.float32) / 255
    mixed = part * (1 - cover * (1 - np.array(ink, np.float32) / 255))
    image.paste(Image.fromarray(mixed.astype(np.uint8)), (left, top))


def _all_of(line: SetLine) -> str:
    return " ".join("".join(part.text for part in word) for word in line.words).replace("\u00a0", " ")


@dataclass
class Flow:
    """Text that runs over as many sheets as it needs."""

    new_sheet: Callable[[], Sheet]
    points: float = 14
    lead: float = 1.22
    after: float = 6.0
    """Points of space after a paragraph."""
    left: float = LEFT
    right: float = RIGHT
    indent: float = 150
    """How far the first line of a paragraph is indented, in pixels (12.7 mm)."""
    numbering: str = "top"
    """A key of :data:`NUMBER_PLACES`; empty for pages without numbers."""
    sheets: list[Sheet] = field(default_factory=list)
    y: float = 0.0
    """Baseline of the next line."""

    def __post_init__(self) -> None:
        self.turn()

    @property
    def sheet(self) -> Sheet:
        """The sheet being written."""
        return self.sheets[-1]

    def turn(self) -> None:
        """Take a new sheet; from the second on it bears its number."""
        self.sheets.append(self.new_sheet())
        self.sheet.notice()
        self.y = TOP + 60
        if len(self.sheets) > 1 and self.numbering:
            self.sheet.number(len(self.sheets), self.numbering)

    def room(self, height: float) -> None:
        """Take a new sheet unless ``height`` pixels are left on this one."""
        if self.y + height > BOTTOM:
            self.turn()

    def skip(self, points: float) -> None:
        """Leave space."""
        self.y += points * DPI / 72

    def paragraph(
        self,
        markup: str,
        *,
        italic: bool = False,
        bold: bool = False,
        indent: float | None = None,
        left: float | None = None,
        right: float | None = None,
        zone: str = "body",
    ) -> None:
        """A justified paragraph with an indented first line; what is not given is the flow's own."""
        start = self.left if left is None else left
        width = (self.right if right is None else right) - start
        first = self.indent if indent is None else indent
        family = self.sheet.family
        for line in break_lines(markup, width, self.points, bold=bold, italic=italic, indent=first, family=family):
            self.room(0)
            self.sheet.place(line, start, self.y, zone)
            self.skip(self.points * self.lead)
        self.skip(self.after)

    def centre(
        self, markup: str, *, points: float = 0, bold: bool = True, italic: bool = False, zone: str = "title"
    ) -> None:
        """A centred line."""
        size = points or self.points
        middle = (self.left + self.right) / 2
        self.sheet.write(markup, middle, self.y, size, zone, bold=bold, italic=italic, align="centre")
        self.skip(size * self.lead)
