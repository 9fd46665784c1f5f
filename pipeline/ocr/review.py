"""What a person has to look at on a page: the places, and a sheet of enlarged cuttings with the readings below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.dossier import Box, FieldValue, Line, PageReading, Text, Word
from pipeline.ocr import paint
from pipeline.ocr.geometry import clip, height, inside, pad, union

_MOST = 150
"""Cuttings on a sheet; of a page that could not be read at all a person looks at the page."""
_SHEET, _MARGIN = 1800, 28
_CUT_HEIGHT, _ENLARGED = (64, 220), 4.0
"""Usual and greatest height of a cutting in pixels, and how much it is enlarged at most."""
_SAME = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """A numbered place on the page (box in its pixels): what was read there and why it should be looked at.

    ``kind`` is ``field``, ``handwriting``, ``different``, ``unsure``, ``corrected`` or ``unread``.
    """

    number: int
    kind: str
    box: Box
    read: str
    note: str = ""


def places_to_review(
    reading: PageReading, fields: Sequence[FieldValue] = (), review_below: float = 0.85
) -> tuple[Place, ...]:
    """Places on the page that a person has to look at: doubtful fields first, the others from the top down.

    Words side by side that need a look make one place; words within a doubtful field or handwriting make none of their
    own.

    Args:
        reading: what was read on the page.
        fields: extracted fields with ``key`` and ``reason`` as they shall be shown; those of other pages are passed
            over.
        review_below: confidence from 0 to 1 below which words are looked at.
    """
    found = [
        Place(0, "field", field.box, field.value, "; ".join(filter(None, (field.key, field.reason))))
        for field in fields
        if field.needs_review and field.box is not None and field.page in (None, reading.number)
    ]
    taken = [place.box for place in found]
    others: list[Place] = []
    for kind in ("handwriting", "unread"):
        for box in _merged([region.box for region in reading.regions if region.kind == kind]):
            if not _covered(box, taken):
                read = " ".join(word.text for word in reading.words() if inside(word.box, box) > _SAME)
                others.append(Place(0, kind, box, read))
    taken += [place.box for place in others]
    for line in reading.lines:
        others += _of_line(line, taken, review_below)
    others.sort(key=lambda place: (place.box[1], place.box[0]))
    return tuple(
        Place(number, place.kind, place.box, place.read, place.note)
        for number, place in enumerate((*found, *others), start=1)
    )


def kind_of(word: Word, review_below: float) -> str:
    """``corrected``, ``different``, ``unsure`` or ``sure``."""
    if word.raw:
        return "corrected"
    if word.agreed is False:
        return "different"
    return "sure" if word.confidence >= review_below else "unsure"


def _merged(boxes: Sequence[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in boxes:
        twins = [other for other in kept if _covered(box, [other])]
        kept = [*(other for other in kept if other not in twins), union((box, *twins))]
    return kept


def _covered(box: Box, places: Sequence[Box]) -> bool:
    return any(inside(box, place) > _SAME or inside(place, box) > _SAME for place in places)


def _of_line(line: Line, taken: Sequence[Box], review_below: float) -> Iterator[Place]:
    run: list[Word] = []
    kinds: list[str] = []
    for word in (*line.words, None):
        kind = kind_of(word, review_below) if word is not None else "sure"
        wanted = word is not None and kind != "sure" and not any(inside(word.box, place) > _SAME for place in taken)
        if run and not (wanted and (kind == "corrected") == (kinds[0] == "corrected")):
            worst = next(kind for kind in ("corrected", "different", "unsure") if kind in kinds)
            raw = " ".join(word.raw or word.text for word in run) if worst == "corrected" else ""
            yield Place(0, worst, union(word.box for word in run), " ".join(word.text for word in run), raw)
            run, kinds = [], []
        if wanted and word is not None:
            run.append(word)
            kinds.append(kind)


# -- the sheet --------------------------------------------------------------------------------------------------

_TITLE = Text(
    "Các chỗ cần người xem: {count} (số như trên ảnh trang)", "Places to look at: {count} (numbered as on the page)"
)
_MORE = Text("… và {count} chỗ nữa, xem trên ảnh trang", "… and {count} more, see the page")
_NOTHING = Text("(không đọc được)", "(nothing read)")


def draw_review(pixels: NDArray[np.uint8], places: Sequence[Place], language: str = "vi") -> NDArray[np.uint8]:
    """A sheet of cuttings: each enlarged, with its number, what was read below, and why it should be looked at.

    Args:
        pixels: the upright page, H×W×3, blue green red.
        places: see :func:`places_to_review`.
        language: ``vi`` or ``en``.

    Returns:
        A picture of its own size, blue green red.
    """
    page = paint.canvas_of(pixels)
    cells = [_cell(page, place, language) for place in places[:_MOST]]
    rows: list[list[Image.Image]] = [[]]
    for cell in cells:
        if rows[-1] and sum(other.width + _MARGIN for other in rows[-1]) + cell.width + 2 * _MARGIN > _SHEET:
            rows.append([])
        rows[-1].append(cell)
    letters = paint.font(30)
    tall = 90 + sum(max((cell.height for cell in row), default=0) + _MARGIN for row in rows) + 60
    sheet = Image.new("RGB", (_SHEET, tall), paint.WHITE)
    draw = ImageDraw.Draw(sheet)
    title = _TITLE.say(language).format(count=len(places))
    draw.text((_MARGIN, 26), paint.shown(title, letters), fill=paint.INK, font=letters)
    y = 90
    for row in rows:
        x = _MARGIN
        for cell in row:
            sheet.paste(cell, (x, y))
            x += cell.width + _MARGIN
        y += max((cell.height for cell in row), default=0) + _MARGIN
    if len(places) > _MOST:
        more = _MORE.say(language).format(count=len(places) - _MOST)
        draw.text((_MARGIN, y), paint.shown(more, letters), fill=paint.PALE, font=letters)
    return paint.pixels_of(sheet)


def _cell(page: Image.Image, place: Place, language: str) -> Image.Image:
    """One cutting with its number before it and its texts below."""
    cut, frame = _cutting(page, place.box)
    colour = paint.COLOURS[place.kind]
    large, small = paint.font(34), paint.font(22)
    said = place.read or _NOTHING.say(language)
    if place.kind == "corrected":
        said = f"{place.note} → {place.read}"
    why = place.note if place.kind == "field" else paint.name(place.kind, language)
    wide = _SHEET - 2 * _MARGIN - 90
    room = min(wide, max(cut.width, 300, large.getlength(paint.shown(said, large))))
    cell = Image.new("RGB", (round(room) + 90, cut.height + 96), paint.WHITE)
    draw = ImageDraw.Draw(cell)
    paint.badge(draw, (42, max(24, cut.height / 2)), place.number, colour, paint.font(28))
    cell.paste(cut, (84, 2))
    paint.frame(draw, (frame[0] + 84, frame[1] + 2, frame[2] + 84, frame[3] + 2), colour, 2)
    draw.text((84, cut.height + 10), paint.fitted(said, large, room), fill=paint.INK, font=large)
    draw.text((84, cut.height + 58), paint.fitted(why, small, room), fill=colour, font=small)
    return cell


def _cutting(page: Image.Image, box: Box) -> tuple[Image.Image, Box]:
    """The place with some paper around it, enlarged; and where the place lies in the cutting."""
    air = max(6.0, 0.35 * min(height(box), 80.0))
    x0, y0, x1, y1 = clip(pad(box, 2 * air, air), page.size)
    area = (int(x0), int(y0), max(int(x0) + 1, round(x1)), max(int(y0) + 1, round(y1)))
    cut = page.crop(area)
    scale = min(
        _ENLARGED,
        max(1.0, _CUT_HEIGHT[0] / max(1.0, height(box))),
        _CUT_HEIGHT[1] / cut.height,
        (_SHEET - 2 * _MARGIN - 90) / cut.width,
    )
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    left, top = area[:2]
    inner = (box[0] - left) * scale, (box[1] - top) * scale, (box[2] - left) * scale, (box[3] - top) * scale
    return cut.resize(size, Image.Resampling.LANCZOS), clip(inner, size)
