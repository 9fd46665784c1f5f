"""Head of an administrative act in the layout of Decree 30/2020/NĐ-CP, Appendix I.

Number and day are handwritten on most papers, and what a reader makes of handwriting is a guess. So a running number
set apart from its printed symbol is never certain, and where the number was written by hand the day was too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from pipeline.classify import dates, values
from pipeline.classify.kinds import Match, head_rows, opening_sheet
from pipeline.classify.layout import Row, Sheet, is_motto, is_nation
from pipeline.classify.matching import capitals, without_leaders
from pipeline.classify.symbols import parse
from pipeline.classify.values import Found
from pipeline.dossier import Box, Word
from pipeline.vietnamese import nfc

PLACE = re.compile(r"^(?P<place>[^\d,./]{2,40}?)\s*,\s*ngay")
_ABOUT = re.compile(r"^\W{0,3}v\s?[/i]\s?v\b|^\W{0,3}ve viec\b")
_STOP = re.compile(
    r"^\W*(?:kinh gui|can cu|dieu \d|chuong [ivx\d]|phan (?:thu|[ivx\d])|thuc hien|theo de nghi|xet de nghi|hom nay|"
    r"noi nhan|[ivx]{1,4}\s?[.)]|\d{1,2}\s?[.)]|\[\d)"
)
_AUTHORITY = re.compile(
    r"^(?:chu tich|uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|giam doc|bo truong|thu truong|truong |tong giam doc|"
    r"cuc truong|hieu truong|chanh |vien truong|thu tuong|chinh phu|quoc hoi|uy ban thuong vu|tong cuc truong)"
)
AGENCY = re.compile(
    r"^(?:uy ban|ubnd|so |bo |cuc |chi cuc|tong cuc|phong |trung tam|truong |hoi |hoi dong|hdnd|van phong|cong an|"
    r"cong ty|tong cong ty|tap doan|toa an|vien |chi nhanh|thanh tra|doan |lien doan|chinh phu|thu tuong|kho bac|"
    r"ngan hang|bao hiem|dang uy|huyen uy|tinh uy|thanh uy|mat tran|benh vien|dai hoc|hoc vien|ban |quoc hoi|"
    r"kiem toan|dai su quan|hat |tram |nha xuat ban|bao |chi doan|doanh nghiep|hop tac xa|quy )"
)
_LEADING_DASH = re.compile(r"^[\s|\-–—_~.,]+(?=[^\W\d])")
LEGIBLE = 0.5
"""Figures below this confidence were not read, whatever the reader made of them."""
_TORN = 0.9
"""A blank between two parts of a number wider than this (in word heights) was left for a pen."""
_WIDEST_LETTER = 0.72
"""Letters of printed numbers are on average less wide than this share of a capital's height (measured 0.65)."""


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


def read_head(sheets: Sequence[Sheet], match: Match, review_below: float) -> Head:
    """Read number, date, agency, place and abstract from the first page of a document."""
    page = opening_sheet(sheets)
    if page is None:
        return Head()
    number, pen = _number(page, match, review_below)
    date_row = _date_row(page, match)
    agency, superior = _agency(page, match)
    return Head(
        number,
        date_in(date_row, page, pen, review_below) if date_row else None,
        agency,
        superior,
        _place(date_row) if date_row else None,
        _symbol(match),
        _subject(page, match),
    )


# -- number -----------------------------------------------------------------------------------------------------


def _number(page: Sheet, match: Match, review_below: float) -> tuple[Found | None, bool]:
    """The number, and whether it seems to be handwritten."""
    line = match.number
    if line is None:
        return None, False
    row, symbol = line.row, line.symbol
    figures = row.span(*symbol.digits_at) if symbol.digits else ()
    whole = row.span(symbol.digits_at[0] if symbol.digits else symbol.suffix_at[0], len(row.text))
    pen = page.reading.mode != "text-layer" and (
        not symbol.numbered or _torn(row, symbol.suffix_at[0], figures) or _pen_region(page, figures)
    )
    certain = values.sure(figures, review_below) if page.reading.mode != "text-layer" else True
    legible = certain or (not pen and all(word.confidence >= LEGIBLE for word in figures))
    value = symbol.value if legible else ""
    doubts: list[str] = []
    if pen:
        doubts.append(f"số {values.HANDWRITTEN}")
    elif not certain:
        doubts.append(values.UNSURE)
    if symbol.blank and not symbol.suffix:
        return None, False
    return Found(value, row.text.strip(), row.page, whole or row.words, "zone", 1.0, tuple(doubts)), pen


