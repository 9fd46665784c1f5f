"""What a paper is called: its type's code, and its name as printed where that says more than the type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.classify import values
from pipeline.classify.kinds import Match
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, compact, similar
from pipeline.classify.values import Found, field_value
from pipeline.dossier import FieldValue
from pipeline.vietnamese import is_syllable, nfc

_SAME = 0.9
"""Least likeness of a printed title and one of the type's, so that it is that one, a letter misread."""
_MORE_ROWS = 2
_NO_NAME = re.compile(
    r"^\W*(?:cong ty|doanh nghiep|chi nhanh|van phong|uy ban|ubnd|chu tich|giam doc|hieu truong|so |bo |truong "
    r"|phong |ban |hoi |xac nhan|chung nhan|quyet dinh|can cu|kinh gui|ve viec|\(|\d)"
)
"""A row in capitals under a title that names somebody and does not go on with the title."""


def code(match: Match, review_below: float) -> FieldValue:
    """``ma_loai_giay_to``: the type's code, its key where it has none."""
    return _about("ma_loai_giay_to", (match.type.code or match.type.key) if match.type else "", match, review_below)


def name(sheets: Sequence[Sheet], match: Match, review_below: float) -> FieldValue:
    """``ten_giay_to``: the title of the type that is printed, in full where it says more (ĐƠN ĐỀ NGHỊ CẤP LẠI …)."""
    if match.type is None or not match.title:
        return _about("ten_giay_to", match.type.name.vi if match.type else "", match, review_below)
    rows = (*match.title, *(() if match.type.act else _going_on(sheets, match.title)))
    printed = " ".join(row.text for row in rows).strip(" -–—_:")
    known = _known(printed, match)
    if known:
        of_type = compact(known) == compact(match.type.name.vi)
        return replace(
            _about("ten_giay_to", match.type.name.vi if of_type else known, match, review_below),
            raw=printed,
            page=rows[0].page,
            box=rows[0].box,
        )
    words = tuple(word for row in rows for word in row.words if re.search(r"\w", word.text))
    spaced = len(re.findall(r"(?<!\S)\w(?!\S)", printed)) > 3
    doubts = (values.ODD_WORD,) if spaced else ()
    found = Found(printed, printed, rows[0].page, words, "zone", match.confidence, doubts)
    return field_value("ten_giay_to", found, review_below)


def _known(printed: str, match: Match) -> str:
    """The title of the type that this is, a translation beside it or a letter misread; empty when it says more."""
    titles = (match.type.name.vi, *match.type.titles) if match.type else ()
    letters = compact(printed)
    begun = [title for title in titles if letters.startswith(compact(title))]
    alone = [title for title in begun if len(compact(title)) == len(letters) or _foreign(printed, title)]
    if alone:
        return min(alone, key=len)
    near = [title for title in titles if similar(compact(title), letters) >= _SAME]
    if near:
        return max(near, key=lambda title: similar(compact(title), letters))
    return "" if begun or len(letters) > len(compact(titles[0])) + 1 else titles[0]


def _foreign(printed: str, title: str) -> bool:
    """Whether what follows the title has no Vietnamese letter: it is the title in another language."""
    rest = nfc(printed)[len(title) :]
    words = re.findall(r"[A-Za-z]{2,}", rest)
    return bool(words) and rest.isascii() and not any(map(is_syllable, words))


def _going_on(sheets: Sequence[Sheet], title: Sequence[Row]) -> Iterator[Row]:
    """Rows in capitals right under a title that is none of an act: GIẤY PHÉP / KHAI THÁC NƯỚC DƯỚI ĐẤT."""
    rows = next((page.rows for page in sheets if title[-1] in page.rows), ())
    last = title[-1]
    for row in rows[rows.index(last) + 1 :][:_MORE_ROWS] if rows else ():
        tall = last.box[3] - last.box[1]
        near = 0 < row.box[1] - last.box[1] < 2 * tall and abs(row.centre - last.centre) < 0.12
        marked = not nfc(row.text).isascii() and capitals(row.text) >= 0.95
        if not (near and marked and row.box[3] - row.box[1] > 0.6 * tall) or _NO_NAME.match(row.folded.plain):
            return
        yield row
        last = row


def _about(key: str, value: str, match: Match, review_below: float) -> FieldValue:
    doubtful = match.type is None or match.confidence < review_below
    return FieldValue(
        key,
        value,
        confidence=match.confidence,
        source="rule",
        needs_review=doubtful,
        reason=values.UNKNOWN_TYPE if doubtful else "",
    )
