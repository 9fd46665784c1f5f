"""Where the labels of a form stand, and where the value behind each of them lies.

Labels are printed in many ways: behind a number (``2. Họ và tên:``), in two languages, several on a row, broken over
two rows, with a colon or without one, with a letter misread. What a reader hands on is cut here at every label, known
or merely looking like one, so that no value ever runs into the next field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from pipeline.classify.layout import Row, Sheet
from pipeline.classify.matching import capitals, compact, opens_with
from pipeline.vietnamese import fold, nfc

_WORD = re.compile(r"[^\W_]+")
_COLON = re.compile(r"(?<!\d):|:(?!\d|//)")
"""A colon that is no time of day, no scale and no web address."""
_MOST_WORDS = 16
_OPENING = re.compile(r"^\W*(?:\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-zđ]|[ivx]{1,4})\s?[.)]\W*)*$")
"""What may stand before a label at the beginning of a row: a number or letter of an item, a dash."""
_BREAK = re.compile(r"[;:.,)(\]*•\-–|\d]\s*$")
_PAUSE = re.compile(r"[;.,)(\]*•\-–|\d]\s*$")
"""The same before a label without a colon: what stands right behind a colon is a value."""
_LONGER = re.compile(r"(?:[a-zà-ỹđ]+\s+){0,3}[a-zà-ỹđ]+\s*:")
"""Small words up to a colon belong to the label: ``Địa chỉ thường trú:`` is another one than ``Địa chỉ``."""
_STROKE = re.compile(r"(?<=[a-zà-ỹ])[Il|](?=[A-ZĐ])")
_NUMBER_WORD = re.compile(r"(?<!\w)S[60](?!\w)")
"""Letters of short labels as they are misread: the stroke between two languages (``SốINo:``), ``Số`` (``S6/No.:``)."""
_NOTE = re.compile(r"\s*\([^()]*\)\s*$")
_PERSONS = ("ong", "ba")
"""Forms of address that are labels without a colon when a name in capitals follows."""


@dataclass(frozen=True)
class Spot:
    """A label on the paper: characters ``start`` to ``end`` of the row (``end``: where its value may begin).

    ``label`` is the label in letters only, as :func:`compact` gives it; empty for one that is not of this type of paper
    and only ends the value before it. ``sure`` says that it agrees letter for letter.
    """

    sheet: int
    row: int
    start: int
    end: int
    label: str = ""
    sure: bool = True


class Labels:
    """The labels of one type of paper, ready for looking them up; ``stops`` are those of all other types."""

    def __init__(self, own: Iterable[str], stops: Iterable[str] = ()) -> None:
        self.printed = {compact(label): fold(nfc(label)) for label in own}
        self.letters = tuple(key for key in self.printed if len(key) >= 5)
        self.stops = {compact(label) for label in stops} - set(self.printed)
        ordered = sorted({text for text in self.printed.values() if text}, key=len, reverse=True)
        choice = "|".join(re.escape(text) for text in ordered)
        self.pattern = re.compile(rf"(?<!\w)(?:{choice})(?!\w)" if ordered else r"(?!)")
        self.broken = _prefixes(self.printed.values())


def _prefixes(labels: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """By the first words of a label: what follows, and the label. For a label broken at the end of a row."""
    found: dict[str, list[tuple[str, str]]] = {}
    for label in labels:
        words = _WORD.findall(label)
        for cut in range(1, len(words)):
            first, rest = "".join(words[:cut]), "".join(words[cut:])
            if len(first) >= 4 and len(rest) >= 2:
                found.setdefault(first, []).append((rest, compact(label)))
    return found


@lru_cache(maxsize=128)
def known(own: tuple[str, ...], stops: tuple[str, ...]) -> Labels:
    """:class:`Labels`, made once for each type of paper."""
    return Labels(own, stops)


def spots(sheets: Sequence[Sheet], labels: Labels) -> tuple[Spot, ...]:
    """Every label on the pages, in reading order; those of a row do not overlap."""
    found: list[Spot] = []
    for number, page in enumerate(sheets):
        begun: list[Spot] = []
        for at, row in enumerate(page.rows):
            here = [*begun, *(one for one in _with_colon(row, number, at, labels) if not _overlaps(one, begun))]
            here += [one for one in _without_colon(row, number, at, labels) if not _overlaps(one, here)]
            if not any(one.start < 4 for one in here):
                here += _misread(row, number, at, labels)
            below = page.rows[at + 1] if at + 1 < len(page.rows) else None
            torn, begun = _torn(row, below, number, at, labels) if below else ([], [])
            here = [*torn, *(one for one in here if not _overlaps(one, torn))]
            found += sorted(here, key=lambda one: one.start)
    return tuple(found)


def _overlaps(one: Spot, others: Iterable[Spot]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)


# -- a label up to its colon ------------------------------------------------------------------------------------


def _with_colon(row: Row, number: int, at: int, labels: Labels) -> Iterator[Spot]:
    begin = 0
    for colon in _COLON.finditer(row.text):
        note = _NOTE.search(row.folded.plain[begin : colon.start()])
        end = begin + note.start() if note and note.start() else colon.start()
        place = _ending_at(row, begin, end, labels)
        if place is not None:
            start, label, sure = place
            yield Spot(number, at, start, colon.end(), label, sure)
        begin = colon.end()


def _ending_at(row: Row, begin: int, end: int, labels: Labels) -> tuple[int, str, bool] | None:
    """The longest known label that ends at ``end``; else one with a letter misread; else what looks like a label."""
    words = list(_WORD.finditer(row.folded.plain, begin, end))[-_MOST_WORDS:]
    starts = [word.start() for word in words if _may_begin(row, begin, word.start())]
    for start in starts:
        mended = _NUMBER_WORD.sub("Số", _STROKE.sub("/", row.text[start:end]))
        for text in (*_languages(row.folded.plain[start:end]), compact(mended)):
            if text in labels.printed:
                return start, text, True
    for start in starts:
        for text in _languages(row.folded.plain[start:end]):
            near = _nearest(text, labels)
            if near:
                return start, near, False
    for start in starts:
        if compact(row.folded.plain[start:end]) in labels.stops:
            return start, "", True
    return _looks_like_one(row, begin, starts, end)


def _languages(text: str) -> tuple[str, ...]:
    """The label as it stands, and each of its languages: ``Họ và tên / Full name``."""
    parts = [compact(part) for part in text.split("/")] if "/" in text else []
    return tuple(dict.fromkeys([compact(text), *parts[:1]]))


def _may_begin(row: Row, begin: int, start: int) -> bool:
    before = row.text[begin:start]
    opening = begin == 0 and _OPENING.match(row.folded.plain[begin:start])
    return bool(opening or row.text[start].isupper() or not before.strip() or _BREAK.search(before))


def _nearest(text: str, labels: Labels) -> str:
    """The label that ``text`` is with a letter or two misread; short ones have to agree."""
    if len(text) < 5 or text in labels.stops:
        return ""
    allowed = 1 if len(text) < 12 else len(text) // 8
    best = process.extractOne(text, labels.letters, scorer=Levenshtein.distance, score_cutoff=allowed)
    return str(best[0]) if best else ""


def _looks_like_one(row: Row, begin: int, starts: Sequence[int], end: int) -> tuple[int, str, bool] | None:
    """One capital and small words up to the colon, or small words behind a comma: some label, and no value."""
    for start in reversed(starts):
        words = _WORD.findall(row.text[start:end])
        small = all(word[:1].islower() or word.isdecimal() for word in words[1:])
        clear = row.text[start].isupper() or _BREAK.search(row.text[begin:start]) or start == begin
        if small and clear and len(words) <= 10 and sum(map(len, words)) > 2:
            return start, "", True
    return None


# -- a label without a colon ------------------------------------------------------------------------------------


def _without_colon(row: Row, number: int, at: int, labels: Labels) -> Iterator[Spot]:
    for match in labels.pattern.finditer(row.folded.plain):
        if _stands_alone(row, *match.span()):
            yield Spot(number, at, match.start(), match.end(), compact(match.group()))


def _stands_alone(row: Row, start: int, end: int) -> bool:
    """Whether known words are a label here: at the start of the row or after a break, not inside a longer label."""
    printed, after = row.text[start:end], row.text[end:].lstrip()
    if _LONGER.match(after):
        return False
    before = row.text[:start]
    words = printed.split()
    opens = bool(_OPENING.match(row.folded.plain[:start]))
    if len(printed) <= 3:
        named = fold(printed) in _PERSONS and len(after) > 1 and after[:1].isupper()
        alone = not before.strip() and not after
        numbered = opens and bool(re.match(r"[:/]|\.\s*[:\d]|\d[\d ]{3}", after))
        return alone or numbered or (named and (opens or bool(_PAUSE.search(before))))
    if opens:
        return printed[:1].isupper() or before.strip() != ""
    as_label = printed[:1].isupper() and len(words) > 1 and all(not word[:1].isupper() for word in words[1:])
    if as_label and not before.rstrip().endswith(":"):
        return True
    return bool(_PAUSE.search(before)) and (printed[:1].isupper() or bool(re.match(r"\W{0,2}\d", after)))


def _misread(row: Row, number: int, at: int, labels: Labels) -> Iterator[Spot]:
    """A label of at least eight letters at the start of a row, a letter misread and no colon behind it; no title is."""
    letters = row.folded.letters
    if capitals(row.text) > 0.8:
        return
    lead = re.match(r"(?:\d{1,2}|[a-z])(?=[.)])", row.folded.plain.lstrip(" -*("))
    letters = letters[len(lead.group()) :] if lead else letters
    best = max(((opens_with(letters, label), label) for label in labels.letters if len(label) >= 8), default=(0.0, ""))
    if not best[0]:
        return
    end = _position(row, (len(lead.group()) if lead else 0) + len(best[1]))
    if row.text[:1].islower() or _LONGER.match(row.text[end:].lstrip()):
        return
    yield Spot(number, at, 0, end, best[1], False)


def _position(row: Row, letters: int) -> int:
    """Where the word ends in which the letter of that ordinal stands."""
    seen = 0
    for at, char in enumerate(row.folded.plain):
        seen += char.isascii() and char.isalnum()
        if seen >= letters and (at + 1 == len(row.folded.plain) or not row.folded.plain[at + 1].isalnum()):
            return at + 1
    return len(row.folded.plain)


# -- a label broken over two rows -------------------------------------------------------------------------------


def _torn(row: Row, below: Row, number: int, at: int, labels: Labels) -> tuple[list[Spot], list[Spot]]:
    """A label whose first words end the row and whose others begin the next one: what ends the row, what begins it."""
    for word in _WORD.finditer(row.folded.plain):
        start = word.start()
        rests = labels.broken.get(compact(row.folded.plain[start:]), ()) if row.text[start].isupper() else ()
        for rest, label in sorted(rests, key=lambda one: len(one[0]), reverse=True):
            if not below.folded.letters.startswith(rest) or not below.text[:1].islower():
                continue
            end = _position(below, len(rest))
            colon = re.match(r"\s*(?:\([^()]*\)\s*)?:", below.text[end:])
            if colon or len(rest) >= 6 or below.folded.letters == rest:
                whole = Spot(number, at + 1, 0, end + colon.end() if colon else end, label)
                return [Spot(number, at, start, len(row.text))], [whole]
    return [], []
