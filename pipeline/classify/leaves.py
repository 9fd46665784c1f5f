"""What splitting sees of a page: its printed number, its first and last row, its items, its signature, its card."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pipeline.classify.layout import Row, Sheet, sheet
from pipeline.classify.matching import capitals
from pipeline.dossier import PageReading
from pipeline.vietnamese import fold

_FEW_LETTERS = 12
_ALONE = re.compile(r"^[-–—~_.|\s]*(?:trang|page)?\s*(\d{1,3})(?:\s*(?:/|of)\s*(\d{1,3}))?[-–—~_.|\s]*$")
_IN_MARGIN = re.compile(r"\b(?:trang|page)\s*:?\s*(\d{1,3})(?:\s*(?:/|of|tren)\s*(\d{1,3}))?\W*$")
_TOP, _FOOT = 0.09, 0.93
_ITEMS = (
    ("dieu", re.compile(r"^\W{0,2}(?:dieu|article)\s+(\d{1,3})\b")),
    ("chuong", re.compile(r"^\W{0,2}(?:chuong|phan|chapter)\s+([ivxlc]+|\d{1,2})\b")),
    ("roman", re.compile(r"^\W{0,2}([ivx]{1,5})\s?[.)/]\W*(?=\w)")),
    ("figure", re.compile(r"^\W{0,2}(\d{1,2})\s?[.)](?!\d)\W*(?=\w)")),
    ("letter", re.compile(r"^\W{0,2}([a-z])\s?[.)]\W*(?=\w)")),
    ("cell", re.compile(r"^(\d{1,3})$")),
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_LETTERS = "abcdđeghiklmnopqrstuvxy"
"""Items are lettered by the Vietnamese alphabet, where đ follows d; folded both read d."""
_SIGNATURE = re.compile(
    r"^\W*(?:noi nhan\b|\(?\s*ky\b|\(?\s*da ky\b|dai dien\b|"
    r"nguoi (?:lam don|khai|viet don|de nghi|yeu cau|uy quyen|lap|cam ket)\b|"
    r"(?:tm|kt|tl|tuq|t/m|k/t|q)\s?[.,/]\s?\w|\(?signature|\(?signed\b|xac nhan cua\b)"
)
_MRZ = re.compile(r"^(?:ID|P<|P[A-Z])[A-Z0-9<«]{10,}$|^[A-Z0-9<«]*(?:<<|««)[A-Z0-9<«]*$")
_ID = re.compile(r"(?<!\d)(?:\d{12}|\d{9})(?!\d)")
_TELLING = 60
"""Letters from which on the language can be told."""
_MARKED = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Item:
    """A numbered item at the beginning of a row: ``Điều 3`` is the 3rd ``dieu``."""

    kind: str
    value: int


@dataclass(frozen=True)
class Leaf:
    """One page of the stack."""

    sheet: Sheet

    @classmethod
    def of(cls, reading: PageReading) -> Leaf:
        """Lay a page out."""
        return cls(sheet(reading))

    @property
    def reading(self) -> PageReading:
        """The page as it was read."""
        return self.sheet.reading

    @cached_property
    def blank(self) -> bool:
        """Nothing to speak of on it, as on the back of a sheet; a picture without words is not blank."""
        rules = {found.rule for found in self.reading.findings}
        seen = self.reading.barcodes or ((self.reading.regions or "no_text" in rules) and "blank_page" not in rules)
        return not seen and sum(len(row.folded.letters) for row in self.sheet.rows) < _FEW_LETTERS

    @cached_property
    def number(self) -> tuple[int, int] | None:
        """Printed page number and number of pages (0 where it is not said).

        It stands alone at the top in the middle or at the foot (Decree 30/2020/NĐ-CP: in the middle of the upper
        margin), or ends a running head or foot (``Trang 2/5``).
        """
        for row in self.sheet.rows:
            top, foot = row.middle < _TOP, row.middle > _FOOT
            alone = _ALONE.match(row.folded.plain)
            if alone and ((top and 0.35 < row.centre < 0.65) or (foot and row.centre > 0.3)):
                return int(alone[1]), int(alone[2] or 0)
            worded = _IN_MARGIN.search(row.folded.plain) if top or foot else None
            if worded:
                return int(worded[1]), int(worded[2] or 0)
        return None

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Rows with words on them, without the page number."""
        return tuple(
            row for row in self.sheet.rows if len(row.folded.letters) >= 3 and not _ALONE.match(row.folded.plain)
        )

    @cached_property
    def items(self) -> tuple[tuple[int, Item], ...]:
        """Numbered items with the ordinal of their row among :attr:`rows`, in reading order."""
        rows = [row for row in self.sheet.rows if not self._is_number(row)]
        return tuple((at, item) for at, row in enumerate(rows) if (item := _item(row)) is not None)

    def _is_number(self, row: Row) -> bool:
        return bool(_ALONE.match(row.folded.plain)) and (row.middle < _TOP or row.middle > _FOOT)

    @cached_property
    def begins_small(self) -> bool:
        """The first row begins with a small letter: the middle of a sentence."""
        return bool(self.rows) and _first_letter(self.rows[0]).islower()

    @cached_property
    def breaks_off(self) -> bool:
        """The last row runs to the margin and ends without a stop: a sentence goes on overleaf."""
        body = [row for row in self.rows if row.middle < _FOOT]
        if len(body) < 3:
            return False
        last, right = body[-1], max(row.box[2] for row in body)
        full = last.box[2] > 0.93 * right and last.box[2] - last.box[0] > 0.4 * last.width
        return full and not re.search(r"[.;:!?…\"”)/]\W*$", last.text)

    @cached_property
    def signed(self) -> bool:
        """It bears a signature block or the list of those who receive the paper."""
        return any(_SIGNATURE.match(row.folded.plain) for row in self.rows if row.middle > 0.15)

    def written_on(self, row: Row) -> bool:
        """Whether in the gaps of a printed row there is something else: handwriting, a stamp, other words."""
        others = [other.box for other in self.sheet.rows if other is not row]
        inks = [region.box for region in self.reading.regions]
        left, top, right, bottom = row.box
        for x0, y0, x1, y1 in (*others, *inks):
            shared = min(bottom, y1) - max(top, y0)
            if left < (x0 + x1) / 2 < right and shared > 0.4 * min(bottom - top, y1 - y0) > 0:
                return True
        return False

    @cached_property
    def mrz(self) -> bool:
        """A machine-readable zone stands on it."""
        return any(_MRZ.match(re.sub(r"\s", "", row.text)) and len(row.text) > 15 for row in self.sheet.rows)

    @cached_property
    def ids(self) -> frozenset[str]:
        """Numbers of 12 or 9 digits (personal ids) printed on it or coded in it."""
        coded = {found for code in self.reading.barcodes for found in _ID.findall(code.text)}
        return frozenset(coded | {found for row in self.sheet.rows for found in _ID.findall(row.text)})

    @cached_property
    def figures(self) -> str:
        """All digits of the page, row by row: a number of a machine-readable zone runs into others."""
        return " ".join(re.sub(r"\D", "", row.text) for row in self.sheet.rows)

    @cached_property
    def vietnamese(self) -> bool | None:
        """Whether it is written in Vietnamese; ``None`` when there is too little to tell."""
        letters = [char for row in self.sheet.rows for char in row.text if char.isalpha()]
        if len(letters) < _TELLING:
            return None
        return len(_MARKED.findall("".join(letters))) > 0.05 * len(letters)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        dpi = max(self.reading.dpi, 1)
        return self.reading.width / dpi * 25.4, self.reading.height / dpi * 25.4


def top_rows(leaf: Leaf, below: float) -> Iterator[Row]:
    """Rows above ``below``, a share of the page's height."""
    return (row for row in leaf.rows if row.middle < below)


def _first_letter(row: Row) -> str:
    return next((char for char in row.text if char.isalpha()), "")


def _item(row: Row) -> Item | None:
    for kind, form in _ITEMS:
        match = form.match(row.folded.plain)
        if match is None or (kind == "roman" and capitals(row.text[: match.end()]) < 1.0):
            continue
        if kind == "cell" and row.centre > 0.25:
            continue
        return Item(kind, _value(match[1], row.text[match.start(1) : match.end(1)]))
    return None


def _value(text: str, printed: str) -> int:
    if text.isdecimal():
        return int(text)
    if len(printed) == 1 and printed.islower():
        small = printed if printed == "đ" else fold(printed)
        return _LETTERS.find(small) + 1
    value = 0
    for char, after in zip(text, [*text[1:], ""], strict=True):
        worth = _ROMAN.get(char, 0)
        value += -worth if worth < _ROMAN.get(after, 0) else worth
    return value
