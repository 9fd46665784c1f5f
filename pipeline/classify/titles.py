"""The title of a paper: known ones found whole, misread, in small letters or broken over rows, and unknown ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from pipeline.classify.catalogue import Known, catalogue
from pipeline.classify.layout import Row, Sheet, is_motto, is_nation
from pipeline.classify.matching import capitals, opens_with, skeleton
from pipeline.classify.symbols import parse
from pipeline.settings import DocumentType

_HEAD_ROWS = 45
_END_OF_HEAD = re.compile(r"kinhgui|cancu(?!oc)|dieu1|chuongi")
"""Where the body begins, in letters; CĂN CƯỚC is no CĂN CỨ."""
_STAMP = re.compile(r"(?:congvan|vanban)(?:den|di)(?![a-z])|(?:congvan|vanban)(?:den|di)(?:so|ngay)")
"""The frame stamped on incoming mail is no title."""
_MOST_ROWS = 3
_PREFIX = 3
"""Characters that may stand before a title: a speck, a rule, an item's number read as letters."""
_SMALL, _HOLED = 0.9, 0.85
"""Likeness of a title in small letters, and of a short one with one letter wrong."""
_LEAST_HOLED = 6
_LONG = 12
"""A title of more letters may run into the next word: a blank was not seen."""


@dataclass(frozen=True)
class Title:
    """A type's title found on ``rows``: how like it is (0.85..1) and how many letters it has."""

    type: DocumentType
    quality: float
    length: int
    rows: tuple[Row, ...]

    @property
    def worth(self) -> float:
        """The longer title is the more special one, unless letters had to be forgiven for it."""
        return self.length * self.quality**4


def head_rows(page: Sheet) -> tuple[Row, ...]:
    """Rows from the top of the page to where the body begins."""
    rows: list[Row] = []
    for row in page.rows[:_HEAD_ROWS]:
        if _END_OF_HEAD.match(row.folded.letters) and len(rows) > 2:
            break
        rows.append(row)
    return tuple(rows)


def titles(rows: Sequence[Row], types: Sequence[DocumentType], loose: bool = False) -> Iterator[tuple[Title, ...]]:
    """For each row that opens with the title of a type: the types it may be, the most special first.

    Titles are in capitals. ``loose`` takes those in small letters, set apart from the text, and short ones with a wrong
    letter too.
    """
    known = catalogue(types).known
    official = loose and any(is_nation(row) or is_motto(row) for row in rows)
    for at, row in enumerate(rows):
        if _STAMP.match(row.folded.letters):
            continue
        following = rows[at : at + _MOST_ROWS]
        if capitals(row.text[:24]) >= 0.7:
            fits = [fit for kind in known if (fit := _fit(kind, following))]
            fits = fits or (_holed(known, row) if loose else [])
        else:
            fits = _small(known, row, official) if loose else []
        if fits:
            yield tuple(sorted(fits, key=lambda fit: fit.worth, reverse=True))


def strange_title(page: Sheet) -> Row | None:
    """A row of the head that is set as a title is, whether or not any type is known by it; ``None``: there is none.

    It stands under national name, number and date, alone, in capitals, and is neither an agency nor an abstract.
    """
    rows = head_rows(page)
    marks = [at for at, row in enumerate(rows) if is_nation(row) or is_motto(row) or parse(row.text)]
    if not marks:
        return None
    edge = page.boundary
    for row in rows[marks[-1] + 1 :]:
        letters = row.folded.letters
        beside = edge < 1.0 and row.box[2] < edge * row.width
        if beside or not 6 <= len(letters) <= 60 or _STAMP.match(letters) or capitals(row.text) < 0.9:
            continue
        if len(row.words) >= 2 and not any(char.isdigit() for char in row.text[:4]):
            return row
    return None


def _fit(kind: Known, rows: Sequence[Row]) -> Title | None:
    """The best of the type's titles at the beginning of ``rows``."""
    best: Title | None = None
    for wanted in kind.titles:
        for taken in range(1, len(rows) + 1):
            letters = _letters(rows[:taken])
            if len(letters) < len(wanted) - 1 and taken < len(rows):
                continue
            quality = opens_with(letters, wanted)
            quality = quality if quality and _ends_a_word(rows[:taken], wanted) else _after_speck(rows[:taken], wanted)
            fit = Title(kind.type, quality, len(wanted), tuple(rows[:taken]))
            best = fit if quality and (best is None or fit.worth > best.worth) else best
            break
    return best


def _letters(rows: Sequence[Row]) -> str:
    return skeleton("".join(row.folded.letters for row in rows))


def _after_speck(rows: Sequence[Row], wanted: str) -> float:
    """A long title behind one or two stray characters."""
    first = rows[0].words[0].text
    if len(wanted) <= _LONG - 4 or len(first) >= _PREFIX or len(rows[0].words) < 2:
        return 0.0
    return 0.95 if _letters(rows)[len(skeleton(first)) :].startswith(wanted) else 0.0


def _ends_a_word(rows: Sequence[Row], wanted: str) -> bool:
    """The title does not end inside a longer word: LUẬT is not the beginning of LUẬTSƯ."""
    letters = 0
    text = " ".join(row.folded.plain for row in rows)
    for at, char in enumerate(text):
        letters += char.isascii() and char.isalnum()
        if letters == len(wanted):
            return at + 1 >= len(text) or not text[at + 1].isalpha() or len(wanted) > _LONG
    return True


def _holed(known: Sequence[Known], row: Row) -> list[Title]:
    """Titles that the whole row is, but for one letter: lost under a stamp, or misread."""
    letters = _letters([row])
    if len(letters) < _LEAST_HOLED - 1:
        return []
    return [
        Title(kind.type, _HOLED, len(wanted), (row,))
        for kind in known
        for wanted in kind.titles
        if len(wanted) >= _LEAST_HOLED and Levenshtein.distance(letters, wanted, score_cutoff=1) <= 1
    ]


def _small(known: Sequence[Known], row: Row, official: bool) -> list[Title]:
    """Titles in small letters: the whole row, or under the national name the beginning of a row in the middle."""
    text = row.text.strip()
    if not text[:1].isupper() or text[-1:] in ":;,":
        return []
    letters = _letters([row])
    central = official and 0.4 < row.centre < 0.6 and row.box[0] > 0.18 * row.width and row.zone in ("", "title")
    found = []
    for kind in known:
        for wanted in kind.titles:
            whole = letters == wanted
            opens = (
                central and len(wanted) >= _LEAST_HOLED and letters.startswith(wanted) and _ends_a_word([row], wanted)
            )
            if whole or opens:
                found.append(Title(kind.type, _SMALL, len(wanted), (row,)))
    return found
