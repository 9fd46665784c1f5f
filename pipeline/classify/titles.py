"""The title of a paper: known ones found whole, misread, in small letters or broken over rows, and unknown ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rapidfuzz.distance import Levenshtein

from pipeline.classify.catalogue import Known, catalogue
from pipeline.classify.layout import Row, Sheet, headed, is_motto, is_nation
from pipeline.classify.matching import capitals, opens_with, skeleton
from pipeline.classify.symbols import parse
from pipeline.settings import DocumentType

_HEAD_ROWS = 45
_END_OF_HEAD = re.compile(r"kinhgui|cancu(?!oc)|dieu1|chuongi")
"""Where the body begins, in letters; CĂN CƯỚC is no CĂN CỨ."""
_STAMP = re.compile(r"(?:congvan|vanban)(?:den|di)(?![a-z])|(?:congvan|vanban)(?:den|di)(?:so|ngay)")
"""The frame stamped on incoming mail is no title."""
_MOST_ROWS = 3
_SPECK = 2
"""Characters that may stand before a long title: a speck or a rule read as letters."""
_LIKE_SMALL, _LIKE_MISREAD, _LIKE_SPECK = 0.9, 0.88, 0.95
"""Likeness of a title in small letters, with a letter taken for one that looks like it, behind a speck."""
_LEAST_HOLED, _HOLES, _HOLES_ALONE = 6, 4, 3
"""Letters that a title needs for one of them to be wrong; of so many one may be lost (and where nothing follows)."""
_PER_HOLE = 0.06
_WRONG_REST = 0.3
_LONG = 12
"""A title of more letters may run into the next word: a blank was not seen."""
_CONFUSED = ("aceogqd", "hnumrkb", "iltfj", "vyu", "sz")
"""Letters that a reader takes for each other."""
_AGENCY = re.compile(
    r"(?:uy ban|ubnd|so |bo |cuc |chi cuc|tong cuc|phong |trung tam|truong |hoi |hdnd|van phong|cong an|cong ty|"
    r"tong cong ty|tap doan|toa an|vien |chi nhanh|thanh tra|doan |lien doan|chinh phu|thu tuong|chu tich|kho bac|"
    r"ngan hang|bao hiem|dang uy|huyen uy|tinh uy|mat tran|benh vien|dai hoc|hoc vien|ban |quoc hoi|hieu truong|"
    r"giam doc|bo truong|doanh nghiep|hop tac xa|ho kinh doanh)"
)
"""Words that agencies' names, or authorities', begin with; they stand in capitals as titles do."""


@dataclass(frozen=True)
class Title:
    """A type's title (its letters, folded) found on ``rows``, and how like it is (0.7..1)."""

    type: DocumentType
    quality: float
    letters: str
    rows: tuple[Row, ...]

    @property
    def goes_on(self) -> bool:
        """Whether more stands on its rows than the title."""
        return sum(len(row.folded.letters) for row in self.rows) > len(self.letters) + 2

    @property
    def worth(self) -> float:
        """The longer title is the more special one, unless letters had to be forgiven for it."""
        return len(self.letters) * self.quality**2


def head_rows(page: Sheet) -> tuple[Row, ...]:
    """Rows from the top of the page to where the body begins."""
    rows: list[Row] = []
    for row in page.rows[:_HEAD_ROWS]:
        if _END_OF_HEAD.match(row.folded.letters) and len(rows) > 2:
            break
        rows.append(row)
    return tuple(rows)


def titles(rows: Sequence[Row], types: Sequence[DocumentType]) -> Iterator[tuple[Title, ...]]:
    """For each row that opens with the title of a type, in capitals: the types it may be, the most special first."""
    known = catalogue(types).known
    for at, row in enumerate(rows):
        if capitals(row.text[:24]) < 0.7 or _STAMP.match(row.folded.letters):
            continue
        following = rows[at : at + _MOST_ROWS]
        letters = list(accumulate(skeleton(one.folded.letters) for one in following))
        fits = [fit for kind in known if (fit := _fit(kind, following, letters))]
        if fits:
            fits += _longer(fits, known, following, letters)
            yield tuple(sorted(fits, key=lambda fit: fit.worth, reverse=True))


def damaged_titles(page: Sheet, types: Sequence[DocumentType]) -> Iterator[tuple[Title, ...]]:
    """As :func:`titles`, for titles in small letters set apart from the text, and such with letters lost or misread."""
    known = catalogue(types).known
    for row in _titled_part(page, numbered=False):
        if capitals(row.text[:24]) < 0.7:
            fits = _small(known, row, page.nation is not None)
        else:
            fits = [fit for kind in known if (fit := _holed(kind, row))]
        if fits:
            yield tuple(sorted(fits, key=lambda fit: fit.worth, reverse=True))


def strange_title(page: Sheet) -> Row | None:
    """The first row of the head that is set as a title is, whether or not any type is known by it; ``None``: none is.

    It stands under national name, number and date, alone, in capitals, and is no agency.
    """
    if not headed(page) and not any(parse(row.text) for row in head_rows(page)):
        return None
    for row in _titled_part(page, numbered=True):
        titled = 6 <= len(row.folded.letters) <= 60 and capitals(row.text) >= 0.9 and len(row.words) >= 2
        if titled and not _AGENCY.match(row.folded.plain) and not any(char.isdigit() for char in row.text[:4]):
            return row
    return None


