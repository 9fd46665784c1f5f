"""A picture of what was read, for people: words by agreement and confidence, parts of the page, fields, numbers.

Nothing is written on the page but frames and numbers; names and values stand in a strip beside it, level with their
place, and the colours are explained below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.dossier import Box, FieldValue, PageReading, Text
from pipeline.ocr import paint
from pipeline.ocr.geometry import union
from pipeline.ocr.review import Place, kind_of

_STRIP = 0.34
"""Width of the strip, as a share of the page's."""
_ROOM = 200
"""Pages smaller than this many pixels get no strip: there would be no room for a letter."""
_NUMBERED = Text("số: chỗ cần người xem", "number: to be looked at")
_LEGEND = ("sure", "unsure", "different", "corrected", "field", "handwriting", "unread", "stamp", "barcode", "zone")

_Note = tuple[Box, str, str]
"""A remark in the strip: the place it is about, its colour's name, its text."""


def draw_overlay(
    pixels: NDArray[np.uint8],
    reading: PageReading,
    fields: Sequence[FieldValue] = (),
    places: Sequence[Place] = (),
    *,
    review_below: float = 0.85,
    language: str = "vi",
) -> NDArray[np.uint8]:
    """Draw ``reading`` over the upright page.

    Words on which the readers agree are framed in green, those below ``review_below`` in orange, those on which the
    readers differ in red, corrected ones in blue with what was read before. Parts of the page, stamps, handwriting, ink
    that could not be read, bar codes and the boxes of ``fields`` on this page are framed and named.

    Args:
        pixels: the upright page, H×W×3, blue green red; it is not changed.
        reading: what was read on it.
        fields: extracted fields, ``key`` as it shall be shown; those of other pages are passed over.
        places: numbered on the picture (see :func:`pipeline.ocr.review.places_to_review`).
        review_below: confidence from 0 to 1.
        language: ``vi`` or ``en``.

    Returns:
        A new picture, blue green red: the page at its top left, pixel for pixel, the strip on its right and the legend
        below (neither on very small pages).
    """
    page = paint.canvas_of(pixels)
    pen = max(1, round(min(page.size) / 1000))
    draw = ImageDraw.Draw(page)
    notes: list[_Note] = []
    for box, key in _zones(reading):
        paint.frame(draw, _grown(box, 4 * pen), paint.COLOURS["zone"], pen)
        notes.append((box, "zone", paint.name(key, language)))
    for word in reading.words():
        kind = kind_of(word, review_below)
        paint.frame(draw, word.box, paint.COLOURS[kind], pen if kind == "sure" else 2 * pen)
        if kind == "corrected":
            notes.append((word.box, kind, f"{word.raw} → {word.text}"))
    for region in reading.regions:
        paint.frame(draw, _grown(region.box, 2 * pen), paint.COLOURS.get(region.kind, paint.INK), 2 * pen)
        notes.append((region.box, region.kind, paint.name(region.kind, language)))
    for code in reading.barcodes:
        paint.frame(draw, code.box, paint.COLOURS["barcode"], 2 * pen)
        notes.append((code.box, "barcode", f"{code.format}: {code.text}"))
    for found in fields:
        if found.box is not None and found.page in (None, reading.number):
            paint.frame(draw, _grown(found.box, 3 * pen), paint.COLOURS["field"], 2 * pen)
            mark = "?" if found.needs_review else ""
            notes.append((found.box, "field", f"{found.key}{mark}: {found.value or '—'}"))
    if min(page.size) < _ROOM:
        return paint.pixels_of(page)
    _number(draw, places, page.size)
    return paint.pixels_of(_with_notes(page, notes, language))


def _zones(reading: PageReading) -> Iterator[tuple[Box, str]]:
    for zone in dict.fromkeys(line.zone for line in reading.lines if line.zone):
        yield union(line.box for line in reading.lines if line.zone == zone), zone


def _grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _number(draw: ImageDraw.ImageDraw, places: Sequence[Place], size: tuple[int, int]) -> None:
    """Numbers at the upper left corners of ``places``; one that would hide another moves on to the right."""
    letters = paint.font(max(11, round(min(size) / 95)))
    there: list[Box] = []
    for place in places:
        step = letters.getbbox("88")[2] * 1.3
        x, y = max(step / 2, place.box[0] - step / 6), max(step / 2, place.box[1] - step / 4)
        while x < place.box[2] and any(
            abs(x - (a + c) / 2) < step and abs(y - (b + d) / 2) < step for a, b, c, d in there
        ):
            x += step
        there.append(paint.badge(draw, (x, y), place.number, paint.COLOURS[place.kind], letters))


# -- beside and below the page ----------------------------------------------------------------------------------


def _with_notes(page: Image.Image, notes: Sequence[_Note], language: str) -> Image.Image:
    letters = paint.font(max(11, round(min(page.size) / 85)))
    line = round(letters.getbbox(paint.shown("Ệg", letters))[3] * 1.25)
    strip = max(240, round(_STRIP * page.width))
    swatches = list(_swatches(letters, line, page.width + strip - line, language))
    below = line * (2 + max(row for row, *_ in swatches))
    canvas = Image.new("RGB", (page.width + strip, page.height + below), paint.WHITE)
    canvas.paste(page, (0, 0))
    draw = ImageDraw.Draw(canvas)
    draw.line((page.width, 0, page.width, page.height), fill=paint.PALE, width=1)
    levels = _levels([(box[1] + box[3]) / 2 for box, *_ in sorted(notes, key=_level)], line, page.height)
    for (box, kind, text), y in zip(sorted(notes, key=_level), levels, strict=True):
        colour = paint.COLOURS.get(kind, paint.INK)
        start, end = (min(box[2], page.width), (box[1] + box[3]) / 2), (page.width + line, y + line / 2)
        pale = (round(0.4 * colour[0] + 153), round(0.4 * colour[1] + 153), round(0.4 * colour[2] + 153))
        draw.line((*start, page.width, start[1], *end), fill=pale, width=1)
        said = paint.fitted(text, letters, strip - 1.5 * line)
        draw.text((page.width + 1.2 * line, y), said, fill=colour, font=letters)
    for row, x, kind, text in swatches:
        y = page.height + line * (row + 0.5)
        if kind:
            paint.frame(draw, (x, y + 0.2 * line, x + line, y + 0.9 * line), paint.COLOURS[kind], max(2, line // 10))
        draw.text((x + 1.4 * line * bool(kind), y), paint.shown(text, letters), fill=paint.INK, font=letters)
    return canvas


def _level(note: _Note) -> float:
    return (note[0][1] + note[0][3]) / 2


def _levels(wanted: Sequence[float], line: int, height: int) -> list[float]:
    """Tops of lines of text near the levels ``wanted`` (ascending), none over another, above ``height`` if possible."""
    tops: list[float] = []
    for level in wanted:
        tops.append(max(level - line / 2, tops[-1] + line if tops else 0.0))
    limit = float(height)
    for i in reversed(range(len(tops))):
        limit = min(tops[i], limit - line)
        tops[i] = limit
    return [max(top, 0.0) for top in tops]


def _swatches(letters: paint.Font, line: int, room: float, language: str) -> Iterator[tuple[int, float, str, str]]:
    """The legend: row, place along x, colour and name of each entry."""
    row, x = 0, line / 2
    entries = [*((kind, paint.name(kind, language)) for kind in _LEGEND), ("", _NUMBERED.say(language))]
    for kind, text in entries:
        wide = letters.getlength(paint.shown(text, letters)) + 2.4 * line
        if x + wide > room and x > line:
            row, x = row + 1, line / 2
        yield row, x, kind, text
        x += wide
