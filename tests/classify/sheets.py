"""Invented forms as text: one printed row a line, columns set apart by `` | ``, an empty line for a wider blank."""

from __future__ import annotations

from itertools import count

from pipeline.dossier import PageReading
from tests.classify.paper import PITCH, Print, page

LEFT = 130
COLUMNS = (LEFT, 860, 1300)


def sheet_of(text: str, number: int = 1, columns: tuple[int, ...] = COLUMNS, **extra) -> PageReading:
    """A page with these rows; a row that begins with blanks is centred."""
    rows: list[Print] = []
    for at, line in zip(count(), text.strip("\n").splitlines(), strict=False):
        y = 120 + at * PITCH
        if line.startswith("  "):
            rows.append(Print(line.strip(), (1654 - 15 * len(line.strip())) / 2, y))
            continue
        for x, part in zip(columns, line.split(" | "), strict=False):
            if part.strip():
                rows.append(Print(part.strip(), x, y))
    return page(rows, number, **extra)
