"""Printed rows of a document: columns told apart, broken number and date lines put together, the head found.

A reader's line may run across two columns (in the head of an act the agency stands left of the national name), and a
handwritten number may break one line into three. What follows works on *rows*: words of one column on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median

from pipeline.classify.matching import Folded, capitals, compact, similar
from pipeline.dossier import Box, Line, PageReading, Word

NATION = "conghoaxahoichunghiavietnam"
MOTTO = "doclaptudohanhphuc"
BODIES = ("dangcongsanvietnam", "doantncshochiminh", "doanthanhniencongsanhochiminh")
"""What stands in the national name's place on papers of the Party and of the Youth Union."""
_MORE = 2
"""Letters that a reader may add to the national name."""
_NATION_PART = 12
"""Letters of the national name that one of its two rows has in a narrow column."""
_MOTTO_WIDER = 0.75
"""Half the width of the national name in widths of the motto under it."""
_COLUMN_GAP = 1.6
"""Gap between two columns in median word heights: blanks of justified text stay below, columns are wider."""
_OPEN_END = re.compile(r"(?:\bso ?[:.]?|\bngay|\bthang|(?<!\bviet )\bnam)\W*$")
_OPEN_START = re.compile(r"^\W*(?:/|thang\b|nam \d)")


@dataclass(frozen=True)
class Row:
    """Words of one column on one printed line. ``page`` is the ordinal in the source; sizes are pixels."""

    page: int
    words: tuple[Word, ...]
    width: int
    height: int
    zone: str = ""
    folded: Folded = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", Folded(" ".join(word.text for word in self.words)))

    @property
    def text(self) -> str:
        """The words joined by single blanks, NFC."""
        return self.folded.text

    @cached_property
    def box(self) -> Box:
        """Pixels of the upright page."""
        return union(word.box for word in self.words)

    @property
    def centre(self) -> float:
        """Middle of the row across the page, 0 (left) .. 1."""
        return (self.box[0] + self.box[2]) / 2 / max(self.width, 1)

    @property
    def middle(self) -> float:
        """Middle of the row down the page, 0 (top) .. 1."""
        return (self.box[1] + self.box[3]) / 2 / max(self.height, 1)

    def span(self, start: int, end: int) -> tuple[Word, ...]:
        """Words that the characters ``start`` (included) to ``end`` (excluded) of ``text`` touch."""
        found, at = [], 0
        for word in self.words:
            if at < end and at + len(word.text) > start:
                found.append(word)
            at += len(word.text) + 1
        return tuple(found)


@dataclass(frozen=True)
class Sheet:
    """The rows of one page, in reading order, and where the national name stands (or the name in its place)."""

    reading: PageReading
    rows: tuple[Row, ...]
    nation: Row | None

    @cached_property
    def pitch(self) -> float:
        """Usual distance of two lines as a share of the page height."""
        steps = [b.middle - a.middle for a, b in pairwise(self.rows) if 0 < b.middle - a.middle < 0.06]
        return median(steps) if steps else 0.02

    @cached_property
    def boundary(self) -> float:
        """Where the right column of the head begins, 0 .. 1; 1 when the head has one column.

        Where the national name was not read the motto tells: they have one middle.
        """
        left = self.nation.box[0] if self.nation else self._over_motto
        return left / self.reading.width if left >= 0.3 * self.reading.width else 1.0

    @property
    def _over_motto(self) -> float:
        """Where a national name over the motto would begin, in pixels; 0 without a motto."""
        motto = next((row for row in self.rows if is_motto(row)), None)
        if motto is None:
            return 0.0
        return motto.centre * motto.width - _MOTTO_WIDER * (motto.box[2] - motto.box[0])


def union(boxes: Iterable[Box]) -> Box:
    """Smallest box around ``boxes`` (at least one)."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return (min(left), min(top), max(right), max(bottom))


def sheet(reading: PageReading) -> Sheet:
    """Lay one page out in rows."""
    rows = [row for line in reading.lines for row in _columns(line, reading)]
    rows = _stitch(rows)
    nation = next((row for row in rows if is_nation(row)), None) or next((row for row in rows if is_body(row)), None)
    return Sheet(reading, tuple(rows), nation)


def is_nation(row: Row) -> bool:
    """Whether the row is the national name (Decree 30/2020, part 1), marks lost or not, or one of its two rows.

    More may stand behind it, but then it is in capitals: a row of the text may begin with ``Cộng hòa …`` as well.
    """
    letters = row.folded.letters
    if len(letters) > len(NATION) + _MORE and capitals(row.text[: len(NATION)]) <= 0.5:
        return False
    return similar(letters, NATION) >= 0.8 or letters.startswith(NATION) or _nation_part(row)


def _nation_part(row: Row) -> bool:
    """Beginning or end of the national name, in capitals."""
    letters = row.folded.letters
    if not _NATION_PART <= len(letters) < len(NATION) or capitals(row.text) < 0.8:
        return False
    return max(similar(letters, NATION[: len(letters)]), similar(letters, NATION[-len(letters) :])) >= 0.85


def is_motto(row: Row) -> bool:
    """Whether the row is the motto under the national name."""
    return similar(row.folded.letters, MOTTO) >= 0.8


def is_body(row: Row) -> bool:
    """Whether the row is, in capitals, the name that papers of the Party or the Youth Union bear instead."""
    letters = row.folded.letters
    return row.middle < 0.4 and capitals(row.text) > 0.9 and any(similar(letters, name) >= 0.85 for name in BODIES)


def headed(page: Sheet) -> bool:
    """Whether the page opens with national name, motto, or the Party's name, in its upper 40 %."""
    return any((is_nation(row) or is_motto(row) or is_body(row)) and row.middle < 0.4 for row in page.rows)


