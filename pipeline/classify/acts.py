"""Head of an administrative act in the layout of Decree 30/2020/NĐ-CP, Appendix I, and of its older and other kin.

Acts of the Party (Guideline 36-HD/VPTW) and of courts stand in the same two columns; number or date may stand under
the title instead. Parts: :mod:`number`, :mod:`agency`, :mod:`abstract`, and here the date with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.classify import dates, values
from pipeline.classify.abstract import read_abstract
from pipeline.classify.agency import read_agency
from pipeline.classify.blocks import apart, follows
from pipeline.classify.dates import Printed
from pipeline.classify.kinds import Match, head_rows, opening_sheet
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import without_leaders
from pipeline.classify.number import LEGIBLE, TORN, Written, by_pen, head_number_row, legibly, pen_region, read_number
from pipeline.classify.signature import own_pages
from pipeline.classify.values import Found
from pipeline.dossier import Word

__all__ = ["ABSURD", "ELSEWHERE", "YEARS_DIFFER", "Head", "by_pen", "date_in", "dated", "read_head"]

ELSEWHERE = "ngày không đứng ở chỗ thường lệ / the date does not stand in its usual place"
ABSURD = "ngày không thể có / not a possible date"
YEARS_DIFFER = "năm trong số và trong ngày khác nhau / the years of number and date differ"
_FIRST = date(1945, 9, 2)
"""Before that day no paper of this State was issued."""
_LAST = date(2099, 12, 31)
"""A year of the next century was misread, whatever the day is."""
_SMALL_WORDS = frozenset("thanh pho tinh quan huyen thi xa tran phuong dac khu thu do va".split())
"""Words of a place's name that may be in small letters."""
_LABELS = frozenset("so ngay den".split())
"""What stands before a date that is none of the head's: in a number, in the frame of an arrival stamp."""
_MADE_AT = re.compile(r"\W*(?:lam|lap|viet) tai\s?:?\s*")
_LONGEST_PLACE = 8
_CITED = re.compile(r"\W*(?:cua|ve|tai|cho|den|va|theo|quy dinh)\b")
"""Behind the date of another paper."""
_BLANK_PLACE = 30
"""On a blank form anything may stand for the place, up to so many characters."""
_TODAY = re.compile(r"^\W*(?:hom nay|(?:cuoc hop|buoi lam viec) (?:bat dau|dien ra))\b")
"""How minutes open their text, with the day."""
_THIS_ACT = re.compile(r"^\W*(?:bo luat|luat|phap lenh|nghi quyet|quy che|quy dinh|dieu le) nay (?:da )?duoc\b")
_PASSED = re.compile(r"\bthong qua\s+(?:vao\s+)?(?=ngay\b)")
"""The end of a law says when it was passed: ``Luật này được Quốc hội … thông qua ngày …``."""
_OF_PARLIAMENT = re.compile(r"QH\d")
_SENTENCE_ROWS = 3
"""Rows that a sentence with a date takes at most."""
_TAIL = 14
"""Letters that may stand behind the date on its row: a stamp's edge, a footnote mark."""


@dataclass(frozen=True)
class Head:
    """What the head of an act says; ``None`` where nothing was found."""

    number: Found | None = None
    date: Found | None = None
    agency: Found | None = None
    superior: Found | None = None
    place: Found | None = None
    symbol: Found | None = None
    subject: Found | None = None


def read_head(sheets: Sequence[Sheet], match: Match, review_below: float, today: date | None = None) -> Head:
    """Read number, date, agency, place and abstract from the first page of a document.

    Args:
        sheets: the document's pages.
        match: its type, with the rows of the title and of the number.
        review_below: least confidence (0..1) of figures on which the readers agree to be shown as certain.
        today: days after it are doubted; ``None``: only years that no paper can have.
    """
    page = opening_sheet(sheets)
    if page is None:
        return Head()
    line = head_number_row(page, match)
    agency, superior = read_agency(page, match, line)
    names = [found.value for found in (agency, superior) if found]
    number = read_number(page, match, names, review_below)
    row, usual = _date_row(page, match, line)
    place = _place(row) if row else None
    if row is None:
        row, usual = _date_in_text(sheets, page, number)
    day = date_in(row, page, number.by_hand, review_below, today) if row else None
    if day is not None and not usual:
        day = replace(day, doubts=(*day.doubts, ELSEWHERE))
    subject = read_abstract(page, match, line, row)
    return _years_agree(Head(number.found, day, agency, superior, place, number.symbol, subject), number)


