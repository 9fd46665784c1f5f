"""What was entered on a certificate after it was issued, and what that does to the values printed when it was.

Certificates of land use rights have a section for later changes, filled in over the years by the land registry: the
owner printed on the first page may long have sold, and agency and date of an entry are not those of the certificate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.classify import own, values
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import Folded, capitals
from pipeline.classify.values import Found
from pipeline.settings import DocumentType

_SECTION = re.compile(r"^\W*(?:[ivx\d]{1,4}\s?[.)])?\s*nhung thay doi sau khi cap")
_HEADINGS = re.compile(r"^\W*(?:noi dung thay doi|xac nhan cua|co tham quyen|ngay, ?thang)")
_HOLDER = re.compile(
    r"\b(?:cho|thanh|sang ten)\s+(?:ho\s+)?(?:ong|ba)\s*:?\s+(?P<name>[^,;:(.\d]{3,40})(?=[,;:(.\d]|$)"
)
_LONG_LABEL = 8
"""Labels of more letters than this name one thing only; shorter ones (``Địa chỉ``) turn up in every entry."""


@dataclass(frozen=True)
class Changes:
    """A paper cut in two: ``issued`` is what was printed at its issue, ``entries`` what was entered afterwards."""

    issued: tuple[Sheet, ...]
    entries: tuple[Sheet, ...] = ()


def changes(sheets: Sequence[Sheet]) -> Changes:
    """Cut a document at the heading of its section for later changes; an empty section is as good as none.

    Of a sheet scanned as two pages side by side only the half with the heading is cut.
    """
    for at, page in enumerate(sheets):
        heading = next((row for row in page.rows if _SECTION.match(row.folded.plain)), None)
        if heading is None:
            continue
        below = tuple(row for row in page.rows if _under(row, heading, page))
        kept = tuple(row for row in page.rows if row not in below)
        spread = page.reading.width > page.reading.height
        after = () if spread else tuple(sheets[at + 1 :])
        entries = (replace(page, rows=tuple(row for row in below if _says_something(row))), *after)
        issued = (*sheets[:at], replace(page, rows=kept), *sheets[at + 1 + len(after) :])
        return Changes(issued, entries if any(_says_something(row) for page in entries for row in page.rows) else ())
    return Changes(tuple(sheets))


def newest(mine: Mapping[str, Found], found: Changes, kind: DocumentType, labels: Sequence[str]) -> dict[str, Found]:
    """The own fields of a paper with later entries: holder and id as last entered, everything touched to be looked at.

    ``mine`` are the values printed at the issue. What an entry says about a holder may be undone by the next one (a
    mortgage, its end), so no name and no id of such a paper is certain.
    """
    if not found.entries:
        return dict(mine)
    done = dict(mine)
    text = Folded(" ".join(row.text for page in found.entries for row in page.rows))
    for key, spec in kind.fields.items():
        touched = any(len(label) > _LONG_LABEL and text.find(label) for label in spec.labels)
        if spec.kind == "personal_id":
            last = own.behind_label(tuple(reversed(found.entries)), spec, kind, labels)
        else:
            last = _holder(found.entries) if spec.kind == "name" and spec.labels else None
        one = last or done.get(key)
        if one is not None and (last or touched or spec.kind in ("name", "personal_id")):
            done[key] = replace(one, doubts=(*one.doubts, values.CHANGED))
    return done


def _under(row: Row, heading: Row, page: Sheet) -> bool:
    if row is heading or row.box[1] < heading.box[3] - 0.5 * (heading.box[3] - heading.box[1]):
        return False
    spread = page.reading.width > page.reading.height
    return not spread or (row.centre < 0.5) == (heading.centre < 0.5)


def _says_something(row: Row) -> bool:
    """An entry, and neither a heading of the table nor small print."""
    plain = row.folded.plain
    return len(re.findall(r"[a-z]{2,}", plain)) >= 3 and not _HEADINGS.match(plain)


def _holder(entries: Sequence[Sheet]) -> Found | None:
    """Whoever the last entry says the right went to. A name may run on in the next row of the same column."""
    last = None
    for page in entries:
        for row in page.rows:
            column = [row, *(other for other in page.rows if _goes_on(row, other))][:2]
            text = Folded(" ".join(part.text for part in column))
            for match in _HOLDER.finditer(text.plain):
                name = text.text[slice(*match.span("name"))].strip()
                if match.start() < len(row.text) and all(part[:1].isupper() for part in name.split()):
                    words = tuple(word for part in column for word in part.words if word.text.strip(",.;:") in name)
                    last = Found(name, match.group(), row.page, words or row.words, "label", 0.9)
    return last


def _goes_on(row: Row, other: Row) -> bool:
    height = row.box[3] - row.box[1]
    near = 0 < other.box[1] - row.box[1] < 2.2 * height and abs(other.box[0] - row.box[0]) < height
    return near and capitals(other.text) < 0.8
