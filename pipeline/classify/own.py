"""A type's own fields: what stands behind a label, what a pattern finds, what a QR code or MRZ says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.classify import foot, normal, patterns, proven, values
from pipeline.classify.acts import Head
from pipeline.classify.labels import Spot, known, spots
from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import compact
from pipeline.classify.persons import Blocks
from pipeline.classify.values import Found
from pipeline.dossier import Finding, Word
from pipeline.settings import DocumentType, OwnField

_LABEL_WEIGHT, _MISREAD_WEIGHT, _ASIDE_WEIGHT, _PATTERN_WEIGHT = 0.97, 0.94, 0.95, 0.95
_MOST_ROWS = 12
"""Rows that a value may run on for."""
_MOST_ITEMS = 30
_ITEM = re.compile(r"^\W{0,2}(?P<mark>[-–•*+]|\d{1,2}\s?[.)]|[a-zđ]\))\s*(?=\w)")
_NEAR = 2.2
"""A value under its label starts not further than this many row heights below it."""

Part = tuple[Row, int, int]
"""Characters from … to … of a row."""


@dataclass(frozen=True)
class Form:
    """The pages of one paper, its type, and every label found on them."""

    sheets: tuple[Sheet, ...]
    kind: DocumentType
    spots: tuple[Spot, ...]
    blocks: Blocks
    permanent: str = ""
    """The word for papers without an end."""


def form(sheets: Sequence[Sheet], kind: DocumentType, labels: Sequence[str], permanent: str = "") -> Form:
    """Find the labels. ``labels`` are those of all types: a value ends before one, whosever it is."""
    own = tuple(dict.fromkeys(label for spec in kind.fields.values() for label in spec.labels))
    found = spots(sheets, known(own, tuple(labels)))
    return Form(tuple(sheets), kind, found, Blocks(sheets, found, kind), permanent)


def read(paper: Form, head: Head) -> tuple[dict[str, Found], tuple[Finding, ...]]:
    """What was found for each of the type's own fields, by key (without a value: absent), and what to tell of it.

    QR code and MRZ, which prove themselves, go before print; print that clearly differs from them is told.
    """
    built = _from_layout(paper, head)
    printed: dict[str, Found] = {}
    for key, spec in paper.kind.fields.items():
        found = built.get(key) or behind_label(paper, spec) or _from_pattern(paper.sheets, spec)
        if found is not None and found.value:
            printed[key] = found
    coded, findings = proven.compare(proven.read(paper.sheets, paper.kind, paper.permanent), printed, paper.kind)
    return printed | coded, findings


def _from_layout(paper: Form, head: Head) -> dict[str, Found]:
    """Fields that stand at a place of the layout and behind no label."""
    fields = paper.kind.fields
    parts = {spec.part for spec in fields.values()}
    found = {
        "symbol": head.symbol,
        "place": head.place,
        "superior": head.superior,
        "signer": foot.signer(paper.sheets) if "signer" in parts else None,
        "recipients": foot.recipients(paper.sheets) if "recipients" in parts else None,
    }
    return {key: one for key, spec in fields.items() if (one := found.get(spec.part)) is not None}


def _from_pattern(sheets: Sequence[Sheet], spec: OwnField) -> Found | None:
    """A pattern without labels is looked for anywhere on the paper."""
    if not spec.pattern or spec.labels:
        return None
    for page in sheets:
        for row in page.rows:
            if spec.zone and row.zone not in ("", spec.zone):
                continue
            match = patterns.search(spec.pattern, row.text)
            if match:
                group = match.lastindex or 0
                value = normal.normalise(match.group(group), spec.kind)
                return values.from_row(row, *match.span(group), value, "label", _PATTERN_WEIGHT)
    return None


# -- behind a label ---------------------------------------------------------------------------------------------


def behind_label(paper: Form, spec: OwnField) -> Found | None:
    """The first label, in the order of the configuration, that has a value of the right kind behind it.

    A value that fails its check is taken only when no other place has a good one.
    """
    second: Found | None = None
    for label in dict.fromkeys(compact(one) for one in spec.labels):
        for spot in paper.spots:
            if spot.label != label or not paper.blocks.of(spot, spec):
                continue
            for parts, weight in _behind(paper, spot):
                found = _taken(parts, weight if spot.sure else min(weight, _MISREAD_WEIGHT), spec, paper.permanent)
                if found is not None and not found.doubts:
                    return found
                second = second or found
    return second


def _behind(paper: Form, spot: Spot) -> Iterator[tuple[list[Part], float]]:
    """Candidates: the rest of the row (with the rows that go on), the row to the right, the row below."""
    rows = paper.sheets[spot.sheet].rows
    row = rows[spot.row]
    end = _next_spot(paper, spot.sheet, spot.row, spot.end)
    rest = row.text[spot.end : end]
    if re.search(r"\w", normal.clean(rest)):
        parts = _run_on(paper, spot.sheet, (row, spot.end, end)) if end == len(row.text) else [(row, spot.end, end)]
        yield parts, _LABEL_WEIGHT
        if len(parts) > 1:
            yield parts[:1], _LABEL_WEIGHT
        return
    blank = re.search(r"[.…_]{3}|…", rest)
    beside = [] if end < len(row.text) else [one for one in _right_of(row, rows) if _opens_free(paper, spot.sheet, one)]
    items = _items(paper, spot)
    if items:
        yield items, _ASIDE_WEIGHT
    for other in (*beside, *([] if blank or beside else _below(row, spot, rows))):
        at = rows.index(other)
        stop = _next_spot(paper, spot.sheet, at, 0)
        if stop > 0:
            whole = stop == len(other.text)
            yield (_run_on(paper, spot.sheet, (other, 0, stop)) if whole else [(other, 0, stop)]), _ASIDE_WEIGHT
            yield [(other, 0, stop)], _ASIDE_WEIGHT


def _items(paper: Form, spot: Spot) -> list[Part]:
    """A list below its label: rows that begin with a number, letter or dash, each with the rows that go on."""
    rows = paper.sheets[spot.sheet].rows
    parts: list[Part] = []
    for at in range(spot.row + 1, min(len(rows), spot.row + 1 + _MOST_ITEMS)):
        row, above = rows[at], parts[-1][0] if parts else rows[spot.row]
        item = _ITEM.match(row.text)
        if _next_spot(paper, spot.sheet, at, 0) < len(row.text) or row.box[1] - above.box[1] > 2 * _NEAR * _tall(row):
            break
        if item is None and not (parts and _goes_on(above, row)):
            break
        parts.append((row, item.end() if item and item["mark"] in "-–•*+" else 0, len(row.text)))
    return parts if len(parts) > 1 else []


def _opens_free(paper: Form, sheet: int, row: Row) -> bool:
    """Whether the row does not begin with another label."""
    return _next_spot(paper, sheet, paper.sheets[sheet].rows.index(row), 0) > 0


def _tall(row: Row) -> float:
    return row.box[3] - row.box[1]


def _next_spot(paper: Form, sheet: int, row: int, start: int) -> int:
    """Where the next label in the row begins, or its end."""
    later = [one.start for one in paper.spots if one.sheet == sheet and one.row == row and one.start >= start]
    return min(later, default=len(paper.sheets[sheet].rows[row].text))


def _run_on(paper: Form, sheet: int, first: Part) -> list[Part]:
    """The value with the rows below that go on with it."""
    rows = paper.sheets[sheet].rows
    parts = [first]
    for at in range(rows.index(first[0]) + 1, min(len(rows), rows.index(first[0]) + 1 + _MOST_ROWS)):
        below, last = rows[at], parts[-1][0]
        indented = len(parts) > 1 and below.box[0] - parts[1][0].box[0] > below.box[3] - below.box[1]
        stop = _next_spot(paper, sheet, at, 0)
        if indented or not _goes_on(last, below) or stop < len(below.text):
            break
        parts.append((below, 0, stop))
    return parts


def _goes_on(row: Row, below: Row) -> bool:
    """The value runs on: the row reaches the right margin or ends in a comma, and the next one is no new item."""
    unfinished = row.box[2] > 0.8 * row.width or re.search(r"[,\-–]$", row.text.strip())
    near = 0 < below.box[1] - row.box[1] < _NEAR * (row.box[3] - row.box[1])
    fresh = re.match(r"^\s*(?:[-–•*]|\d{1,2}\s?[.)]|[IVX]+\s?\.|[a-zđ]\))", below.text) or ":" in below.text
    return bool(unfinished and near and not fresh)


def _right_of(row: Row, rows: Sequence[Row]) -> list[Row]:
    level = [
        other
        for other in rows
        if other.box[0] >= row.box[2]
        and min(other.box[3], row.box[3]) - max(other.box[1], row.box[1]) > 0.4 * (row.box[3] - row.box[1])
    ]
    return sorted(level, key=lambda other: other.box[0])[:1]


def _below(row: Row, spot: Spot, rows: Sequence[Row]) -> list[Row]:
    """The row under a label; figures that number the columns of a table, ``(1)``, stand in between."""
    height = row.box[3] - row.box[1]
    words = row.span(spot.start, max(spot.end, spot.start + 1))
    left = words[0].box[0] if words else row.box[0]
    under = [
        other
        for other in rows
        if 0 < other.box[1] - row.box[1] <= _NEAR * height
        and other.box[0] < row.box[2]
        and other.box[2] > left
        and not re.fullmatch(r"\(\d{1,2}\)", other.text.strip())
    ]
    return sorted(under, key=lambda other: other.box[1])[:1]


def _taken(parts: Sequence[Part], weight: float, spec: OwnField, permanent: str) -> Found | None:
    text = "".join(_joined(row, start, end) for row, start, end in parts)
    value = normal.value_of(text, spec, permanent)
    if not value:
        return None
    words = tuple(word for row, start, end in parts for word in row.span(start, end))
    found = Found(value, text.strip(), parts[0][0].page, _said(words, value), "label", weight)
    return found if normal.valid(value, spec.kind) else replace(found, doubts=(values.INVALID,))


def _joined(row: Row, start: int, end: int) -> str:
    """A row's share of a value; the items of a list are set apart by semicolons."""
    item = _ITEM.match(row.text) if end == len(row.text) else None
    return f"; {row.text[start:end].rstrip('; ')}" if item else f" {row.text[start:end]}"


def _said(words: Sequence[Word], value: str) -> tuple[Word, ...]:
    """The words that the value was made of: how sure the rest of the row is does not matter to it."""
    letters = compact(value)
    used = tuple(word for word in words if (bare := compact(word.text)) and bare in letters)
    return used if used and compact("".join(word.text for word in used)) == letters else tuple(words)