def _columns(line: Line, reading: PageReading) -> list[Row]:
    words = [word for word in line.words if word.text.strip()]
    if not words:
        return []
    height = median(word.box[3] - word.box[1] for word in words)
    cuts = [0]
    for at in range(1, len(words)):
        left = " ".join(word.text for word in words[cuts[-1] : at])
        right = " ".join(word.text for word in words[at:])
        gap = words[at].box[0] - words[at - 1].box[2]
        if _opens_right_column(left, right) or (gap > _COLUMN_GAP * height and not _belongs(left, right)):
            cuts.append(at)
    cuts.append(len(words))
    return [Row(reading.number, tuple(words[a:b]), reading.width, reading.height, line.zone) for a, b in pairwise(cuts)]


def _opens_right_column(left: str, right: str) -> bool:
    """National name, motto or place and date begin here: seen by the words where the gap is narrow.

    The name in small letters inside a sentence is the text's: ``Căn cứ Hiến pháp nước Cộng hòa …``.
    """
    if not right[:1].isalpha():
        return False
    start = compact(right)
    if start.startswith("cong") and similar(start[: len(NATION)], NATION) >= 0.85:
        return not left or capitals(right[: len(NATION)]) > 0.5
    if left and any(start[: len(name)] == name for name in BODIES):
        return right[:1].isupper()
    if start.startswith("doc") and similar(start[: len(MOTTO)], MOTTO) >= 0.85:
        return bool(left)
    place = re.match(r"([^\W\d][^\d,]{1,40}), ?ng[àa]y", right)
    if place is None or not re.search(r"/\s*[^\W\d].*(?<![-–/ ])$", left):
        return False
    return all(word[:1].isupper() or not word[:1].isalpha() for word in place.group(1).split())


def _belongs(left: str, right: str) -> bool:
    """A wide blank that is no column: room left for a handwritten number, day or month."""
    before, after = Folded(left), Folded(right).plain
    return bool(_left_open(before) or _OPEN_START.search(after)) and not re.search(r"/\s*\w\S*$", before.plain)


def _left_open(text: Folded) -> bool:
    """``text`` ends where a pen goes on: ``ngày``, ``năm``, ``Số``; not a name (HÀ NAM, CHUYỂN ĐỔI SỐ)."""
    end = _OPEN_END.search(text.plain)
    if end is None:
        return False
    named = end.group().strip() in ("nam", "so") and text.text[end.start()].isupper()
    return not (named and re.search(r"\w", text.text[: end.start()]) and text.text[end.start() :].strip() != "Số")


def _inside_sentence(row: Row, nearest: Row) -> bool:
    """The national name in a sentence that a reader took for that of the head, and cut off: no wider than a blank."""
    close = nearest.box[0] - row.box[2] < 0.8 * (row.box[3] - row.box[1])
    named = nearest.folded.letters.startswith(NATION) and capitals(nearest.text[: len(NATION)]) < 0.5
    return close and named and capitals(row.text) < 0.5


def _stitch(rows: Sequence[Row]) -> list[Row]:
    """Join what a handwritten number or day has torn: ``Số:`` | ``15`` | ``/QĐ-UBND``."""
    left = list(rows)
    done: list[Row] = []
    while left:
        row = left.pop(0)
        while (other := _rest_of(row, left)) is not None:
            left.remove(other)
            words = tuple(sorted((*row.words, *other.words), key=lambda word: word.box[0]))
            row = Row(row.page, words, row.width, row.height, row.zone)
        done.append(row)
    return done


def _rest_of(row: Row, others: Sequence[Row]) -> Row | None:
    beside = [other for other in others if _beside(row, other)]
    beside.sort(key=lambda other: other.box[0])
    if not beside:
        return None
    nearest = beside[0]
    torn = _left_open(row.folded) or _OPEN_START.search(nearest.folded.plain) or _inside_sentence(row, nearest)
    whole = re.search(r"/\s*[^\W\d]", row.folded.plain)
    return nearest if torn and not whole else None


def _beside(row: Row, other: Row) -> bool:
    """``other`` begins where ``row`` ends, on the same line, not further than a fifth of the page."""
    shared = min(row.box[3], other.box[3]) - max(row.box[1], other.box[1])
    least = min(row.box[3] - row.box[1], other.box[3] - other.box[1])
    distance = other.box[0] - row.box[2]
    return (
        row.page == other.page
        and shared > 0.5 * least > 0
        and -0.5 * least <= distance <= 0.2 * row.width
        and (len(other.words) <= 8 or other.folded.letters.startswith(NATION))
    )
