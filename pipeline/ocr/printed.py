"""Words of a trusted text layer, grouped into printed lines: nothing is recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.dossier import Line, Word
from pipeline.ocr.geometry import height, same_row, union
from pipeline.vietnamese import nfc

_COLUMN_GAP = 2.2
"""Words further apart than this many line heights stand in different columns."""


def printed_lines(words: Sequence[Word]) -> tuple[Line, ...]:
    """Lines out of the words of a text layer, top to bottom; columns side by side make lines of their own.

    Args:
        words: in any order, boxes on the upright page.

    Returns:
        Lines whose words have confidence 1 and ``agreed`` ``None`` (nobody had to read).
    """
    rows: list[list[Word]] = []
    clean = [replace(word, text=nfc(word.text).strip(), confidence=1.0, agreed=None) for word in words]
    for word in sorted(
        (word for word in clean if word.text), key=lambda word: (word.box[1] + word.box[3], word.box[0])
    ):
        row = next((row for row in reversed(rows[-3:]) if same_row(row[-1].box, word.box)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    lines: list[Line] = []
    for row in rows:
        part: list[Word] = []
        for word in sorted(row, key=lambda word: word.box[0]):
            if part and word.box[0] - part[-1].box[2] > _COLUMN_GAP * height(union(w.box for w in part)):
                lines.append(_line(part))
                part = []
            part.append(word)
        lines.append(_line(part))
    return tuple(lines)


def _line(words: Sequence[Word]) -> Line:
    return Line(tuple(words), union(word.box for word in words))
