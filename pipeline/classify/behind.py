"""The value behind a label: in its row, in the rows that go on with it, to its right, under it, in a table's column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.classify import normal, places, values
from pipeline.classify.labels import Spot, known, spots
from pipeline.classify.layout import Row, Sheet, is_motto, is_nation
from pipeline.classify.matching import compact
from pipeline.classify.persons import Blocks
from pipeline.classify.signature import POSITION
from pipeline.classify.values import Found
from pipeline.dossier import Word
from pipeline.settings import DocumentType, OwnField
from pipeline.vietnamese import fold

_LABEL_WEIGHT, _MISREAD_WEIGHT, _ASIDE_WEIGHT, _CELL_WEIGHT = 0.97, 0.94, 0.95, 0.8
_MOST_ROWS, _MOST_ITEMS = 12, 30
"""Rows that a value, or a list, may run on for."""
_NEAR, _NEAR_IN_TABLE = 2.2, 5.0
"""A value under its label starts not further than this many row heights below it."""
_AFTER_COMMA = 3.2
"""Rows of cards and forms lie far apart: after a comma the next one may be so many row heights below."""
_ITEM = re.compile(r"^\W{0,2}(?P<mark>[-–•*+]|\d{1,2}\s?[.)]|[a-zđ]\))\s*(?=\w)")
_FRESH = re.compile(r"^\s*(?:[-–•*]|\d{1,2}\s?[.)]|[IVX]+\s?\.|[a-zđ]\))")
_SENTENCE = re.compile(r"[^\W\d_]{3}\.\s+[^\W\d_]\w+ \w")
"""A full stop inside a value: what follows may be the next sentence. Abbreviations (``TP.``, ``H.``) are short."""

_TRANSLATION = re.compile(r"\s*/\s*[A-Za-z][A-Za-z .,'()]+:?\s*")
"""The rest of a label in two languages, a letter of the second misread: ``Có giá trị đến / Date of exptry``."""

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
    labels: frozenset[str] = frozenset()
    """All labels of the type, as :func:`compact` gives them: nobody is called like one."""

    def next_spot(self, sheet: int, row: Row, start: int = 0) -> int:
        """Where the next label in the row begins, or its end."""
        at = self.sheets[sheet].rows.index(row)
        later = (one.start for one in self.spots if (one.sheet, one.row) == (sheet, at) and one.start >= start)
        return min(later, default=len(row.text))


def form(sheets: Sequence[Sheet], kind: DocumentType, labels: Sequence[str], permanent: str = "") -> Form:
    """Find the labels. ``labels`` are those of all types: a value ends before one, whosever it is."""
    own = tuple(dict.fromkeys(label for spec in kind.fields.values() for label in spec.labels))
    found = spots(sheets, known(own, tuple(labels)))
    return Form(tuple(sheets), kind, found, Blocks(sheets, found, kind), permanent, frozenset(map(compact, own)))


def behind_label(paper: Form, spec: OwnField) -> Found | None:
    """The first label, in the order of the configuration, that has a value of the right kind behind it.

    A value that fails its check is taken only when no other place has a good one.
    """
    second: Found | None = None
    for label in dict.fromkeys(compact(one) for one in spec.labels):
        for spot in paper.spots:
            if spot.label != label or not paper.blocks.of(spot, spec):
                continue
            for parts, weight in _behind(paper, spot, spec):
                found = _taken(parts, weight if spot.sure else min(weight, _MISREAD_WEIGHT), spec, paper)
                if found is not None and values.INVALID not in found.doubts:
                    return found
                second = second or found
    return second


def _behind(paper: Form, spot: Spot, spec: OwnField) -> Iterator[tuple[list[Part], float]]:
    """Candidates: the rest of the row (with the rows that go on), a list below, the row to the right, the row below."""
    rows = paper.sheets[spot.sheet].rows
    row = rows[spot.row]
    end = paper.next_spot(spot.sheet, row, spot.end)
    rest = row.text[spot.end : end]
    if re.search(r"\w", normal.clean(rest)) and not _TRANSLATION.fullmatch(rest):
        first = (row, spot.end, end)
        parts = _run_on(paper, spot.sheet, first) if end == len(row.text) else [first]
        yield parts, _LABEL_WEIGHT
        if len(parts) > 1:
            yield parts[:1], _LABEL_WEIGHT
        return
    items = _items(paper, spot)
    if items:
        yield items, _ASIDE_WEIGHT
    beside = [] if end < len(row.text) else _right_of(row, rows)
    cell = paper.blocks.cell(spot, spec, beside)
    free = [other for other in (beside[:1] if cell is None else [cell]) if paper.next_spot(spot.sheet, other) > 0]
    blank = re.search(r"[.…_]{3}|…", rest)
    under = [] if blank or free else _below(row, spot, rows)
    for other in (*free, *under):
        stop = paper.next_spot(spot.sheet, other)
        shared = _shared(other, row, rows) if other in under and stop == len(other.text) else None
        if shared is not None:
            yield [(other, *shared)], _CELL_WEIGHT
        elif stop > 0:
            whole = stop == len(other.text)
            yield (_run_on(paper, spot.sheet, (other, 0, stop)) if whole else [(other, 0, stop)]), _ASIDE_WEIGHT
            yield [(other, 0, stop)], _ASIDE_WEIGHT


def _items(paper: Form, spot: Spot) -> list[Part]:
    """A list below its label: rows that begin with a number, letter or dash, each with the rows that go on."""
    rows = paper.sheets[spot.sheet].rows
    parts: list[Part] = []
    for row in rows[spot.row + 1 : spot.row + 1 + _MOST_ITEMS]:
        above = parts[-1][0] if parts else rows[spot.row]
        item = _ITEM.match(row.text)
        if paper.next_spot(spot.sheet, row) < len(row.text) or row.box[1] - above.box[1] > 2 * _NEAR * _tall(row):
            break
        if item is None and not (parts and _wraps(above, row, rows)):
            break
        parts.append((row, item.end() if item and item["mark"] in "-–•*+" else 0, len(row.text)))
    return parts if len(parts) > 1 else []


# -- rows that go on --------------------------------------------------------------------------------------------


def _run_on(paper: Form, sheet: int, first: Part) -> list[Part]:
    """The value with the rows below that go on with it."""
    rows = paper.sheets[sheet].rows
    parts = [first]
    while len(parts) <= _MOST_ROWS:
        last = parts[-1][0]
        below = _next_row(last, rows)
        said = " ".join(row.text for row, _, _ in parts)
        if below is None or places.ends_whole(said) or _new_paragraph(parts, below):
            break
        if not _wraps(last, below, rows) and not places.goes_on(said, below.text):
            break
        if _FRESH.match(below.text) or ":" in below.text or paper.next_spot(sheet, below) < len(below.text):
            break
        parts.append((below, 0, len(below.text)))
    return parts


def _next_row(row: Row, rows: Sequence[Row]) -> Row | None:
    """The row under this one, in the same column."""
    reach = _AFTER_COMMA if row.text.rstrip().endswith(",") else _NEAR
    under = [other for other in rows if 0.3 * _tall(row) < other.box[1] - row.box[1] < reach * _tall(row)]
    under = [other for other in under if other.box[0] < row.box[2] and other.box[2] > row.box[0]]
    return min(under, key=lambda other: (other.box[1], other.box[0]), default=None)


def _new_paragraph(parts: Sequence[Part], below: Row) -> bool:
    """An indented row begins something new, unless it stands under the beginning of the value."""
    row, start, end = parts[0] if len(parts) == 1 else parts[1]
    shift = below.box[0] - row.box[0]
    words = row.span(start, end)
    hanging = len(parts) == 1 and bool(words) and abs(below.box[0] - words[0].box[0]) < 1.5 * _tall(row)
    return shift > _tall(row) and not hanging


def _wraps(row: Row, below: Row, rows: Sequence[Row]) -> bool:
    """Whether the row broke for want of room: the first word below had not fitted, or a comma says that more comes."""
    if re.search(r"[,\-–]$", row.text.strip()):
        return True
    height = _tall(row)
    beside = [
        other.box[0] for other in rows if _level(row, other, 1.6 * height) and other.box[0] >= row.box[2] - height
    ]
    if beside:
        gutter = min(beside) - height / 2
        column = [other.box[2] for other in rows if other.box[0] < row.box[2] and other.box[2] <= gutter]
        margin = max(column, default=gutter)
    else:
        half = row.width / 2 if row.width > row.height and row.box[2] < row.width / 2 else row.width
        margin = max((other.box[2] for other in rows if other.box[2] <= half), default=row.box[2])
    word = below.words[0].box
    small = below.text[:1].islower()
    ragged = 1.5 * height if small else 0.2 * height
    full = row.box[2] + (word[2] - word[0]) + ragged > margin
    if beside and not small:
        return full and row.box[2] - row.box[0] > 0.6 * (min(beside) - row.box[0])
    return full and (row.box[2] > 0.8 * row.width or small)


def _level(row: Row, other: Row, reach: float) -> bool:
    return abs(other.box[1] - row.box[1]) < reach


def _tall(row: Row) -> float:
    return row.box[3] - row.box[1]


# -- beside and below -------------------------------------------------------------------------------------------


def _right_of(row: Row, rows: Sequence[Row]) -> list[Row]:
    """Rows on the same level, from left to right."""
    level = [
        other
        for other in rows
        if other.box[0] >= row.box[2]
        and not (is_nation(other) or is_motto(other) or normal.place_and_date(other.text))
        and min(other.box[3], row.box[3]) - max(other.box[1], row.box[1]) > 0.55 * min(_tall(row), _tall(other))
    ]
    return sorted(level, key=lambda other: other.box[0])


def _below(row: Row, spot: Spot, rows: Sequence[Row]) -> list[Row]:
    """The row under a label; figures that number the columns of a table, ``(1)``, stand in between.

    A label without a colon may be the head of a column: the value may stand further down, and set apart.
    """
    head = not row.text[: spot.end].rstrip().endswith(":")
    reach = (_NEAR_IN_TABLE if head else _NEAR) * _tall(row)
    words = row.span(spot.start, max(spot.end, spot.start + 1))
    left = words[0].box[0] if words else row.box[0]
    slack = 2.5 * _tall(row) if head else 0.0
    under = [
        other
        for other in rows
        if 0.5 * _tall(row) < other.box[1] - row.box[1] <= reach
        and other.box[0] < row.box[2] + slack
        and other.box[2] > left - slack
        and not (is_nation(other) or is_motto(other) or re.fullmatch(r"\(\d{1,2}\)", other.text.strip()))
    ]
    if not under:
        return []
    top = min(other.box[1] for other in under)
    middle = (left + row.box[2]) / 2
    first = [other for other in under if other.box[1] < top + 0.5 * _tall(row)]
    return sorted(first, key=lambda other: abs((other.box[0] + other.box[2]) / 2 - middle))[:1]


def _shared(row: Row, head: Row, rows: Sequence[Row]) -> tuple[int, int] | None:
    """The characters of ``row`` under ``head``, when cells of two columns of a table were read as one row.

    It is cut at its widest blank; which words belong to which column is a guess, and weighed as one.
    """
    level = [one for one in rows if abs(one.box[1] - head.box[1]) < 0.6 * _tall(head)]
    heads = sorted(
        (one for one in level if one.box[0] < row.box[2] and one.box[2] > row.box[0]), key=lambda one: one.box
    )
    if len(heads) != 2 or head not in heads or len(row.words) < 2:
        return None
    blanks = [after.box[0] - before.box[2] for before, after in pairwise(row.words)]
    cut = len(" ".join(word.text for word in row.words[: blanks.index(max(blanks)) + 1]))
    return (0, cut) if head is heads[0] else (cut, len(row.text))


# -- the value --------------------------------------------------------------------------------------------------


def _taken(parts: Sequence[Part], weight: float, spec: OwnField, paper: Form) -> Found | None:
    text = "".join(_joined(row, start, end) for row, start, end in parts)
    value = normal.value_of(text, spec, paper.permanent)
    if not value or (spec.kind == "name" and (compact(value) in paper.labels or _is_position(value))):
        return None
    words = tuple(word for row, start, end in parts for word in row.span(start, end))
    found = Found(value, text.strip("; "), parts[0][0].page, _said(words, value), "label", weight)
    if not normal.valid(value, spec.kind):
        return replace(found, doubts=(values.INVALID,))
    if spec.kind == "text" and re.search(r",\s*$", text) and parts[-1][2] == len(parts[-1][0].text):
        return replace(found, doubts=(values.CUT,))
    return replace(found, doubts=(values.SENTENCE,)) if spec.kind == "text" and _SENTENCE.search(value) else found


def _is_position(value: str) -> bool:
    """Whether it is the position of who signs (``Thủ trưởng cơ sở y tế``), and so nobody's name."""
    return bool(POSITION.match(fold(value))) and any(word.islower() for word in value.split())


def _joined(row: Row, start: int, end: int) -> str:
    """A row's share of a value; the items of a list are set apart by semicolons."""
    item = _ITEM.match(row.text) if end == len(row.text) else None
    return f"; {row.text[start:end].rstrip('; ')}" if item else f" {row.text[start:end]}"


def _said(words: Sequence[Word], value: str) -> tuple[Word, ...]:
    """The words that the value was made of: how sure the rest of the row is does not matter to it."""
    letters = compact(value)
    used = tuple(word for word in words if (bare := compact(word.text)) and bare in letters)
    return used if used and compact("".join(word.text for word in used)) == letters else tuple(words)