def _titled_part(page: Sheet, numbered: bool) -> list[Row]:
    """Rows of the head under the national name (and the number line, if ``numbered``), without the left column."""
    rows = head_rows(page)
    marks = [at for at, row in enumerate(rows) if is_nation(row) or is_motto(row) or (numbered and parse(row.text))]
    edge = page.boundary
    return [
        row
        for row in rows[marks[-1] + 1 if marks else 0 :]
        if not (edge < 1.0 and row.box[2] < edge * row.width) and not _STAMP.match(row.folded.letters)
    ]


def _fit(kind: Known, rows: Sequence[Row], letters: Sequence[str]) -> Title | None:
    """The best of the type's titles at the beginning of ``rows``; ``letters`` are of the first, of two, of three."""
    best: Title | None = None
    for wanted in kind.titles:
        taken = next((at for at, some in enumerate(letters) if len(some) >= len(wanted) - 1), len(letters) - 1)
        quality = opens_with(letters[taken], wanted)
        if not quality or not _ends_a_word(rows[: taken + 1], wanted):
            quality = _after_speck(rows[0], letters[taken], wanted)
        fit = Title(kind.type, quality, wanted, tuple(rows[: taken + 1]))
        best = fit if quality and (best is None or fit.worth > best.worth) else best
    return best


def _longer(
    fits: Sequence[Title], known: Sequence[Known], rows: Sequence[Row], letters: Sequence[str]
) -> Iterator[Title]:
    """Titles that go on where the best fit ends, with at most three letters in ten of the rest misread."""
    best = max(fits, key=lambda fit: fit.worth)
    at = len(best.rows) - 1
    slips = round((1 - best.quality) * len(best.letters))
    for kind in known:
        for wanted in kind.titles if kind.type is not best.type else ():
            if not wanted.startswith(best.letters):
                continue
            taken = next((n for n in range(at, len(letters)) if len(letters[n]) >= len(wanted) - 1), len(letters) - 1)
            wrong = min(Levenshtein.distance(letters[taken][: len(wanted) + more], wanted) for more in (-1, 0, 1))
            if 0 < wrong <= slips + _WRONG_REST * (len(wanted) - len(best.letters)):
                yield Title(kind.type, 1 - wrong / len(wanted), wanted, tuple(rows[: taken + 1]))


def _after_speck(row: Row, letters: str, wanted: str) -> float:
    """A long title behind one or two stray characters."""
    first = row.words[0].text
    if len(wanted) < _LONG - 4 or len(first) > _SPECK or len(row.words) < 2:
        return 0.0
    return _LIKE_SPECK if letters[len(skeleton(first)) :].startswith(wanted) else 0.0


def _ends_a_word(rows: Sequence[Row], wanted: str) -> bool:
    """The title does not end inside a longer word: LUẬT is not the beginning of LUẬTSƯ."""
    letters = 0
    text = " ".join(row.folded.plain for row in rows)
    for at, char in enumerate(text):
        letters += char.isascii() and char.isalnum()
        if letters == len(wanted):
            return at + 1 >= len(text) or not text[at + 1].isalpha() or len(wanted) > _LONG
    return True


def _holed(kind: Known, row: Row) -> Title | None:
    """The best of the type's titles that the row opens with, but for letters lost under a stamp, or one misread."""
    letters = skeleton(row.folded.letters)
    best: Title | None = None
    for wanted in kind.titles:
        likeness = _misread(letters, wanted) or _lost(row, letters, wanted) if len(wanted) >= _LEAST_HOLED else 0.0
        fit = Title(kind.type, likeness, wanted, (row,))
        best = fit if likeness and (best is None or fit.worth > best.worth) else best
    return best


def _misread(letters: str, wanted: str) -> float:
    """The whole row is the title with one letter taken for another that looks like it."""
    if len(letters) != len(wanted):
        return 0.0
    wrong = [pair for pair in zip(letters, wanted, strict=True) if pair[0] != pair[1]]
    alike = len(wrong) == 1 and any(set(wrong[0]) <= set(group) for group in _CONFUSED)
    return _LIKE_MISREAD if alike else 0.0


def _lost(row: Row, letters: str, wanted: str) -> float:
    """The row opens with the title less some letters, not the last one, and a word ends there."""
    most = len(wanted) // (_HOLES_ALONE if len(letters) < len(wanted) else _HOLES)
    for holes in range(1, most + 1):
        opening, rest = letters[: len(wanted) - holes], iter(wanted)
        if len(opening) + holes < len(wanted) or opening[-1] != wanted[-1]:
            continue
        if all(letter in rest for letter in opening) and _ends_a_word([row], opening):
            return 1 - _PER_HOLE - _PER_HOLE * holes
    return 0.0


def _small(known: Sequence[Known], row: Row, official: bool) -> list[Title]:
    """Titles in small letters: the whole row, or under the national name the beginning of a row in the middle."""
    text = row.text.strip()
    if not text[:1].isupper() or text[-1:] in ":;,":
        return []
    letters = skeleton(row.folded.letters)
    central = official and 0.4 < row.centre < 0.6 and row.box[0] > 0.18 * row.width and row.zone in ("", "title")
    found = []
    for kind in known:
        for wanted in kind.titles:
            whole = letters == wanted
            opens = (
                central and len(wanted) >= _LEAST_HOLED and letters.startswith(wanted) and _ends_a_word([row], wanted)
            )
            if whole or opens:
                found.append(Title(kind.type, _LIKE_SMALL, wanted, (row,)))
    return found
