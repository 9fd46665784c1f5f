"""A plain text as pages, as a reader would hand them on: for trying types on texts that were never paper."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from pipeline.dossier import Line, PageReading, Word
from pipeline.vietnamese import nfc

WIDTH, HEIGHT, DPI = 1654, 2339, 200
"""A4 in pixels."""
_LEFT, _TOP, _PITCH, _TALL, _LETTER = 160, 140, 44, 30, 14.0
_COLUMNS, _ROWS = 96, 46


def pages(text: str) -> tuple[PageReading, ...]:
    """Lay ``text`` out on pages of A4.

    Leading blanks indent a row, a tab begins the right column of a head, a form feed begins a page; long rows are
    broken. The pages read as a text layer does: every word certain.
    """
    sheets = [list(_rows(sheet)) for sheet in nfc(text.replace("\r\n", "\n")).split("\f")]
    parts = [rows[at : at + _ROWS] for rows in sheets for at in range(0, len(rows), _ROWS)]
    return tuple(
        PageReading(number, WIDTH, HEIGHT, DPI, 0, 0.0, tuple(_lines(rows)), (), (), "text-layer", ("text",))
        for number, rows in enumerate(parts, 1)
    )


def _rows(text: str) -> Iterator[list[tuple[float, str]]]:
    """Rows of the text, each as one or two pieces with the pixel they begin at; empty rows are left out."""
    for row in text.split("\n"):
        pieces = [piece for piece in row.split("\t") if piece.strip()]
        if len(pieces) > 1:
            yield [(_LEFT, pieces[0].strip()), (WIDTH / 2, " ".join(piece.strip() for piece in pieces[1:]))]
        elif pieces:
            indent = min(len(row.expandtabs(4)) - len(row.expandtabs(4).lstrip()), _COLUMNS // 2)
            for part in textwrap.wrap(pieces[0].strip(), _COLUMNS - indent):
                yield [(_LEFT + indent * _LETTER, part)]


def _lines(rows: list[list[tuple[float, str]]]) -> Iterator[Line]:
    for at, pieces in enumerate(rows):
        for x, piece in pieces:
            words = tuple(_words(piece, x, _TOP + at * _PITCH))
            yield Line(words, (words[0].box[0], words[0].box[1], words[-1].box[2], words[0].box[3]))


def _words(text: str, x: float, y: float) -> Iterator[Word]:
    for word in text.split():
        yield Word(word, (x, y, x + _LETTER * len(word), y + _TALL), 1.0, True)
        x += _LETTER * (len(word) + 1)
