"""Names of bodies that are not whole: a kind of body without its place or name, and rows that go on with a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.classify import values
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, without_leaders
from pipeline.classify.signature import CAPACITY, POSITION
from pipeline.classify.values import Found
from pipeline.vietnamese import fold, nfc, syllable_share

_NAMELESS = re.compile(
    r"(?:tm\.?\s*)?(?:uy ban nhan dan|ubnd|uy ban hanh chinh|hoi dong nhan dan|hdnd|cong an|toa an nhan dan|"
    r"vien kiem sat nhan dan|truong|truong (?:dai hoc|cao dang|trung cap|trung hoc(?: co so| pho thong)?|tieu hoc|"
    r"mam non|thpt|thcs)|dai hoc|hoc vien|benh vien(?: da khoa| phu san)?|tram y te|trung tam y te|chi nhanh|"
    r"chi cuc thue|van phong cong chung|phong cong chung|cong ty(?: co phan| tnhh)?|hop tac xa)"
)
"""What names a kind of body and none of them: on every paper of a dossier it would be another one."""
_SIGNED_FOR = re.compile(r"^\W*(?:TM\b\.?)?\s*")
_PLACE = re.compile(r"\W*(?:tinh|thanh pho|tp|quan|huyen|thi xa|thi tran|xa|phuong|dac khu)\b")
_WEIGHT = 0.95
_NEAR, _ASIDE = 1.9, 0.03
"""A row that goes on starts not further below than this many row heights, and this share of the page aside at most."""
_MOST_ROWS = 2


def nameless(name: str) -> bool:
    """Whether ``name`` is a kind of body without the name or place that tells which."""
    return bool(_NAMELESS.fullmatch(fold(nfc(name)).strip(" .,:-")))


def completed(found: Found, sheets: Sequence[Sheet]) -> Found:
    """``found``, an agency; one without its name as another row of the paper has it in full, else to be looked at.

    Certificates of land use name the committee in full at their top, and over the signature as ``TM. ỦY BAN NHÂN DÂN``
    alone. Two different names leave open which it is.
    """
    if not nameless(found.value):
        return found
    bare = fold(_SIGNED_FOR.sub("", found.value)).strip(" .,:")
    whole: dict[str, Found] = {}
    for page in sheets:
        for row in page.rows:
            named = _named(row, page.rows, bare)
            if named is not None:
                whole.setdefault(fold(named.value), replace(named, source=found.source, doubts=found.doubts))
    if len(whole) == 1:
        return whole.popitem()[1]
    return replace(found, doubts=tuple(dict.fromkeys((*found.doubts, values.NAMELESS))))


def _named(row: Row, rows: Sequence[Row], bare: str) -> Found | None:
    """The name that begins with ``bare`` in ``row``, its place in the same row or in the next one; or ``None``."""
    text = without_leaders(_SIGNED_FOR.sub("", row.text)).strip(" .,:")
    plain = fold(text)
    if capitals(text) <= 0.8 or not plain.startswith(bare) or POSITION.search(plain[len(bare) :]):
        return None
    if plain[len(bare) :].startswith(" "):
        return Found(text, row.text, row.page, row.words, "zone", _WEIGHT)
    below = next(iter(goes_on(row, rows, ())), None) if plain == bare else None
    if below is None or not _PLACE.match(below.folded.plain):
        return None
    value = f"{text} {without_leaders(below.text).strip(' .,:')}"
    return Found(value, f"{row.text}\n{below.text}", row.page, (*row.words, *below.words), "zone", _WEIGHT)


def goes_on(row: Row, rows: Sequence[Row], titles: Sequence[str]) -> list[Row]:
    """The rows right under ``row``, one under the other, that go on with a name in capitals at the end of it.

    A title of the paper (``titles``), a position, a translation, anything with a colon or a figure ends the name.
    """
    known = tuple(fold(nfc(title)) for title in titles)
    found: list[Row] = []
    last = row
    while len(found) < _MOST_ROWS:
        below = next((other for other in rows if _under(other, last)), None)
        if below is None or not _part_of_a_name(below, known):
            break
        found.append(below)
        last = below
    return found


def _under(row: Row, above: Row) -> bool:
    height = above.box[3] - above.box[1]
    step = row.box[1] - above.box[1]
    aside = min(abs(row.box[0] - above.box[0]), abs(row.centre - above.centre) * row.width)
    return 0.5 * height < step < _NEAR * height and aside < _ASIDE * row.width


def _part_of_a_name(row: Row, titles: Sequence[str]) -> bool:
    plain = row.folded.plain
    loud = capitals(row.text) > 0.8 and not re.search(r"[:\d(/]", row.text)
    other = POSITION.search(plain) or CAPACITY.match(plain) or any(plain.startswith(title) for title in titles)
    return loud and not other and syllable_share(row.text) >= 0.7