def _years_agree(head: Head, number: Written) -> Head:
    """Legal acts are numbered by year (``15/2024/QĐ-UBND``): another year in the date, and one of them was misread."""
    if not number.year or head.date is None or head.number is None or not head.date.value:
        return head
    if head.date.value[:4] == number.year:
        return head
    one, other = (replace(found, doubts=(*found.doubts, YEARS_DIFFER)) for found in (head.number, head.date))
    return replace(head, number=one, date=other)


# -- date and place ---------------------------------------------------------------------------------------------


def dated(row: Row) -> tuple[Printed, tuple[int, int]] | None:
    """A date that ``row`` consists of, with the characters of the place before it (none: an empty span).

    A place is a few words with capitals (``TP. Hồ Chí Minh``, ``Phường 12``), so prose that cites a date is none.
    """
    for printed in (*dates.find(row.text), *dates.without_day(row.text)):
        if printed.blank and printed.start < _BLANK_PLACE:
            return printed, (0, 0)
        before = re.sub(r"(?:\bngay\s*:?)?\s*$", "", row.folded.plain[: printed.start])
        behind = re.findall(r"[^\W_]", row.text[printed.end :])
        cited = _CITED.match(row.folded.plain[printed.end :])
        if len(behind) > _TAIL or cited or (span := _place_span(row, before)) is None:
            continue
        if printed.day or span[1]:  # tháng 3 năm 2024 alone is as well part of an abstract
            return printed, span
    return None


def _place_span(row: Row, before: str) -> tuple[int, int] | None:
    end = len(re.sub(r"[\s,;.:\-–—(]+$", "", before))
    made = _MADE_AT.match(before)
    start = made.end() if made else len(before) - len(before.lstrip(" .,-–—_|~*'\"(["))
    if end <= start:
        return (0, 0)
    words = row.text[start:end].split()
    named = [word for word in words if word[:1].isupper() or word[:1].isdigit() or not word[:1].isalnum()]
    small = [word for word in words if word not in named and dates.plain(word) not in _SMALL_WORDS]
    label = bool(words) and dates.plain(words[0]) in _LABELS
    if label or len(words) > _LONGEST_PLACE or small or re.search(r"[/:;]", row.text[start:end]):
        return None
    return (start, end) if re.search(r"[^\W\d]", row.text[start:end]) else (0, 0)


def _date_row(page: Sheet, match: Match, number: Row | None) -> tuple[Row | None, bool]:
    """The row with place and date, and whether it stands where dates stand: beside number or title, or has a place.

    Else it is looked for under the title and on the row of the number; never one that the text cites.
    """
    found = [(row, one) for row in _candidates(page) if (one := dated(row)) is not None]
    floor = match.title[-1].box[3] if match.title else 0.6 * page.reading.height
    placed = [row for row, (_, span) in found if span[1] > span[0] and row.box[1] <= floor]
    bare = [row for row, _ in found if row.box[1] <= floor and row.centre > 0.4 and _is_dated(row)]
    under = [(row, span) for row, (_, span) in found if row.box[1] > floor and row.centre > 0.35 and _is_dated(row)]
    placed += [row for row, span in under if span[1] > span[0]]
    blank = [row for row in head_rows(page) if row.centre > 0.4 and dates.opens(row.text) and not dates.first(row.text)]
    beside = [number] if number is not None and any(one.iso for one in dates.find(number.text)) else []
    next_row = [row for row, _ in found if number is not None and follows(row, number)]
    usual = next(iter((*placed, *bare, *blank)), None)
    return usual or next(iter((*(row for row, _ in under), *beside, *next_row)), None), usual is not None


def _date_in_text(sheets: Sequence[Sheet], page: Sheet, number: Written) -> tuple[Row | None, bool]:
    """The date of a paper whose head has none, where its text says it; and whether such papers are dated so.

    Minutes and agreements: ``Hôm nay, …, ngày …``. Laws and ordinances: the day they were passed, at their end.
    """
    for opened in _sentences(page, _TODAY):
        return opened, True
    law = number.symbol is not None and bool(_OF_PARLIAMENT.search(number.symbol.value))
    for one in reversed(own_pages(sheets)):
        for passed in _sentences(one, _THIS_ACT):
            said = _PASSED.search(passed.folded.plain)
            if said and dates.first(passed.text[said.start() :]):
                words = passed.span(said.start(), len(passed.text))
                return Row(one.reading.number, words, passed.width, passed.height), law
    return None, False


