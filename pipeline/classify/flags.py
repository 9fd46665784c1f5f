"""Papers that are not to be digitised: marks of secrecy, certified copies, photocopies (Circular 01/2023, art. 4).

A mark is a stamp, not a word: it stands alone, in capitals, in the upper part of a page, or (the long wording of a
certification) in capitals anywhere. Words of running text, of lists and of blank forms never count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.classify.layout import Row, Sheet, is_motto, is_nation
from pipeline.classify.matching import Folded, capitals, compact, could_be, similar
from pipeline.dossier import Finding, Severity, Text
from pipeline.settings import Flag

_UPPER_PART = 0.35
_SURE_LENGTH = 8
"""Marks of at least this many letters may have a wrong letter; shorter ones only lost marks."""


def find(sheets: Sequence[Sheet], flags: Sequence[Flag]) -> tuple[Finding, ...]:
    """One finding for each flag that is on the paper, at its first page."""
    found = []
    for flag in flags:
        for page in sheets:
            severity = _on(page, flag)
            if severity is not None:
                found.append(_finding(flag, page.reading.number, severity))
                break
    return tuple(found)


def _finding(flag: Flag, page: int, severity: Severity) -> Finding:
    vi, en = (f"{text} ({flag.basis})" for text in (flag.message.vi, flag.message.en))
    return Finding(flag.rule, f"page {page}", Text(vi, en), severity)


def _on(page: Sheet, flag: Flag) -> Severity | None:
    severity = Severity(flag.severity)
    if flag.zone == "anywhere":
        return severity if any(_worded(page, mark) for mark in flag.marks) else None
    for row in page.rows:
        if row.middle > _UPPER_PART and not _stamped(row, page):
            continue
        for mark in flag.marks:
            if _alone(row.text, mark):
                return severity
            if _alone(row.text.strip().removeprefix("(").removesuffix(")"), mark):
                return Severity.WARNING
    return None


def _stamped(row: Row, page: Sheet) -> bool:
    x, y = (row.box[0] + row.box[2]) / 2, (row.box[1] + row.box[3]) / 2
    boxes = [region.box for region in page.reading.regions if region.kind == "stamp"]
    return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)


def _alone(text: str, mark: str) -> bool:
    """The row is that mark and nothing else. A frame read as a stroke or bar beside it does not matter.

    In brackets the words belong to the title above (a copy issued from the register), which is weighed elsewhere.
    """
    bare = re.sub(r"^[\s|\[\]_.,:;'\"!-]+|[\s|\[\]_.,:;'\"!-]+$", "", text)
    if capitals(bare) < 1.0 or re.search(r"\d", bare):
        return False
    if could_be(bare, mark):
        return True
    letters = compact(mark)
    return len(letters) >= _SURE_LENGTH and similar(compact(bare), letters) >= 1 - 1.01 / len(letters)


def _worded(page: Sheet, mark: str) -> bool:
    """A wording in capitals, on one row or broken over up to three."""
    rows = [row for row in page.rows if capitals(row.text) >= 0.8 and not is_nation(row) and not is_motto(row)]
    for at in range(len(rows)):
        near = [row for row in rows[at : at + 3] if row.box[1] - rows[at].box[1] < 4 * page.pitch * page.reading.height]
        joined = Folded(" ".join(row.text for row in near))
        place = joined.find(mark, 90.0)
        if place and capitals(joined.text[slice(*place)]) >= 0.9:
            return True
    return False
