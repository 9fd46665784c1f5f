"""Reading order and the parts of an administrative page (layout of Decree 30/2020/NĐ-CP, Appendix I).

Head: agency and number on the left, national title, place and date on the right; below, centred, the paper's name;
foot: recipients on the left, signature on the right. Columns side by side are never read across. Boxes must be level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rapidfuzz import fuzz

from pipeline.dossier import Box, Line
from pipeline.ocr.geometry import height, middle, same_row, union, width
from pipeline.vietnamese import fold

_MOTTO = ("cong hoa xa hoi chu nghia viet nam", "doc lap - tu do - hanh phuc")
"""Landmarks on the page, folded; they say where the head is, nothing else hangs on them."""
_RECIPIENTS = "noi nhan"
_ADDRESS = "kinh gui"
_DATE = re.compile(r"\bngay\b.*\bthang\b.*\bnam\b")
_NUMBER = re.compile(r"s\w{0,2}\s*[:.].*/")
_ALIKE = 80
_HEAD_END = 0.5
"""The head ends above this share of the page's height."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The block of text: its left and right edge and centre, and the usual height of a line."""

    left: float
    right: float
    centre: float
    line: float

    @property
    def span(self) -> float:
        return max(1.0, self.right - self.left)


def arrange(lines: Sequence[Line], size: tuple[int, int]) -> tuple[Line, ...]:
    """Put lines in reading order and name the part of the page each belongs to.

    Args:
        lines: in any order, boxes level, in pixels.
        size: width and height of the page in the same pixels.

    Returns:
        The same words, each once, in lines with ``zone`` set (``""`` on pages on which no part could be told). A line
        that runs across the two columns of the head is cut in two.
    """
    rows = sorted(lines, key=lambda line: (line.box[1], line.box[0]))
    if not rows:
        return ()
    rows = _cut_head(rows, size)
    frame = _frame(rows, size)
    zones: dict[int, str] = {}
    frame = _head(rows, frame, size, zones)
    if zones:
        _title(rows, frame, size, zones)
    _foot(rows, frame, size, zones)
    rest = "body" if zones else ""
    parts: dict[str, list[Line]] = {}
    for index, line in enumerate(rows):
        zone = zones.get(index, rest)
        parts.setdefault(zone, []).append(replace(line, zone=zone))
    order = ("head_left", "head_right", "title", rest, "foot_left", "foot_right")
    return tuple(line for zone in order for line in _down(parts.get(zone, [])))


def _frame(rows: Sequence[Line], size: tuple[int, int]) -> _Frame:
    tall = median(height(line.box) for line in rows)
    wide = [line.box for line in rows if width(line.box) > 0.5 * size[0]]
    if len(wide) < 3:
        around = union(line.box for line in rows)
        return _Frame(around[0], around[2], (around[0] + around[2]) / 2, tall)
    left, right = median(box[0] for box in wide), median(box[2] for box in wide)
    return _Frame(left, right, (left + right) / 2, tall)


# -- head -------------------------------------------------------------------------------------------------------


def _cut_head(rows: Sequence[Line], size: tuple[int, int]) -> list[Line]:
    """Cut lines that a reader drew through both columns of the head, left of where the national title begins."""
    found = next((parts for line in rows if line.box[1] < _HEAD_END * size[1] and (parts := _cut_motto(line))), None)
    if found is None:
        return list(rows)
    left, right = (part.box for part in found)
    below = max(left[3], right[3]) + 8 * height(right)
    cut: list[Line] = []
    for line in rows:
        across = line.box[1] < below and line.box[0] < left[2] and line.box[2] > right[0]
        cut.extend((_cut_motto(line) or _cut_gap(line, right[0] + width(right) / 4)) if across else [line])
    return sorted(cut, key=lambda line: (line.box[1], line.box[0]))


def _cut_motto(line: Line) -> list[Line]:
    """The words before the national title and the title itself; nothing if the line is no such pair."""
    folded = [fold(word.text) for word in line.words]
    scored = [(fuzz.ratio(" ".join(folded[at:]), words), -at) for at in range(len(folded)) for words in _MOTTO]
    score, at = max(scored, default=(0.0, 0))
    return _parts(line, -at) if score >= _ALIKE and at else []


