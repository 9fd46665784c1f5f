"""Foot of a paper: who signed, for which agency, when, and who received it (Decree 30/2020/NĐ-CP, Appendix I)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.classify import acts, dates, values
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, without_leaders
from pipeline.classify.values import Found
from pipeline.vietnamese import syllable_share

_POSITION = re.compile(
    r"(?:chu tich|giam doc|truong (?:phong|ban)|bo truong|thu truong|chanh |cuc truong|vu truong|hieu truong|"
    r"vien truong|tong giam doc|thu tuong|truong doan|pho truong|cong chung vien|nguoi dung dau|can bo|dai ta|"
    r"truong cong an|nguoi ky|tu phap|ho tich)"
)
_SIGN = re.compile(r"^(?:tm|kt|tl|tuq|q)\s?[.,]\s?")
_ITEM = re.compile(r"^\s*[-–—~_]\s*\w")


def signer(sheets: Sequence[Sheet]) -> Found | None:
    """Name of the signer: under the last position (CHỦ TỊCH, GIÁM ĐỐC …) in the right half of a page."""
    for page in reversed(sheets):
        rows = [row for row in page.rows if row.centre > 0.45]
        places = [at for at, row in enumerate(rows) if _POSITION.search(row.folded.plain) and capitals(row.text) > 0.8]
        for at in reversed(places):
            name = next((row for row in rows[at + 1 :] if is_name(row.text)), None)
            if name is not None:
                return values.from_row(name, 0, len(name.text), name.text.strip(" .,"), "zone", 0.95)
    return None


def is_name(text: str) -> bool:
    """Two to five capitalised words of letters, not all in capitals."""
    words = text.strip(" .,").split()
    return 2 <= len(words) <= 5 and all(
        re.fullmatch(r"[^\W\d_]+", w) and w[0].isupper() and not w[1:].isupper() for w in words
    )


def recipients(sheets: Sequence[Sheet]) -> Found | None:
    """``Nơi nhận``: the dashed rows under it, in the left half, joined by semicolons."""
    for page in reversed(sheets):
        for at, row in enumerate(page.rows):
            if row.folded.find("Nơi nhận") and row.centre < 0.55:
                items = [one for one in page.rows[at + 1 :] if one.centre < 0.6 and _ITEM.match(one.text)]
                text = "; ".join(without_leaders(one.text).rstrip("; ") for one in items)
                words = tuple(word for one in items for word in one.words)
                return Found(text, "\n".join(one.text for one in items), row.page, words, "zone") if items else None
    return None


def signing_date(sheets: Sequence[Sheet]) -> tuple[Row, Sheet] | None:
    """The last row with place and date, for papers that bear them over the signature."""
    for page in reversed(sheets):
        for row in reversed(page.rows):
            placed = acts.PLACE.search(row.folded.plain) or dates.opens(row.text)
            if placed and row.centre > 0.4 and dates.find(row.text):
                return row, page
    return None


def date_over_signature(sheets: Sequence[Sheet], review_below: float) -> Found | None:
    """The date of a paper that is dated where it is signed."""
    found = signing_date(sheets)
    return acts.date_in(found[0], found[1], pen=False, review_below=review_below) if found else None


def signing_agency(sheets: Sequence[Sheet]) -> Found | None:
    """The agency named over the signature (``TM. ỦY BAN NHÂN DÂN PHƯỜNG …``) or whose head signs."""
    for row in _rows_backwards(sheets):
        plain = _SIGN.sub("", row.folded.plain)
        if capitals(row.text) < 0.8 or row.centre < 0.4 or row.middle < 0.35:
            continue
        head = re.match(r"(?:cuc truong|giam doc|chu tich|truong|chanh|bo truong|thu truong)\s+(?=\w)", plain)
        name = plain[head.end() :] if head else plain
        if acts.AGENCY.match(name) and len(name) > 8:
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
        if capitals(other.text) < 0.8 or _POSITION.search(plain) or _SIGN.match(plain):
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
