"""Setting text: words of mixed faces broken into justified lines.

Markup: ``<b>…</b>`` bold, ``<i>…</i>`` italic, ``<h key>…</h>`` written by hand into a gap (``key``: the field it is
the value of, or part of it). A no-break blank (U+00A0) keeps words together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.vietnamese import nfc
from samples.fonts import Face, width_of
from samples.handwriting import can_write

_TAG = re.compile(r"<(/?)([bih])(?: ([a-z_]*))?>")


@dataclass(frozen=True, slots=True)
class Family:
    """The faces that one paper is set in."""

    regular: Face
    bold: Face
    italic: Face
    bold_italic: Face

    def face(self, bold: bool, italic: bool) -> Face:
        """The face of this weight and slope."""
        if bold:
            return self.bold_italic if italic else self.bold
        return self.italic if italic else self.regular


SERIF = Family(Face.REGULAR, Face.BOLD, Face.ITALIC, Face.BOLD_ITALIC)
TERMES = Family(Face.TERMES, Face.TERMES_BOLD, Face.TERMES_ITALIC, Face.TERMES_BOLD_ITALIC)
SANS = Family(Face.SANS, Face.SANS_BOLD, Face.SANS_ITALIC, Face.SANS_BOLD_ITALIC)
TYPEWRITER = Family(Face.MONO, Face.MONO_BOLD, Face.MONO, Face.MONO_BOLD)
_HAND_STEP = 0.66
"""Width of a digit written by hand, as a share of the gap's type size."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Part of a word in one face. ``hand`` is None for print, else the field written by hand (may be empty)."""

    text: str
    face: Face
    points: float
    hand: str | None = None

    @property
    def width(self) -> float:
        """Pixels at 300 dpi; a gap for the hand is wider than print would be."""
        if self.hand is None:
            return width_of(self.text.replace("\u00a0", " "), self.face, self.points)
        steps = len(self.text) * _HAND_STEP + 0.42
        if not can_write(self.text):  # words stand closer than figures
            steps = sum(0.48 if letter.islower() else 0.62 for letter in self.text) + 0.36
        return steps * self.points * 300 / 72


Piece = tuple[Fragment, ...]
"""A word: the fragments that stand together without a blank."""


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line to draw: its words, and the gap between words in pixels."""

    words: tuple[Piece, ...]
    gap: float
    indent: float = 0.0

    @property
    def width(self) -> float:
        """Pixels from the first letter to the last, without the indent."""
        return sum(map(_width, self.words)) + self.gap * (len(self.words) - 1)

    @property
    def printed(self) -> str:
        """The text as printed, in NFC, without what the hand wrote."""
        words = ("".join(part.text for part in word if part.hand is None) for word in self.words)
        return nfc(" ".join(word for word in words if word))


def _width(word: Piece) -> float:
    return sum(part.width for part in word)


def _fragments(markup: str, points: float, bold: bool, italic: bool, family: Family) -> Iterator[Fragment]:
    hand: str | None = None
    place = 0
    for tag in _TAG.finditer(markup):
        if tag.start() > place:
            yield Fragment(markup[place : tag.start()], family.face(bold, italic), points, hand)
        opening, place = not tag.group(1), tag.end()
        if tag.group(2) == "h":
            hand = (tag.group(3) or "") if opening else None
        elif tag.group(2) == "b":
            bold = opening
        else:
            italic = opening
    if place < len(markup):
        yield Fragment(markup[place:], family.face(bold, italic), points, hand)


def words_of(
    markup: str, points: float, bold: bool = False, italic: bool = False, family: Family = SERIF
) -> tuple[Piece, ...]:
    """Cut ``markup`` into words."""
    words: list[list[Fragment]] = [[]]
    for fragment in _fragments(markup, points, bold, italic, family):
        for number, text in enumerate(re.split(r"[ \n]+", fragment.text)):
            if number and words[-1]:
                words.append([])
            if text:
                words[-1].append(Fragment(text, fragment.face, points, fragment.hand))
    return tuple(tuple(word) for word in words if word)


def line_of(markup: str, points: float, bold: bool = False, italic: bool = False, family: Family = SERIF) -> SetLine:
    """``markup`` on one line, with blanks of natural width."""
    gap = width_of(" ", family.face(bold, italic), points)
    return SetLine(words_of(markup, points, bold, italic, family), gap)


def break_lines(
    markup: str,
    width: float,
    points: float,
    *,
    bold: bool = False,
    italic: bool = False,
    indent: float = 0.0,
    justify: bool = True,
    family: Family = SERIF,
) -> list[SetLine]:
    """Break ``markup`` into lines of ``width`` pixels, the first one indented; all but the last one justified."""
    blank = width_of(" ", family.face(bold, italic), points)
    lines: list[SetLine] = []
    held: list[Piece] = []
    used = 0.0
    for word in words_of(markup, points, bold, italic, family):
        room = width - (0.0 if lines else indent)
        if held and used + blank + _width(word) > room:
            gap = blank + (room - used) / (len(held) - 1) if justify and len(held) > 1 else blank
            lines.append(SetLine(tuple(held), gap, 0.0 if lines else indent))
            held, used = [], 0.0
        used += _width(word) + (blank if held else 0.0)
        held.append(word)
    if held:
        lines.append(SetLine(tuple(held), blank, 0.0 if lines else indent))
    return lines