def _cut_gap(line: Line, limit: float) -> list[Line]:
    """``line`` cut at its widest gap, if that is wide and lies left of ``limit``."""
    gaps = [(b.box[0] - a.box[2], i) for i, (a, b) in enumerate(pairwise(line.words), start=1) if a.box[2] < limit]
    gap, at = max(gaps, default=(0.0, 0))
    return _parts(line, at) if gap > 0.7 * height(line.box) else [line]


def _parts(line: Line, at: int) -> list[Line]:
    return [Line(words, union(word.box for word in words)) for words in (line.words[:at], line.words[at:])]


def _is_motto(line: Line) -> bool:
    return any(fuzz.ratio(fold(line.text), words) >= _ALIKE for words in _MOTTO)


def _head(rows: Sequence[Line], frame: _Frame, size: tuple[int, int], zones: dict[int, str]) -> _Frame:
    """Put the lines of the head into ``zones``; the frame, with a better centre if the head shows one."""
    top = [i for i, line in enumerate(rows) if line.box[1] < _HEAD_END * size[1]]
    motto = [i for i in top if _is_motto(rows[i])]
    right = motto[:2] or _right_of_pair(rows, top, frame)
    if not right:
        return frame
    anchor = union(rows[i].box for i in right)
    column = middle(anchor)[0]
    beside = [
        rows[i].box for i in top if rows[i].box[2] <= anchor[0] + frame.line and _level(rows[i].box, anchor, frame)
    ]
    if not beside:  # the motto stands alone in the middle (forms, certificates)
        zones.update((i, "head_right") for i in top if rows[i].box[1] <= anchor[3] - frame.line / 2)
        return replace(frame, centre=column)
    left = middle(union(beside))[0]
    for i in top:
        part = _side(rows[i], (left, column), union(beside)[2], anchor[0], frame)
        if part is not None:
            zones[i] = part
        elif rows[i].box[1] > anchor[1] and _says_something(rows[i].text):
            break
    return frame


def _says_something(text: str) -> bool:
    """Whether this is more than a speck, a rule or a page number."""
    return sum(c.isalnum() for c in text) > 3


def _level(box: Box, anchor: Box, frame: _Frame) -> bool:
    return min(box[3], anchor[3]) - max(box[1], anchor[1]) > -frame.line


def _right_of_pair(rows: Sequence[Line], top: Sequence[int], frame: _Frame) -> list[int]:
    """Without the motto: the right partners of the first two rows that hold two columns with a gutter between them."""
    pairs = [
        (a, b)
        for a in top
        for b in top
        if same_row(rows[a].box, rows[b].box)
        and rows[a].box[2] + frame.line < rows[b].box[0]
        and rows[a].box[2] < frame.centre + 0.05 * frame.span < rows[b].box[2] - 0.15 * frame.span
    ]
    first = min(top, default=0)
    near = [(a, b) for a, b in pairs if min(rows[a].box[1], rows[b].box[1]) - rows[first].box[1] < 6 * frame.line]
    # A table at the top of a page has two columns as well, but no number on the left and no date on the right.
    sure = any(_NUMBER.match(fold(rows[a].text)) or _DATE.search(fold(rows[b].text)) for a, b in near)
    return [b for _, b in near[:2]] if len(near) >= 2 and sure else []


def _side(line: Line, columns: tuple[float, float], left_end: float, right_start: float, frame: _Frame) -> str | None:
    """The column of the head that ``line`` belongs to, or ``None``: it is centred or runs across, the head is over."""
    x0, _, x1, _ = line.box
    centre = (x0 + x1) / 2
    gutter = (left_end + right_start) / 2
    away = [abs(centre - column) for column in (*columns, frame.centre)]
    if x1 < gutter + frame.line and (away[0] <= away[2] or x1 < left_end + frame.line):
        return "head_left"
    if x0 > gutter - frame.line and (away[1] <= away[2] or _DATE.search(fold(line.text))):
        return "head_right"
    return None


# -- title ------------------------------------------------------------------------------------------------------


