"""Words of a document by the part of the page they stand in, folded, ready for phrases to be sought in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from pipeline.classify.catalogue import spaced
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.titles import head_rows

_PAGES = 2
"""Pages whose words speak for a type; what follows is about something."""
_FEW = 7
"""Words in a row that is a label, or a label and its value, even without a colon."""
_BULLET = re.compile(r"^(?:\W|\d{1,2}(?:\.\d)*\s*[.)/]|[a-z]\))*")
_FOOT = 0.55
"""Signature and recipients stand below this share of the last page."""


class Zones:
    """Words of the first pages of one document, and of the foot of its last. Zones as in ``settings.papers.Zone``.

    They are taken from the place on the page, not from the reader's own division, which a poor scan may lack.
    """

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._sheets = sheets

    def page(self, zone: str, phrase: str) -> int:
        """Ordinal of the first page that has ``phrase`` (folded, spaced) in ``zone``; 0: none has."""
        return next((page for page, words in self._by_zone.get(zone, {}).items() if phrase in words), 0)

    def labelled(self, label: str) -> int:
        """Ordinal of the first page where ``label`` stands as labels do: first in its row, or before a colon; or 0."""
        beginning, before_colon = f"\n{label}", f"{label}:"
        return next((page for page, rows in self._rows.items() if beginning in rows or before_colon in rows), 0)

    @cached_property
    def _rows(self) -> dict[int, str]:
        """By page: rows that can hold a label, those with room for a value; folded, without bullets and numbers."""
        return {page.reading.number: "".join(map(_row, page.rows)) for page in self._sheets[:_PAGES]}

    @cached_property
    def _by_zone(self) -> dict[str, dict[int, str]]:
        texts: dict[str, dict[int, list[str]]] = {}
        for zone, row in self._placed():
            texts.setdefault(zone, {}).setdefault(row.page, []).append(row.folded.plain)
        return {zone: {page: spaced(" ".join(rows)) for page, rows in by.items()} for zone, by in texts.items()}

    def _placed(self) -> Iterator[tuple[str, Row]]:
        """Each row with each zone it is in."""
        for at, page in enumerate(self._sheets[:_PAGES]):
            head = len(head_rows(page)) if at == 0 else 0
            for order, row in enumerate(page.rows):
                for zone in ("anywhere", *(_in_head(row, page) if order < head else ("body",))):
                    yield zone, row
        for row in self._sheets[-1].rows if self._sheets else ():
            if row.middle > _FOOT:
                yield "foot", row
                yield ("foot_left" if row.centre < 0.5 else "foot_right"), row


def _row(row: Row) -> str:
    plain = row.folded.plain
    if ":" not in plain and "..." not in plain and len(row.words) > _FEW:
        return ""
    return "\n" + ":".join(map(spaced, _BULLET.sub("", plain).split(":")))


def _in_head(row: Row, page: Sheet) -> tuple[str, ...]:
    column = "head_left" if row.centre < min(page.boundary, 0.5) else "head_right"
    below = page.nation is None or row.box[1] > page.nation.box[3]
    return ("head", column, "title") if below else ("head", column)