def _sentences(page: Sheet, opening: re.Pattern[str]) -> Iterator[Row]:
    """Rows that begin so, each with the two that follow, if there is a date in them."""
    for row in page.rows:
        if opening.match(row.folded.plain):
            under = sorted(
                (one for one in page.rows if one.box[1] > (row.box[1] + row.box[3]) / 2 and not apart(one, row)),
                key=lambda one: one.box[1],
            )
            words = [word for one in (row, *under[: _SENTENCE_ROWS - 1]) for word in one.words]
            whole = Row(row.page, tuple(words), row.width, row.height)
            if dates.find(whole.text):
                yield whole


def _is_dated(row: Row) -> bool:
    """Not ``Ngày: 07/3/2024``, as in the frame of an arrival stamp."""
    return not re.match(r"^\W*(?:ngay\s*:|den\b)", row.folded.plain)


def _candidates(page: Sheet) -> Iterator[Row]:
    """Rows of the head, and two of them as one where a narrow column has broken a date."""
    rows = head_rows(page)
    for at, row in enumerate(rows):
        yield row
        if dates.find(row.text) or not re.search(r"\bngay\b|\bthang\b", row.folded.plain):
            continue
        for below in rows[at + 1 :]:
            if follows(below, row) and re.match(r"^(?:ngay|thang|nam|\d)", below.folded.plain):
                yield Row(row.page, (*row.words, *below.words), row.width, row.height, row.zone)
                break


def date_in(row: Row, page: Sheet, pen: bool, review_below: float, today: date | None = None) -> Found | None:
    """The date in ``row``; ``pen`` says that the number of the same paper seems to be handwritten."""
    printed = next(iter((*dates.find(row.text), *dates.without_day(row.text))), None)
    if printed is None:
        return None
    words = row.span(printed.start, printed.end)
    raw = row.text[printed.start : printed.end]
    reasons = [values.NOT_A_DATE] if not printed.iso else [ABSURD] if _absurd(printed.iso, today) else []
    if page.reading.mode == "text-layer":
        return Found(printed.iso, raw, row.page, words, "zone", 1.0, tuple(reasons))
    figures = tuple(word for word in words if re.search(r"\d", word.text))
    day = row.span(*printed.day_at) if printed.day else ()
    year = [word for word in words if re.fullmatch(r"\d{4}\W*", word.text)]
    by_hand = pen or _day_by_hand(printed, row, day, year) or pen_region(page, day)
    if by_hand:
        reasons.insert(0, f"ngày {values.HANDWRITTEN}")
    certain = values.sure(figures, review_below)
    if not certain:
        reasons.append(values.UNSURE)
    by_strokes = by_hand and values.tall(day, year)
    guessed = all(word.confidence >= LEGIBLE for word in figures) if by_hand else legibly(figures)
    readable = certain if by_strokes else guessed
    return Found(printed.iso if readable else "", raw, row.page, words, "zone", 1.0, tuple(reasons))


def _absurd(iso: str, today: date | None) -> bool:
    return not _FIRST.isoformat() <= iso <= min(today or _LAST, _LAST).isoformat()


def _day_by_hand(printed: Printed, row: Row, day: Sequence[Word], year: Sequence[Word]) -> bool:
    """No figures where the day stands, or taller ones than the year's, or a blank beside them left for a pen."""
    room = not printed.day.isdecimal() and re.search(r"\bngay\b", row.folded.plain) is not None
    return room or values.tall(day, year) or _wide(row, day)


def _wide(row: Row, day: Sequence[Word]) -> bool:
    """A blank beside the day that was left for a pen."""
    if not day:
        return False
    at = row.words.index(day[0])
    height = max(day[0].box[3] - day[0].box[1], 1.0)
    before = day[0].box[0] - row.words[at - 1].box[2] if at else 0.0
    after = row.words[at + 1].box[0] - day[0].box[2] if at + 1 < len(row.words) else 0.0
    return max(before, after) > TORN * height


def _place(row: Row) -> Found | None:
    found = dated(row)
    if found is None or found[1][1] <= found[1][0]:
        blank = re.match(r"^(?P<place>[^\d,/]{2,40}?)\s*,\s*ngay", row.folded.plain)
        span = blank.span("place") if blank else (0, 0)
    else:
        span = found[1]
    place = without_leaders(row.text[slice(*span)])
    return values.from_row(row, *span, place, "zone") if place and re.search(r"[^\W\d_]{2}", place) else None