def _torn(row: Row, suffix_at: int, figures: Sequence[Word]) -> bool:
    """The running number stands apart from the stroke or from ``Số:``, or is taller than the print beside it."""
    if not figures:
        return True
    suffix = row.span(suffix_at, suffix_at + 1)
    apart = bool(suffix) and suffix[0] is not figures[-1]
    at = row.words.index(figures[0])
    height = max(figures[0].box[3] - figures[0].box[1], 1.0)
    blank = at > 0 and figures[0].box[0] - row.words[at - 1].box[2] > _TORN * height
    others = [word for word in row.words if word not in figures]
    return apart or blank or values.tall(figures, others) or (at > 0 and _sprawling(figures[-1], row.words[at - 1]))


def _sprawling(number: Word, label: Word) -> bool:
    """Number and symbol read as one word, but too wide for print: figures by a pen in room left for them.

    ``label`` is ``Số:``, whose height is that of a capital with its mark.
    """
    width = (number.box[2] - number.box[0]) / len(number.text)
    return width > _WIDEST_LETTER * (label.box[3] - label.box[1])


def by_pen(found: Found, sheets: Sequence[Sheet]) -> Found:
    """``found``, doubted when figures it was read from lie where a pen wrote."""
    figures = [word for word in found.words if re.search(r"\d", word.text)]
    if any(_pen_region(page, figures) for page in sheets if page.reading.number == found.page):
        return replace(found, doubts=tuple(dict.fromkeys((*found.doubts, values.HANDWRITTEN))))
    return found


def _pen_region(page: Sheet, words: Sequence[Word]) -> bool:
    regions = [region.box for region in page.reading.regions if region.kind == "handwriting"]
    return any(_overlap(word.box, box) for word in words for box in regions)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _symbol(match: Match) -> Found | None:
    line = match.number
    if line is None or not line.symbol.suffix:
        return None
    start, end = line.symbol.suffix_at
    return values.from_row(line.row, start, end, re.sub(r"^/(?:\d{4}/)?", "", line.symbol.suffix), "suffix")


# -- date -------------------------------------------------------------------------------------------------------


def _date_row(page: Sheet, match: Match) -> Row | None:
    """The row with place and date: above or beside the title, never a date cited in the text."""
    last = match.title[-1].box[3] if match.title else 0.45 * page.reading.height
    for row in head_rows(page):
        if row.box[1] > last and match.title:
            break
        if PLACE.search(row.folded.plain) and dates.find(row.text):
            return row
    rows = [row for row in head_rows(page) if row.centre > 0.4 and dates.opens(row.text)]
    return rows[0] if rows else None


def date_in(row: Row, page: Sheet, pen: bool, review_below: float) -> Found | None:
    """The date in ``row``; ``pen`` says that the number of the same paper seems to be handwritten."""
    printed = next(iter(dates.find(row.text)), None)
    if printed is None:
        return None
    words = row.span(printed.start, printed.end)
    if page.reading.mode == "text-layer":
        doubts: tuple[str, ...] = () if printed.iso else (values.NOT_A_DATE,)
        return Found(printed.iso, row.text[printed.start : printed.end], row.page, words, "zone", 1.0, doubts)
    figures = tuple(word for word in words if re.search(r"\d", word.text))
    day = row.span(*printed.day_at) if printed.day else ()
    year = [word for word in words if re.fullmatch(r"\d{4}\W*", word.text)]
    by_hand = pen or not printed.day.isdecimal() or values.tall(day, year) or _wide(row, day) or _pen_region(page, day)
    reasons = []
    if by_hand:
        reasons.append(f"ngày {values.HANDWRITTEN}")
    if not printed.iso:
        reasons.append(values.NOT_A_DATE)
    certain = values.sure(figures, review_below)
    if not certain:
        reasons.append(values.UNSURE)
    readable = certain if by_hand and values.tall(day, year) else all(word.confidence >= LEGIBLE for word in figures)
    value = printed.iso if readable else ""
    return Found(value, row.text[printed.start : printed.end], row.page, words, "zone", 1.0, tuple(reasons))


def _wide(row: Row, day: Sequence[Word]) -> bool:
    """A blank beside the day that was left for a pen."""
    if not day:
        return False
    at = row.words.index(day[0])
    height = max(day[0].box[3] - day[0].box[1], 1.0)
    before = day[0].box[0] - row.words[at - 1].box[2] if at else 0.0
    after = row.words[at + 1].box[0] - day[0].box[2] if at + 1 < len(row.words) else 0.0
    return max(before, after) > _TORN * height


def _place(row: Row) -> Found | None:
    match = PLACE.search(row.folded.plain)
    place = without_leaders(row.text[slice(*match.span("place"))]) if match else ""
    return values.from_row(row, *match.span("place"), place, "zone") if match and place else None


