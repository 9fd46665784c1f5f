"""Number and day are written by hand on about three of four papers, and no reader reads handwriting.

Their places are known: between ``Số:`` and the slash, and around ``ngày … tháng … năm``. Hands write larger than print:
on eleven real papers every hand-written number, day and month stood at least 1.23 times as tall as the capitals behind
it, every printed one at most 1.06 times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np

from pipeline.dossier import Box, Line, Region, Word
from pipeline.ocr.geometry import height, inside, pad, whole, width
from pipeline.ocr.leaders import written_on_dots
from pipeline.ocr.readers import Grey
from pipeline.vietnamese import fold

_NUMBER = re.compile(r"^[\W_]*s\w{0,2}\s*[:.;]?(?P<number>[^/]*)/")
_DATE = re.compile(r"ngay(?P<day>.*?)thang(?P<month>.*?)nam")
_PATTERNS = {"head_left": _NUMBER, "head_right": _DATE, "foot_right": _DATE}
_ALONE = re.compile(r"^[\W_]*so\s*[:;.](?P<number>\s*[^\s:]*\d[^\s:]*)\s*$")
"""The number of a certificate, with nothing behind it, in any part of the page."""
_PLAIN = re.compile(r"\d{1,5}[a-z]?")
_PLAIN_ALONE = re.compile(r"[\d./-]+")
_DARK, _LIGHTEST = 128, 205
"""Grey below which there is ink, unless the toner is faint; and the lightest ink there is."""
_TALL = 1.15
"""Ink in a slot this much taller than the print beside it was written by hand."""
_ENOUGH = 3
"""So many letters show how tall print is."""
_STRETCHED = 1.4
"""Words whose letters are so many times as wide as usual reach over something that was not read."""
_DOUBT = 0.3
"""A word in a slot that needs a look is never surer than this."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place to be filled in: what was read there, where it is, and which words of the line reach into it."""

    text: str
    box: Box
    words: tuple[int, ...]
    alone: bool
    """Nothing is printed behind it."""


def mark_slots(grey: Grey, lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Region, ...]]:
    """Doubt what was read in places to be filled in, unless it is print that both readers read alike.

    Args:
        grey: the level picture for reading.
        lines: with zones; boxes in pixels of ``grey``.

    Returns:
        The lines, words in doubtful places with ``agreed`` false and a low confidence; and a region ``handwriting`` for
        every slot that holds ink taller than the print beside it, and for what is written on rows of dots.
    """
    doubtful: set[Word] = set()
    places: list[Box] = []
    for line in lines:
        for slot in _slots(line):
            words = [line.words[i] for i in slot.words]
            tall = _by_hand(grey, line, slot)
            if tall:
                places.append(slot.box)
            plain = (_PLAIN_ALONE if slot.alone else _PLAIN).fullmatch(slot.text)
            if tall or not plain or any(word.agreed is False for word in words):
                doubtful.update(words)
        filled_in = [word for word in line.words if word not in doubtful and _filled_in(grey, line, word)]
        places += [word.box for word in filled_in]
        doubtful.update(filled_in)
    on_dots = written_on_dots(grey, lines)
    for word in (word for line in lines for word in line.words):
        if any(inside(word.box, place) > 0.5 or inside(place, word.box) > 0.5 for place in on_dots):
            doubtful.add(word)
    marked = tuple(
        replace(line, words=tuple(as_of_hand(word) if word in doubtful else word for word in line.words))
        for line in lines
    )
    return marked, tuple(Region("handwriting", box) for box in (*places, *on_dots))


def as_of_hand(word: Word) -> Word:
    """``word`` as of a hand: not agreed upon, never sure."""
    return replace(word, agreed=False, confidence=min(word.confidence, _DOUBT))


def _slots(line: Line) -> Iterator[_Slot]:
    """The slots of a line of the head (number, day, month), or of the place and date above a signature."""
    letters = [(i, n, letter) for i, word in enumerate(line.words) for n, letter in enumerate(f"{word.text} ")]
    folded = fold("".join(letter for _, _, letter in letters))
    patterns = [pattern for pattern in (_PATTERNS.get(line.zone), _ALONE) if pattern is not None]
    found = next((found for pattern in patterns if (found := pattern.search(folded))), None)
    if found is None or len(folded) != len(letters):
        return
    for name in found.groupdict():
        start, end = found.span(name)
        inner = tuple(dict.fromkeys(i for i, _, letter in letters[start:end] if not letter.isspace()))
        left, right = letters[start - 1], letters[end]
        shared = left[0] == right[0]
        x0 = _edge(line, left[0], left[1] + 1, shared=shared)
        x1 = _edge(line, right[0], right[1], from_right=True, shared=shared)
        own = [line.words[i].box for i in inner if i not in (left[0], right[0])]
        x0, x1 = min([x0, *(box[0] for box in own)]), max([x1, *(box[2] for box in own)])
        text = "".join(letter for _, _, letter in letters[start:end]).strip(" .,")
        yield _Slot(text, (x0, line.box[1], x1, line.box[3]), inner, found.re is _ALONE)


