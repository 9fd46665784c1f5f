"""Comparing print with words that are known: without marks, without case, forgiving a few wrong letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from pipeline.vietnamese import fold, nfc

_LEADERS = re.compile(r"[.…_‥·]{3,}|…+|_{2,}")
_SHORT = 7
"""Phrases up to this many letters are compared exactly: one wrong letter would make another word of them."""
_LIKE = 0.88
"""Least likeness of a title: one wrong letter in nine, none in eight (PHIẾU BẦU is no PHIẾU BÁO)."""


class _Plain(dict[int, str]):
    """For :meth:`str.translate`: each character folded to one, a blank where nothing is left of it."""

    def __missing__(self, code: int) -> str:
        self[code] = (fold(chr(code)) or " ")[0]
        return self[code]


_PLAIN = _Plain()
_NO_LETTER = re.compile(r"[^a-z0-9]+")


class Folded:
    """A text with its folded form, letter for letter, so that a place in one is a place in the other."""

    __slots__ = ("letters", "plain", "text")

    def __init__(self, text: str) -> None:
        self.text = nfc(text)
        self.plain = self.text.translate(_PLAIN)
        self.letters = _NO_LETTER.sub("", self.plain)

    def find(self, phrase: str, cutoff: float = 88.0) -> tuple[int, int] | None:
        """Where ``phrase`` (as printed) stands, as start and end in ``text``; whole words, best place, or ``None``.

        A phrase does not run across a colon: what stands behind one is the value.


        ``cutoff`` is the least likeness in per cent; short phrases have to agree letter for letter.
        """
        wanted = fold(nfc(phrase))
        exact = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", self.plain)
        if exact:
            return exact.span()
        if len(wanted) <= _SHORT or len(self.plain) < len(wanted) - 2:
            return None
        found = fuzz.partial_ratio_alignment(wanted, self.plain, score_cutoff=cutoff)
        if found is None or found.dest_end <= found.dest_start:
            return None
        start, end = found.dest_start, found.dest_end
        while end < len(self.plain) and self.plain[end].isalnum() and self.plain[end - 1].isalnum():
            end += 1
        while start > 0 and self.plain[start - 1].isalnum() and self.plain[start].isalnum():
            start -= 1
        crosses = ":" in self.plain[start:end] and ":" not in wanted
        return (start, end) if not crosses and abs(end - start - len(wanted)) <= max(2, len(wanted) // 8) else None


@lru_cache(maxsize=8192)
def compact(text: str) -> str:
    """Letters and digits only, folded."""
    return _NO_LETTER.sub("", fold(nfc(text)))


_LOOK_ALIKE = str.maketrans("01l58", "oiisb")


def skeleton(text: str) -> str:
    """:func:`compact`, and figures that a reader takes for letters (0 for O, 1 and l for I …) made those letters."""
    return compact(text).translate(_LOOK_ALIKE)


def similar(first: str, second: str) -> float:
    """Likeness 0..1 of two folded texts, counted in letters."""
    return Levenshtein.normalized_similarity(first, second)


def opens_with(text: str, phrase: str) -> float:
    """How well folded ``text`` begins with folded ``phrase`` (letters only): 0 or 0.88..1.

    Short phrases (up to seven letters) have to agree letter for letter.
    """
    if text.startswith(phrase):
        return 1.0
    if len(phrase) <= _SHORT:
        return 0.0
    best = max(similar(text[: len(phrase) + more], phrase) for more in (-1, 0, 1))
    return best if best >= _LIKE else 0.0


@lru_cache(maxsize=8192)
def capitals(text: str) -> float:
    """Share 0..1 of the letters that are capitals; 0 without letters."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isupper() for char in letters) / len(letters) if letters else 0.0


def could_be(read: str, printed: str) -> bool:
    """Whether ``read`` is ``printed`` with no more than marks lost (MẬT read as MÂT), never with others added."""
    if len(nfc(read)) != len(nfc(printed)):
        return False
    pairs = zip(nfc(read), nfc(printed), strict=True)
    return all(fold(a) == fold(b) and a.isupper() == b.isupper() and _marks(a) <= _marks(b) for a, b in pairs)


def without_leaders(text: str) -> str:
    """``text`` without dotted or ruled lines of a blank form, trimmed."""
    return re.sub(r"\s{2,}", " ", _LEADERS.sub(" ", text)).strip(" \t:;,-–—.*|")


def _marks(char: str) -> frozenset[str]:
    stroke = {"stroke"} if char in "đĐ" else set()
    return frozenset(stroke | {c for c in unicodedata.normalize("NFD", char) if unicodedata.combining(c)})
