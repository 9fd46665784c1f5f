"""Foot of a paper: who signed, for which agency, when, and who received it (Decree 30/2020/NĐ-CP, Appendix I)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from pipeline.classify import acts, dates
from pipeline.classify.agency import names_an_agency
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, without_leaders
from pipeline.classify.signature import CAPACITY, POSITION, capacity, is_name, own_pages, position, signatures, signer
from pipeline.classify.values import Found
from pipeline.vietnamese import syllable_share

__all__ = [
    "capacity",
    "date_over_signature",
    "is_name",
    "position",
    "recipients",
    "signer",
    "signing_agency",
    "signing_date",
]

_ITEM = re.compile(r"^\s*[-–—~_•+*]\s*(?=\w)")
_RECIPIENTS = re.compile(r"^\W*noi (?:nhan|gui)\b\s*[:.;]?")
_KEPT = re.compile(r"^\W*luu\b")
"""``Lưu: VT`` ends the list."""
_ORGAN = re.compile(
    r"hoi dong (?:quan tri|thanh vien|quan ly|truong|sang lap)|ban (?:giam doc|giam hieu|chap hanh|thuong vu|"
    r"thuong truc|lanh dao|quan tri|kiem soat)|dang doan|tap the"
)
"""In whose name someone signs within an agency that is not named with it."""
_SAID = re.compile(r"[^\W\d_]{2}|[^\W\d_].*[^\W_]")
_LIST_GAP = 2.4
"""Two rows of the list are no further apart than this many of their heights."""


def recipients(sheets: Sequence[Sheet]) -> Found | None:
    """``Nơi nhận``: the items of the list under it, joined by semicolons; from the page with the signature.

    Items begin with a dash and may run on; a list without dashes is taken row by row.
    """
    mine = own_pages(sheets)
    signed = {one.name.page for one in signatures(mine)}
    own = [*(page for page in mine if page.reading.number in signed), *reversed(mine)]
    for page in (*own, *reversed(sheets[len(mine) :])):
        for row in page.rows:
            label = _RECIPIENTS.match(row.folded.plain)
            headless = page is not sheets[0] or row.middle > 0.1
            if label and row.box[0] < 0.45 * row.width and headless:
                found = _listed(row, label.end(), page)
                if found is not None:
                    return found
    return None


def _listed(label: Row, behind: int, page: Sheet) -> Found | None:
    rows = list(_list_rows(label, page))
    beside = label.text[behind:].strip()
    texts = [*([beside] if _SAID.search(beside) else []), *(row.text for row in rows)]
    dashed = any(_ITEM.match(text) for text in texts)
    items: list[str] = []
    for text in texts:
        if items and dashed and not _ITEM.match(text):
            items[-1] = f"{items[-1]} {text.strip()}"
        else:
            items.append(_ITEM.sub("", text))
    value = "; ".join(done for item in items if (done := without_leaders(item).rstrip("; ")))
    words = (*(label.span(behind, len(label.text)) if beside else ()), *(word for row in rows for word in row.words))
    return Found(value, "\n".join(texts), label.page, tuple(words), "zone") if value else None


def _list_rows(label: Row, page: Sheet) -> Iterator[Row]:
    """Rows of the left column under the label, one right after the other, up to what the office keeps."""
    last, kept = label, False
    for row in page.rows:
        if row.box[1] <= label.box[1] or row.centre > 0.6 or row.box[0] > 0.45 * row.width:
            continue
        height = max(last.box[3] - last.box[1], row.box[3] - row.box[1])
        fresh = bool(_ITEM.match(row.text))
        over = kept and not last.text.rstrip().endswith(",")
        loud = capitals(row.text) > 0.8 and len(row.folded.letters) > 5
        if row.box[1] - last.box[1] > _LIST_GAP * height or (not fresh and (over or loud)):
            return
        last = row
        kept = kept or bool(_KEPT.match(row.folded.plain))
        if _SAID.search(row.text):
            yield row


def signing_date(sheets: Sequence[Sheet]) -> tuple[Row, Sheet] | None:
    """The last row with place and date, for papers that bear them over the signature."""
    for page in reversed(sheets):
        for row in reversed(page.rows):
            if row.centre > 0.4 and dates.find(row.text) and (acts.dated(row) or dates.opens(row.text)):
                return row, page
    return None


def date_over_signature(sheets: Sequence[Sheet], review_below: float, today: date | None = None) -> Found | None:
    """The date of a paper that is dated where it is signed; ``today`` as in :func:`acts.read_head`."""
    found = signing_date(sheets)
    return acts.date_in(found[0], found[1], pen=False, review_below=review_below, today=today) if found else None


def signing_agency(sheets: Sequence[Sheet]) -> Found | None:
    """The agency named over the signature (``TM. ỦY BAN NHÂN DÂN PHƯỜNG …``) or whose head signs."""
    for row in _rows_backwards(sheets):
        plain = CAPACITY.sub("", row.folded.plain)
        if capitals(row.text) < 0.8 or row.centre < 0.4 or row.middle < 0.35:
            continue
        head = re.match(r"(?:cuc truong|giam doc|chu tich|truong|chanh|bo truong|thu truong)\s+(?=\w)", plain)
        name = plain[head.end() :] if head else plain
        whole = not _ORGAN.fullmatch(name.strip(" .,:"))
        if len(name) > 8 and whole and names_an_agency(row.text[len(row.text) - len(name) :]):
            return _whole_name(row, len(row.text) - len(name), sheets)
    return None


def _whole_name(row: Row, start: int, sheets: Sequence[Sheet]) -> Found:
    """The agency from character ``start`` of ``row``, with the rows that go on right under it in capitals.

    A position ends it, and so does a translation: CỤC CẢNH SÁT / QUẢN LÝ HÀNH CHÍNH … / DIRECTOR GENERAL OF THE …
    """
    parts, words = [row.text[start:]], list(row.span(start, len(row.text)))
    last = row
    for other in (one for page in sheets for one in page.rows if one.page == row.page):
        step, height = other.box[1] - last.box[1], last.box[3] - last.box[1]
        if not 0.5 * height < step < 2.0 * height or abs(other.centre - last.centre) > 0.06:
            continue
        plain = other.folded.plain
        if capitals(other.text) < 0.8 or POSITION.search(plain) or CAPACITY.match(plain):
            break
        if syllable_share(other.text) < 0.7:
            break
        parts.append(other.text)
        words += other.words
        last = other
    text = without_leaders(" ".join(part.strip(" .") for part in parts))
    return Found(text, "\n".join(parts), row.page, tuple(words), "zone", 0.9)


def _rows_backwards(sheets: Sequence[Sheet]) -> Iterator[Row]:
    for page in reversed(sheets):
        yield from reversed(page.rows)
