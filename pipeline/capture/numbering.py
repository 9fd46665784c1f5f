"""Printed page numbers: does a page lack, come twice, or lie in the wrong place?

Decree 30/2020/NĐ-CP, Appendix I: Arabic numerals in the middle of the upper margin, none on the first page; an appendix
counts anew. Other papers number at the foot, some with the number of pages (``2/5``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.dossier import Finding, Line, PageReading, Text

_NUMBER = re.compile(r"[-–—\s]*(?:[Tt]rang\s*|TRANG\s*)?(\d{1,3})(?:\s*/\s*(\d{1,3}))?[-–—.\s]*")
_TOP, _FOOT = 0.09, 0.93
_MIDDLE = (0.35, 0.65)
_FOOT_FROM = 0.3
_JUMP = 3
"""A single number further on than this is a leaf of a book, or misread, rather than the rest of a paper."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A page with a printed number: ``place`` counts the pages of the document from 1, ``page`` is its ordinal."""

    place: int
    page: int
    number: int
    total: int = 0


def check_numbers(readings: Sequence[PageReading]) -> Iterator[Finding]:
    """Findings ``page_gap``, ``page_number_twice`` and ``page_order`` on the pages of one document, in their order."""
    found = [
        Numbered(place, reading.number, *number)
        for place, reading in enumerate(readings, 1)
        if (number := printed_number(reading)) is not None
    ]
    return _breaks(_credible(found))


def printed_number(reading: PageReading) -> tuple[int, int] | None:
    """The number printed alone at the top centre or the foot of a page, and the number of pages if stated (else 0)."""
    for line in reading.lines:
        match = _NUMBER.fullmatch(line.text)
        if match and _at_edge(line, reading) and _sure(line) and _alone(line, reading):
            return int(match[1]), int(match[2] or 0)
    return None


def _at_edge(line: Line, reading: PageReading) -> bool:
    x = (line.box[0] + line.box[2]) / 2 / reading.width
    y = (line.box[1] + line.box[3]) / 2 / reading.height
    return (y < _TOP and _MIDDLE[0] < x < _MIDDLE[1]) or (y > _FOOT and x > _FOOT_FROM)


def _sure(line: Line) -> bool:
    return all(word.agreed is not False for word in line.words)


def _alone(line: Line, reading: PageReading) -> bool:
    """Whether nothing else is printed beside it, as there is beside the cells of a table."""
    middle = (line.box[1] + line.box[3]) / 2
    return not any(other is not line and other.box[1] < middle < other.box[3] for other in reading.lines)


def _credible(found: Sequence[Numbered]) -> list[Numbered]:
    """Without numbers that their neighbours on both sides, agreed with each other, contradict: those are misread."""
    kept = [Numbered(0, 0, 0)]
    for index, now in enumerate(found):
        before, after = kept[-1], found[index + 1] if index + 1 < len(found) else None
        odd = now.number - before.number != now.place - before.place
        if odd and after and after.number - before.number == after.place - before.place:
            continue
        kept.append(now)
    return kept


def _breaks(found: Sequence[Numbered]) -> Iterator[Finding]:
    seen = {now.number for now in found}
    for index, (before, now) in enumerate(pairwise(found), 1):
        step, way = now.number - before.number, now.place - before.place
        followed = index + 1 < len(found) and found[index + 1].number - now.number == found[index + 1].place - now.place
        if now.number == 1 or (now.number == 2 and way > 1):
            continue  # the first page, or an appendix begins; its first page bears no number
        missing = [number for number in range(before.number + way, now.number) if number not in seen]
        if missing and (before.number or followed or step - way <= _JUMP):
            yield _gap(now.page, missing)
        elif step == 0:
            yield _twice(now.page, before.page, now.number)
        elif step < 0:
            yield _order(now.page, before.number, now.number)
    last = found[-1]
    if last.total > last.number:
        yield _gap(last.page, range(last.number + 1, last.total + 1))


def _gap(page: int, missing: Sequence[int]) -> Finding:
    which = str(missing[0]) if len(missing) == 1 else f"{missing[0]}-{missing[-1]}"
    text = Text(
        f"theo số trang in, thiếu trang {which}; hãy tìm và quét bổ sung",
        f"by the printed numbers page {which} is missing; find and scan it",
    )
    return Finding("page_gap", f"page {page}", text)


def _twice(page: int, before: int, number: int) -> Finding:
    text = Text(
        f"số trang in {number} đã có ở trang {before}; kiểm tra có quét lẫn bản khác không",
        f"the printed number {number} is on page {before} already; check whether two copies were mixed",
    )
    return Finding("page_number_twice", f"page {page}", text)


def _order(page: int, before: int, number: int) -> Finding:
    text = Text(
        f"số trang in {number} đứng sau {before}; hãy xếp lại thứ tự rồi quét lại",
        f"the printed number {number} comes after {before}; put the pages in order and scan again",
    )
    return Finding("page_order", f"page {page}", text)
