"""Line mode: every line is read by two readers and fused; what only shines through from the back is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.dossier import Box, Line, Word
from pipeline.ocr.context import Context
from pipeline.ocr.fuse import doubted, fuse, in_doubt, likeness, mean_confidence, well_formed
from pipeline.ocr.geometry import area, union
from pipeline.ocr.readers import Clock, Grey, Reader
from pipeline.ocr.through import is_mirrored, read_backward

_UNLIKE = 0.40
"""Lines whose readings are less alike than this hold no print if both are weak: each reader invents in its own way."""
_LOOK_BEHIND = 0.75
"""Lines whose readings are less alike than this are also read in the mirror."""
_WEAK_FIRST, _WEAK_SECOND = 0.70, 0.85
"""Mean confidence below which a reader's line counts as weak."""
_RESCUE_EMPTY, _RESCUE_WEAK, _FAILED = 0.80, 0.85, 0.45
"""The second reader's line is taken whole from this confidence on: where the first read nothing, or failed."""
_RELATED = 0.6
"""Lines more alike than this are fused word by word even if the first reader failed on most of it."""
_MANY, _SENSE = 6, 0.6
"""So many words that can be words, and such a share of the letters in them, are print, though a stroke crosses it."""
_BESIDE = 2
"""A second look takes in so many words on either side of the doubted one: a word by itself is read worse."""


@dataclass(frozen=True, slots=True)
class LineReadings:
    """What line mode found. Boxes are pixels of the picture for reading.

    ``agreement`` is the share (0..1) of letters in words that both readers read alike; 0 without words. ``through``
    are lines that show through from the back of the sheet, ``unread`` ink that neither reader could read.
    """

    lines: tuple[Line, ...]
    agreement: float = 0.0
    through: tuple[Box, ...] = ()
    unread: tuple[Box, ...] = ()


def read_fused(
    grey: Grey, boxes: Sequence[Box], dpi: float, readers: tuple[Reader, Reader], context: Context, clock: Clock
) -> LineReadings:
    """Read the lines at ``boxes`` with both ``readers`` (main reader first) and fuse.

    Lines on which they differ for a reason are looked at once more by the main reader. ``context`` are the phrases
    known beforehand.
    """
    first = readers[0].read_lines(grey, boxes, dpi, clock)
    second = readers[1].read_lines(grey, boxes, dpi, clock)
    context = context.with_page(list(zip(first, second, strict=True)))
    odd = [i for i in range(len(boxes)) if likeness(first[i], second[i]) < _LOOK_BEHIND]
    backward = read_backward(grey, [boxes[i] for i in odd], dpi, readers[1], clock)
    through = {i for i, back in zip(odd, backward, strict=True) if is_mirrored(second[i], back)}
    # On the empty back of a printed sheet whatever is left over is more of the same.
    shining, all_ink = sum(area(boxes[i]) for i in through), sum(map(area, boxes))
    unlike = _LOOK_BEHIND if shining > 0.4 * all_ink else _UNLIKE
    lines: list[Line] = []
    printed: list[int] = []
    unread: list[Box] = []
    for i in (i for i in range(len(boxes)) if i not in through):
        if _no_print(first[i], second[i], unlike):
            unread.append(boxes[i])
        else:
            printed.append(i)
    again = _looked_again(grey, dpi, readers[0], {i: (first[i], second[i]) for i in printed}, clock)
    for i in printed:
        words = _fused(first[i], second[i], context, again.get(i, ()))
        if words:
            lines.append(Line(words, union(word.box for word in words)))
        else:
            unread.append(boxes[i])
    return LineReadings(tuple(lines), agreement(lines), tuple(boxes[i] for i in sorted(through)), tuple(unread))


def _looked_again(
    grey: Grey, dpi: float, reader: Reader, readings: dict[int, tuple[Sequence[Word], Sequence[Word]]], clock: Clock
) -> dict[int, Sequence[Word]]:
    """The main reader's second reading of those lines in which a word is in doubt: of that part of the line."""
    parts: dict[int, tuple[int, int]] = {}
    for i, (first, second) in readings.items():
        places = in_doubt(first, second) if second else ()
        if places:
            parts[i] = max(0, places[0] - _BESIDE), min(len(first), places[-1] + _BESIDE + 1)
    boxes = [union(word.box for word in readings[i][0][start:end]) for i, (start, end) in parts.items()]
    looks = reader.look_again(grey, boxes, dpi, clock) if boxes else ()
    return {
        i: (*readings[i][0][:start], *look, *readings[i][0][end:])
        for (i, (start, end)), look in zip(parts.items(), looks, strict=False)
    }


def read_single(grey: Grey, boxes: Sequence[Box], dpi: float, reader: Reader, clock: Clock) -> LineReadings:
    """Read the lines at ``boxes`` with the only reader there is."""
    read = [words for words in reader.read_lines(grey, boxes, dpi, clock) if words]
    return LineReadings(tuple(Line(words, union(word.box for word in words)) for words in read))


def agreement(lines: Sequence[Line]) -> float:
    """Share (0..1) of the letters of ``lines`` in words on which both readers agree; 0 without words."""
    letters = sum(len(word.text) for line in lines for word in line.words)
    agreed = sum(len(word.text) for line in lines for word in line.words if word.agreed)
    return agreed / letters if letters else 0.0


def letters_in_words(lines: Sequence[Line]) -> int:
    """Letters of ``lines`` that stand in words that can be words: how much sense a reading makes."""
    return sum(len(word.text) for line in lines for word in line.words if well_formed(word.text))


def _no_print(first: Sequence[Word], second: Sequence[Word], unlike: float) -> bool:
    """Whether both readings are weak, have nothing in common, and make no sense."""
    formed = [len(word.text) for word in first if well_formed(word.text)]
    if len(formed) >= _MANY and sum(formed) > _SENSE * sum(len(word.text) for word in first):
        return False
    weak = mean_confidence(first) < _WEAK_FIRST and mean_confidence(second) < _WEAK_SECOND
    return weak and (not first or not second or likeness(first, second) < unlike)


def _fused(first: Sequence[Word], second: Sequence[Word], context: Context, again: Sequence[Word]) -> tuple[Word, ...]:
    """Both readings word by word, or the second reader's whole line where the first failed on it."""
    mine, theirs = mean_confidence(first), mean_confidence(second)
    if not first:
        return doubted(second) if theirs > _RESCUE_EMPTY else ()
    if mine < _FAILED and theirs > _RESCUE_WEAK and likeness(first, second) < _RELATED:
        return doubted(second)
    return fuse(first, second, context, again)
