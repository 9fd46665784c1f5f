"""Line mode: every line is read by two readers and fused; what only shines through from the back is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.dossier import Box, Line, Word
from pipeline.ocr.fuse import Context, doubted, fuse, likeness, mean_confidence
from pipeline.ocr.geometry import union
from pipeline.ocr.readers import Clock, Grey, Reader
from pipeline.vietnamese import syllable_share

_UNLIKE = 0.40
"""Lines whose readings are less alike than this are suspects: both readers invent, each in its own way."""
_WEAK_FIRST, _WEAK_SECOND = 0.70, 0.85
"""Mean confidence below which a reader's line counts as weak."""
_RESCUE_EMPTY, _RESCUE_WEAK, _FAILED = 0.80, 0.85, 0.45
"""The second reader's line is taken whole from this confidence on: where the first read nothing, or failed."""
_RELATED = 0.6
"""Lines more alike than this are fused word by word even if the first reader failed on most of it."""
_MIRROR_LETTERS = 6
"""Fewer letters than this may read as syllables in the mirror by chance (signatures do)."""


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
    grey: Grey, boxes: Sequence[Box], dpi: float, readers: tuple[Reader, Reader], clock: Clock
) -> LineReadings:
    """Read the lines at ``boxes`` with both ``readers`` (main reader first) and fuse."""
    first = readers[0].read_lines(grey, boxes, dpi, clock)
    second = readers[1].read_lines(grey, boxes, dpi, clock)
    context = Context.of(list(zip(first, second, strict=True)))
    doubtful = [i for i in range(len(boxes)) if _suspect(first[i], second[i])]
    mirrored = _mirrored(grey, [boxes[i] for i in doubtful], [second[i] for i in doubtful], dpi, readers[1], clock)
    through = {i for i, back in zip(doubtful, mirrored, strict=True) if back}
    lines: list[Line] = []
    unread: list[Box] = []
    for i, box in enumerate(boxes):
        if i in through:
            continue
        if i in doubtful:
            unread.append(box)
            continue
        words = _rescued(first[i], second[i]) or fuse(first[i], second[i], context)
        if words:
            lines.append(Line(words, union(word.box for word in words)))
    return LineReadings(tuple(lines), agreement(lines), tuple(boxes[i] for i in sorted(through)), tuple(unread))


def read_single(grey: Grey, boxes: Sequence[Box], dpi: float, reader: Reader, clock: Clock) -> LineReadings:
    """Read the lines at ``boxes`` with the only reader there is."""
    read = [words for words in reader.read_lines(grey, boxes, dpi, clock) if words]
    return LineReadings(tuple(Line(words, union(word.box for word in words)) for words in read))


def agreement(lines: Sequence[Line]) -> float:
    """Share (0..1) of the letters of ``lines`` in words on which both readers agree; 0 without words."""
    letters = sum(len(word.text) for line in lines for word in line.words)
    agreed = sum(len(word.text) for line in lines for word in line.words if word.agreed)
    return agreed / letters if letters else 0.0


def _suspect(first: Sequence[Word], second: Sequence[Word]) -> bool:
    weak = mean_confidence(first) < _WEAK_FIRST and mean_confidence(second) < _WEAK_SECOND
    return weak and (not first or not second or likeness(first, second) < _UNLIKE)


def _rescued(first: Sequence[Word], second: Sequence[Word]) -> tuple[Word, ...]:
    """The second reader's whole line where the first failed on it; else nothing."""
    mine, theirs = mean_confidence(first), mean_confidence(second)
    if first and likeness(first, second) >= _RELATED:
        return ()
    failed = mine < _FAILED and theirs > _RESCUE_WEAK if first else theirs > _RESCUE_EMPTY
    return doubted(second) if failed else ()


def _mirrored(
    grey: Grey, boxes: Sequence[Box], forward: Sequence[Sequence[Word]], dpi: float, reader: Reader, clock: Clock
) -> list[bool]:
    """For each suspect line whether it reads better in the mirror: then it is print on the back of the sheet."""
    if not boxes:
        return []
    width = grey.shape[1]
    flipped = [(width - x1, y0, width - x0, y1) for x0, y0, x1, y1 in boxes]
    backward = reader.read_lines(np.ascontiguousarray(grey[:, ::-1]), flipped, dpi, clock)
    return [_sense(back) > max(0.5, 1.5 * _sense(front)) for front, back in zip(forward, backward, strict=True)]


def _sense(words: Sequence[Word]) -> float:
    """How much a reading looks like a line of Vietnamese print (0..1)."""
    text = " ".join(word.text for word in words)
    return syllable_share(text) * mean_confidence(words) if len(words) > 1 and len(text) > _MIRROR_LETTERS else 0.0
