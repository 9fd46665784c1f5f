"""Where one document ends and the next begins in a stack of pages.

A document begins where a page has the national name and something that makes it a paper of its own (a known title, a
number line), where it is the front of a card, or where it bears the bar code of a cover sheet. Everything else goes
with the page before: blank pages, backs, running pages, appendices, drafts handed in with an act.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.classify import dates
from pipeline.classify.kinds import head_rows, number_line, titles
from pipeline.classify.layout import Sheet, headed, sheet
from pipeline.dossier import PageReading
from pipeline.settings import DocumentType

_APPENDIX = re.compile(
    r"^\W*(?:phu luc(?:\s+(?:so\s+)?[\divxa-z]{1,5})?\W*$|\(?(?:ban hanh )?kem theo\b|du thao\b|phu luc so\b)"
)
_PAGE_NUMBER = re.compile(r"^[-–—\s]*(?:trang\s*)?(\d{1,3})(?:\s*/\s*\d{1,3})?[-–—.\s]*$")
_FEW_LETTERS = 12


def split(readings: Sequence[PageReading], types: Sequence[DocumentType]) -> tuple[tuple[int, ...], ...]:
    """Cut a stack into documents: page ordinals of each, every page in exactly one, in the order given."""
    documents: list[list[int]] = []
    empty_so_far = True
    for reading in readings:
        page = sheet(reading)
        blank = is_blank(page)
        behind = len(documents[-1]) if documents else 0
        begins = not blank and not empty_so_far and starts(page, types, behind)
        if begins or not documents:
            documents.append([])
        documents[-1].append(reading.number)
        empty_so_far = empty_so_far and blank
    return tuple(tuple(pages) for pages in documents)


def is_blank(page: Sheet) -> bool:
    """Nothing to speak of on it, as on the back of a sheet."""
    return not page.reading.barcodes and sum(len(row.folded.letters) for row in page.rows) < _FEW_LETTERS


def starts(page: Sheet, types: Sequence[DocumentType], behind: int) -> bool:
    """Whether a document begins on this page, which lies after ``behind`` pages of the document before.

    A page number speaks against it, but only one that can be: on the third sheet there is no page 8.
    """
    if any(kind.barcode and re.search(kind.barcode, code.text) for kind in types for code in page.reading.barcodes):
        return True
    if 1 < running_number(page) <= behind + 1 or _appended(page):
        return False
    near = [kind for kind in types if kind.title_zone != "anywhere"]
    cards = [kind for kind in types if kind.title_zone == "anywhere"]
    rows = [row for row in head_rows(page) if row.middle < 0.6]
    if not headed(page):
        return any(fit[0].quality == 1.0 and fit[0].rows[0].middle < 0.3 for fit in titles(rows, cards))
    return number_line(page) is not None or any(True for _ in titles(rows, near + cards))


def running_number(page: Sheet) -> int:
    """The page number printed alone at the very top (in the middle) or bottom; 0 if there is none."""
    for row in page.rows:
        match = _PAGE_NUMBER.match(row.folded.plain)
        top, bottom = row.middle < 0.09 and 0.35 < row.centre < 0.65, row.middle > 0.93 and row.centre > 0.3
        if match and (top or bottom):
            return int(match.group(1))
    return 0


def _appended(page: Sheet) -> bool:
    """An appendix, or a draft: no running number, no day and no month filled in."""
    rows = head_rows(page)
    if any(_APPENDIX.match(row.folded.plain) for row in rows[:14]):
        return True
    number = number_line(page)
    if number is None or not number.symbol.suffix or not number.symbol.blank:
        return False
    printed = [date for row in rows for date in dates.find(row.text) if re.match(r"^[^\d,]{0,40},?\s*ng", row.text)]
    return bool(printed) and printed[0].blank
