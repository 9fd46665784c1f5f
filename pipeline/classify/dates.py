"""Dates as Vietnamese papers print them, in figures and in words."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from pipeline.classify.matching import Folded

_LONG = re.compile(
    r"ngay\s*(?P<day>[^\s,;]{0,10}?)\s*thang\s*(?P<month>[^\s,;]{0,10}?)[\s,]*nam\s*(?P<year>[^\s,.;:)\]]{0,6})"
)
_SHORT = re.compile(r"(?<![\d/.\-])(?P<day>\d{1,2})\s?[/.\-]\s?(?P<month>\d{1,2})\s?[/.\-]\s?(?P<year>\d{4})(?!\d)")
_NO_DAY = re.compile(
    r"(?:\bngay[\s.…_]*)?\bthang\s*(?P<month>\d{1,2}|[ivx]{1,4})[\s,/]*(?:nam)?\s*(?P<year>(?:19|20|21|22)\d\d)\b"
)
_ROMAN = {"i": 1, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10, "xii": 12}
"""Months in Roman figures. II and XI are left out: they are as well 11 and 12 misread."""
_WORDS = re.compile(r"ngay\s+(?P<day>[a-z ]+?),?\s+thang\s+(?P<month>[a-z][a-z ]*?),?\s+nam\s+(?P<year>[a-z ]+)")
_DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Printed:
    """A date found in a text: characters ``start`` to ``end``, parts as read; ``day_at`` is where the day stands."""

    start: int
    end: int
    day: str
    month: str
    year: str
    day_at: tuple[int, int]

    @property
    def iso(self) -> str:
        """ISO 8601, or empty unless day, month and year were all read and make a date."""
        if not all(part.isdecimal() for part in (self.day, self.month, self.year)):
            return ""
        try:
            return date(int(self.year), int(self.month), int(self.day)).isoformat()
        except ValueError:
            return ""

    @property
    def blank(self) -> bool:
        """Neither day nor month is filled in, as in a draft or a blank form."""
        return not self.day.strip("./…_-") and not self.month.strip("./…_-")


def find(text: str) -> tuple[Printed, ...]:
    """Every date in ``text``, in order: ``ngày 05 tháng 3 năm 2020``, ``05/3/2020``, and in words."""
    plain = Folded(text).plain
    found = [_printed(match) for form in (_LONG, _SHORT) for match in form.finditer(plain)]
    taken = [(one.start, one.end) for one in found if one.iso]
    for match in _WORDS.finditer(plain):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            spelt = _spelt(match)
            found = [one for one in found if one.iso or not spelt or one.start != spelt[0].start] + spelt
    return tuple(sorted(found, key=lambda one: one.start))


def without_day(text: str) -> tuple[Printed, ...]:
    """``tháng 3 năm 2024`` where no day is printed: month and year are kept, and there is no date."""
    found = _NO_DAY.search(Folded(text).plain)
    if found is None:
        return ()
    start, _ = found.span()
    return (Printed(start, found.end(), "", found["month"], found["year"], (start, start)),)


def plain(text: str) -> str:
    """``text`` folded, letter for letter."""
    return Folded(text).plain


def opens(text: str) -> bool:
    """Whether ``text`` begins with a long date, filled in or not; ``Ngày, tháng, năm sinh`` is a label and no date."""
    return bool(re.match(r"\W*ngay(?!\s*,)[^a-z,;]{0,12}thang(?!\s*,)[^a-z,;]{0,12}nam\b", Folded(text).plain))


def first(text: str) -> str:
    """ISO value of the first complete date in ``text``, or empty."""
    return next((one.iso for one in find(text) if one.iso), "")


def add_months(iso: str, months: int) -> str:
    """The same day ``months`` later, or the last day of a shorter month. ``iso`` must be an ISO date."""
    start = date.fromisoformat(iso)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).isoformat()


def number_in_words(words: str) -> int | None:
    """Value (0..9999) of a number in folded Vietnamese words, ``None`` if it is none."""
    total, last, seen = 0, None, False
    for word in words.split():
        if word in _DIGITS:
            last = _DIGITS[word] if last is None else last * 10 + _DIGITS[word]
            seen = True
        elif word in ("nghin", "ngan") and last is not None:
            total, last = total + last * 1000, None
        elif word == "tram" and last is not None:
            total, last = total + last * 100, None
        elif word == "muoi":
            total, last, seen = total + 10 * (1 if last is None else last), None, True
        elif word not in ("le", "linh"):
            return None
    return total + (last or 0) if seen else None


def _printed(match: re.Match[str]) -> Printed:
    day, month, year = (match.group(part) for part in ("day", "month", "year"))
    month = str(_ROMAN.get(month, month))
    return Printed(match.start(), match.end(), day, month, year, match.span("day"))


def _spelt(match: re.Match[str]) -> list[Printed]:
    """The longest beginning of the year's words that is a number counts; what follows is other text."""
    day = number_in_words(re.sub(r"^m[uo]ng\s", "", match.group("day")))
    month = number_in_words(match.group("month"))
    words = match.group("year").split()
    for length in range(min(len(words), 9), 0, -1):
        year = number_in_words(" ".join(words[:length]))
        if year is not None and day and month and year >= 1000:
            end = match.start("year") + len(" ".join(words[:length]))
            return [Printed(match.start(), end, str(day), str(month), f"{year:04d}", match.span("day"))]
    return []
