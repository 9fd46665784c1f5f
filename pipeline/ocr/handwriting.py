"""Number and day are written by hand on about three of four papers, and no reader reads handwriting.

Their places are known: between ``Số:`` and the slash, and around ``ngày … tháng … năm``. Hands write larger than print:
on eleven real papers every hand-written number and day stood at least 1.2 times as tall as the capitals behind it,
every printed one at most 1.05 times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np

from pipeline.dossier import Box, Line, Region, Word
from pipeline.ocr.geometry import clip, height, pad, width
from pipeline.ocr.readers import Grey
from pipeline.vietnamese import fold

_NUMBER = re.compile(r"^\W*s\w{0,2}\s*[:.;]?(?P<number>[^/]*)/")
_DATE = re.compile(r"ngay(?P<day>.*?)thang(?P<month>.*?)nam")
_PATTERNS = {"head_left": _NUMBER, "head_right": _DATE, "foot_right": _DATE}
_PLAIN = re.compile(r"\d{1,5}[a-z]?")
_DARK = 128
_TALL = 1.15
"""Ink in a slot this much taller than the print beside it was written by hand."""
_DOUBT = 0.3
"""A word in a slot that needs a look is never surer than this."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place to be filled in: what was read there, where it is, and which words of the line reach into it."""

    text: str
    box: Box
    words: tuple[int, ...]


def mark_slots(grey: Grey, lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Region, ...]]:
    """Doubt what was read in the slots for number and date unless it is print that both readers read alike.

    Args:
        grey: the level picture for reading.
        lines: with zones; boxes in pixels of ``grey``.

    Returns:
        The lines, words in doubtful slots with ``agreed`` false and a low confidence; and a region ``handwriting`` for
        every slot that holds ink taller than the print beside it.
    """
    marked: list[Line] = []
    regions: list[Region] = []
    for line in lines:
        words = list(line.words)
        for slot in _slots(line):
            by_hand = _by_hand(grey, line, slot.box)
            if by_hand:
                regions.append(Region("handwriting", slot.box))
            if by_hand or not _PLAIN.fullmatch(slot.text) or any(line.words[i].agreed is False for i in slot.words):
                for i in slot.words:
                    words[i] = replace(words[i], agreed=False, confidence=min(words[i].confidence, _DOUBT))
        marked.append(replace(line, words=tuple(words)))
    return tuple(marked), tuple(regions)


def _slots(line: Line) -> Iterator[_Slot]:
    """The slots of a line of the head (number, day, month), or of the place and date above a signature."""
    letters = [(i, n, letter) for i, word in enumerate(line.words) for n, letter in enumerate(f"{word.text} ")]
    folded = fold("".join(letter for _, _, letter in letters))
    pattern = _PATTERNS.get(line.zone)
    found = pattern.search(folded) if pattern is not None and len(folded) == len(letters) else None
    if found is None:
        return
    for name in found.groupdict():
        start, end = found.span(name)
        inner = tuple(dict.fromkeys(i for i, _, letter in letters[start:end] if not letter.isspace()))
        left, right = letters[start - 1], letters[end]
        x0, x1 = _edge(line, left[0], left[1] + 1), _edge(line, right[0], right[1])
        own = [line.words[i].box for i in inner if i not in (left[0], right[0])]
        x0, x1 = min([x0, *(box[0] for box in own)]), max([x1, *(box[2] for box in own)])
        yield _Slot(
            "".join(x for _, _, x in letters[start:end]).strip(" .,"), (x0, line.box[1], x1, line.box[3]), inner
        )


def _edge(line: Line, index: int, letter: int) -> float:
    """Where a letter of a word begins along x; letters count as equally wide, and as wide as on the rest of the line.

    (A reader that leaves out handwriting stretches the word before it over the gap.)
    """
    word = line.words[index]
    usual = median(width(other.box) / len(other.text) for other in line.words)
    letter_width = min(width(word.box) / len(word.text), 1.4 * usual)
    return word.box[0] + min(letter, len(word.text)) * letter_width


def _by_hand(grey: Grey, line: Line, slot: Box) -> bool:
    """Whether ink in the slot is taller than the capitals and digits behind it on the same line."""
    least = 0.3 * height(slot)
    filled = [tall for tall in _heights(grey, slot) if tall > least]
    behind = [
        tall
        for word in line.words
        if word.box[2] > slot[2] and _as_tall_as_digits(word)
        for tall in _heights(grey, (max(word.box[0], slot[2]), *word.box[1:]))
        if tall > least
    ]
    return bool(filled) and bool(behind) and max(filled) > _TALL * median(behind)


def _as_tall_as_digits(word: Word) -> bool:
    letters = [c for c in word.text if c.isalnum()]
    return sum(c.isdigit() or c.isupper() for c in letters) > 0.6 * max(2, len(letters))


def _heights(grey: Grey, box: Box) -> list[int]:
    """Heights of the pieces of ink whose centre lies in ``box``; they may reach above and below it."""
    x0, y0, x1, y1 = map(round, clip(pad(box, height(box), height(box) / 2), (grey.shape[1], grey.shape[0])))
    if x1 <= x0 or y1 <= y0:
        return []
    ink = (grey[y0:y1, x0:x1] < _DARK).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(ink)
    return [
        int(part[cv2.CC_STAT_HEIGHT])
        for part, (x, y) in zip(stats[1:], centres[1:], strict=True)
        if box[0] <= x + x0 <= box[2] and box[1] <= y + y0 <= box[3]
    ]