# -- agency -----------------------------------------------------------------------------------------------------


def _agency(page: Sheet, match: Match) -> tuple[Found | None, Found | None]:
    """Issuing agency and, above it, its superior: the left column of the head."""
    rows = _left_column(page, match)
    if not rows:
        return None, None
    first = 0
    for at in range(1, len(rows)):
        if AGENCY.match(rows[at].folded.plain) and not _unfinished(rows[at - 1]):
            first = at
    return _joined(rows[first:]), _joined(rows[:first])


def _unfinished(row: Row) -> bool:
    """The name goes on in the next row: ỦY BAN THƯỜNG VỤ / QUỐC HỘI."""
    return bool(
        re.search(r"(?:thu tuong|thuong vu|trung uong|cua|va|thuoc|cac|chap hanh|-|,)$", row.folded.plain.strip())
    )


def _left_column(page: Sheet, match: Match) -> list[Row]:
    stop = match.number.row if match.number else (match.title[0] if match.title else None)
    edge = page.boundary
    top = page.nation.box[1] - 1.2 * page.pitch * page.reading.height if page.nation else 0.0
    rows: list[Row] = []
    for row in head_rows(page):
        if stop is not None and row.box[1] >= stop.box[1] and edge < 1.0:
            continue
        if row is stop or (row in match.title):
            break
        if edge < 1.0 and (row.box[0] >= (edge - 0.02) * row.width or row.box[3] <= top):
            continue
        if _names_an_agency(row):
            rows.append(row)
        elif rows and not is_nation(row) and not is_motto(row) and re.search(r"\w", row.text):
            break
    return rows


def _names_an_agency(row: Row) -> bool:
    letters = row.folded.letters
    return (
        len(letters) >= 3
        and capitals(row.text) >= 0.75
        and not is_nation(row)
        and not is_motto(row)
        and parse(row.text) is None
        and not re.match(r"(?:mau|phu luc|bieu mau)", letters)
        and not dates.find(row.text)
        and bool(without_leaders(row.text))
    )


def _joined(rows: Sequence[Row], weight: float = 1.0) -> Found | None:
    if not rows:
        return None
    text = without_leaders(" ".join(_LEADING_DASH.sub("", row.text) for row in rows))
    words = tuple(word for row in rows for word in row.words if re.search(r"\w", word.text))
    raw = "\n".join(row.text for row in rows)
    doubts = (values.ODD_WORD,) if any(values.odd(word.text) for word in words) else ()
    return Found(nfc(text), raw, rows[0].page, words, "zone", weight, doubts) if text and words else None


# -- abstract ---------------------------------------------------------------------------------------------------


def _subject(page: Sheet, match: Match) -> Found | None:
    """The abstract: under the title, or ``V/v …`` under the number of a công văn."""
    if match.title:
        return _under_title(page, match)
    if match.number is None:
        return None
    edge = page.boundary
    below = [
        row for row in head_rows(page) if row.box[1] > match.number.row.box[1] and (edge == 1.0 or row.centre < edge)
    ]
    start = next((at for at, row in enumerate(below) if _ABOUT.match(row.folded.plain)), None)
    return _joined(_block(below[start:], page)) if start is not None else None


def _under_title(page: Sheet, match: Match) -> Found | None:
    """Every act has its abstract there; on other papers (BẢN CHÍNH, an English title) it has to say it is one."""
    rows = list(page.rows)
    last = match.title[-1]
    after = rows[rows.index(last) + 1 :] if last in rows else []
    level = [row for row in after if row.box[1] > last.box[1] + 0.3 * (last.box[3] - last.box[1])]
    block = _block(level, page, last)
    if match.type is not None and not match.type.act:
        if not block or not _ABOUT.match(block[0].folded.plain):
            return None
        block = list(takewhile(lambda row: ":" not in row.text, block))
    return _joined([row for row in block if re.search(r"[^\W\d]{2}", row.text)])


def _block(rows: Sequence[Row], page: Sheet, above: Row | None = None) -> list[Row]:
    """Rows that belong together: one after the other without a wider blank, up to where the body begins."""
    taken: list[Row] = []
    previous = above
    steps = [page.pitch]
    for row in rows[:12]:
        plain = row.folded.plain.strip()
        step = row.middle - previous.middle if previous else 0.0
        if taken and step > 1.6 * min(steps):
            break
        listed = above is not None and plain.startswith("- ")
        if listed or _STOP.match(plain) or (_AUTHORITY.match(plain) and capitals(row.text) > 0.8):
            break
        if not re.search(r"\w", row.text):
            if taken:
                break
            continue
        if taken and step > 0:
            steps.append(step)
        taken.append(row)
        previous = row
    return taken