def _title(rows: Sequence[Line], frame: _Frame, size: tuple[int, int], zones: dict[int, str]) -> None:
    """From a line in capitals in the middle down to the first gap or the first line centred elsewhere.

    Capitals below the abstract are the authority that decides; they belong to the text.
    """
    after = [i for i in range(len(rows)) if i not in zones]
    start = next(
        (k for k, i in enumerate(after[:4]) if _capitals(rows[i].text) and _central(rows[i], frame, size)), None
    )
    if start is None:
        return
    last = rows[after[start]].box
    centre, abstract = middle(last)[0], False
    for i in after[start:]:
        box = rows[i].box
        gap = box[1] - last[3]
        # The first line of a paragraph is indented on one side only: its middle lies elsewhere.
        aside = abs(middle(box)[0] - centre) > 0.03 * frame.span
        again = abstract and _capitals(rows[i].text)
        if aside or again or gap > 1.4 * max(frame.line, height(last)) or _opens_text(rows[i].text):
            return
        zones[i], last = "title", box
        abstract = not _capitals(rows[i].text)


def _central(line: Line, frame: _Frame, size: tuple[int, int]) -> bool:
    """Whether the line stands in the middle of the text, or of the page where lines end unevenly."""
    return min(abs(middle(line.box)[0] - centre) for centre in (frame.centre, size[0] / 2)) < 0.05 * frame.span


def _opens_text(text: str) -> bool:
    return fold(text).startswith(_ADDRESS)


def _capitals(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 3 and sum(c.isupper() for c in letters) >= 0.8 * len(letters)


# -- foot -------------------------------------------------------------------------------------------------------


def _foot(rows: Sequence[Line], frame: _Frame, size: tuple[int, int], zones: dict[int, str]) -> None:
    """The run of lines at the end that keep to one half of the page, from its first landmark on."""
    left: list[int] = []
    right: list[int] = []
    for i in sorted(range(len(rows)), key=lambda i: rows[i].box[1], reverse=True):
        x0, _, x1, _ = rows[i].box
        if i in zones:
            break
        if x0 > frame.centre - 0.12 * frame.span and x1 - frame.centre > frame.centre - x0:
            right.append(i)
        elif x1 < frame.centre + 0.08 * frame.span:
            left.append(i)
        elif not _page_number(rows[i], size):
            break
    signing = [rows[i].box[1] for i in right if _signs(rows[i])]
    named = [rows[i].box[1] for i in left if fuzz.ratio(fold(rows[i].text).strip(" :.,"), _RECIPIENTS) >= _ALIKE]
    if not signing and not named:
        return
    start = min([*signing, *named]) - frame.line / 2
    zones.update((i, "foot_left") for i in left if rows[i].box[1] >= start)
    zones.update((i, "foot_right") for i in right if rows[i].box[1] >= start)


def _signs(line: Line) -> bool:
    """Whether the line opens a signature: an office in capitals, or place and date."""
    return _capitals(line.text) or _DATE.search(fold(line.text)) is not None


def _page_number(line: Line, size: tuple[int, int]) -> bool:
    return len(line.text) <= 5 and line.box[1] > 0.9 * size[1]


# -- order ------------------------------------------------------------------------------------------------------


def _down(lines: Sequence[Line]) -> Iterable[Line]:
    """Top to bottom, lines side by side from left to right; true columns of prose one after the other."""
    columns = _prose_columns(lines)
    if columns is not None:
        return [line for column in columns for line in _down(column)]
    ordered: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: middle(line.box)[1]):
        if ordered and same_row(ordered[-1][0].box, line.box):
            ordered[-1].append(line)
        else:
            ordered.append([line])
    return [line for row in ordered for line in sorted(row, key=lambda line: line.box[0])]


def _prose_columns(lines: Sequence[Line]) -> tuple[list[Line], list[Line]] | None:
    """The two columns of ``lines`` if no line crosses the gutter and both are filled with long lines (not a table)."""
    if len(lines) < 16:
        return None
    around = union(line.box for line in lines)
    for share in (0.5, 0.45, 0.55, 0.4, 0.6):
        x = around[0] + share * width(around)
        left = [line for line in lines if line.box[2] <= x]
        right = [line for line in lines if line.box[0] >= x]
        enough = len(left) + len(right) == len(lines) and min(len(left), len(right)) >= 8
        if enough and all(_prose(column, 0.3 * width(around)) for column in (left, right)):
            return left, right
    return None


def _prose(lines: Sequence[Line], least: float) -> bool:
    """Whether the column is at least ``least`` wide and most of its lines fill it."""
    span = width(union(line.box for line in lines))
    return span >= least and sum(width(line.box) > 0.8 * span for line in lines) >= 0.4 * len(lines)