def _edge(line: Line, index: int, letter: int, *, from_right: bool = False, shared: bool = False) -> float:
    """Where a letter of a word begins along x; letters count as equally wide, and as wide as on the rest of the line.

    A reader that leaves out handwriting stretches the word before it over the gap, or the word behind it
    (``from_right``), or puts both into one (``shared``).
    """
    word = line.words[index]
    usual = median(width(other.box) / len(other.text) for other in line.words)
    own = width(word.box) / len(word.text)
    letter_width = min(own, usual) if shared or own > _STRETCHED * usual else own
    if from_right:
        return word.box[2] - max(0, len(word.text) - letter) * letter_width
    return word.box[0] + min(letter, len(word.text)) * letter_width


def _by_hand(grey: Grey, line: Line, slot: _Slot) -> bool:
    """Whether ink in the slot is taller than the capitals and digits beside it on the same line."""
    least = 0.3 * height(slot.box)
    dark = _darkness(grey, line.box)
    filled = [tall for tall in _heights(grey, slot.box, dark) if tall > least]
    if slot.alone:
        # The capital of "Số"; strokes between figures are taller than print, so it is the usual figure that counts.
        x0, y0, x1, y1 = line.words[0].box
        printed = _heights(grey, (x0, y0, x0 + (x1 - x0) / len(line.words[0].text), y1), dark)
        return bool(filled) and bool(printed) and median(filled) > _TALL * max(printed)
    behind = [
        tall
        for word in line.words
        if word.box[2] > slot.box[2] and _as_tall_as_digits(word)
        for tall in _heights(grey, (max(word.box[0], slot.box[2]), *word.box[1:]), dark)
        if tall > least
    ]
    return bool(filled) and bool(behind) and max(filled) > _TALL * median(behind)


def _filled_in(grey: Grey, line: Line, word: Word) -> bool:
    """Whether figures or scrawl on which the readers differ stand taller than the figures and capitals around them."""
    scrawl = word.confidence < _DOUBT or any(letter.isdecimal() for letter in word.text)
    if word.agreed is not False or not scrawl:
        return False
    dark, least = _darkness(grey, line.box), 0.3 * height(line.box)
    others = [other for other in line.words if other is not word and _as_tall_as_digits(other)]
    around = [tall for other in others for tall in _heights(grey, other.box, dark) if tall > least]
    own = [tall for tall in _heights(grey, word.box, dark) if tall > least]
    return bool(own) and len(around) >= _ENOUGH and median(own) > _TALL * median(around)


def _as_tall_as_digits(word: Word) -> bool:
    letters = [c for c in word.text if c.isalnum()]
    return sum(c.isdigit() or c.isupper() for c in letters) > 0.6 * max(2, len(letters))


def _darkness(grey: Grey, box: Box) -> int:
    """The grey halfway between the paper and the print in ``box``: toner may be faint."""
    x0, y0, x1, y1 = whole(box, grey.shape[::-1])
    if x1 <= x0 or y1 <= y0:
        return _DARK
    return min(_LIGHTEST, (255 + int(np.percentile(grey[y0:y1, x0:x1], 2))) // 2)


def _heights(grey: Grey, box: Box, dark: int) -> list[int]:
    """Heights of the pieces of ink whose centre lies in ``box``; they may reach above and below it."""
    x0, y0, x1, y1 = whole(pad(box, height(box), height(box) / 2), grey.shape[::-1])
    if x1 <= x0 or y1 <= y0:
        return []
    ink = (grey[y0:y1, x0:x1] < dark).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(ink)
    return [
        int(part[cv2.CC_STAT_HEIGHT])
        for part, (x, y) in zip(stats[1:], centres[1:], strict=True)
        if box[0] <= x + x0 <= box[2] and box[1] <= y + y0 <= box[3]
    ]
