"""Alignment of two readings of a line: what the second reader read at the place of each word of the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from pipeline.dossier import Word
from pipeline.vietnamese import nfc

_TYPES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "‐": "-", "‑": "-"})


@lru_cache(maxsize=1 << 14)
def key(text: str) -> str:
    """``text`` as compared between readers: kinds of quotes and dashes are one."""
    return nfc(text).translate(_TYPES)


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What another reading has at the place of a word: ``parts`` are its words, ``text`` the same without blanks.

    ``runs_on``: it goes on without a blank into the counterpart of the next word.
    """

    parts: tuple[str, ...] = ()
    confidence: float = 0.0
    runs_on: bool = False

    @property
    def text(self) -> str:
        """All letters, no blanks."""
        return "".join(self.parts)


def align(first: Sequence[Word], second: Sequence[Word]) -> list[Counterpart]:
    """For every word of ``first`` the letters of ``second`` that stand at its place (Levenshtein, blanks not counted).

    Letters that only ``second`` has go to the word they are attached to; whole words of its own are left out.
    """
    mine = [(letter, i) for i, word in enumerate(first) for letter in key(word.text)]
    theirs = [(letter, word.confidence, n == 0) for word in second for n, letter in enumerate(key(word.text))]
    starts = [start for _, _, start in theirs]
    owner: list[int | None] = [None] * len(theirs)
    a, b = "".join(letter for letter, _ in mine), "".join(letter for letter, _, _ in theirs)
    for edit in Levenshtein.opcodes(a, b):
        if edit.tag in ("equal", "replace"):
            for p, q in zip(range(edit.src_start, edit.src_end), range(edit.dest_start, edit.dest_end), strict=True):
                owner[q] = mine[p][1]
        elif edit.tag == "insert":
            left = mine[edit.src_start - 1][1] if edit.src_start > 0 else None
            right = mine[edit.src_start][1] if edit.src_start < len(mine) else None
            _settle(owner, starts, range(edit.dest_start, edit.dest_end), (left, right))
    return [_counterpart(i, theirs, owner) for i in range(len(first))]


def _settle(owner: list[int | None], starts: list[bool], places: range, beside: tuple[int | None, int | None]) -> None:
    """Give letters that only the second reader saw to the word they are attached to; whole words stay without one."""
    left, right = beside
    if left == right:
        for q in places:
            owner[q] = left
        return
    q = places.start
    while q < places.stop and not starts[q]:
        owner[q] = left
        q += 1
    end = places.stop
    while end > q and end < len(starts) and not starts[end]:
        end -= 1
        owner[end] = right


def _counterpart(i: int, theirs: list[tuple[str, float, bool]], owner: list[int | None]) -> Counterpart:
    places = [q for q, index in enumerate(owner) if index == i]
    if not places:
        return Counterpart()
    after = places[-1] + 1
    runs_on = after < len(theirs) and owner[after] == i + 1 and not theirs[after][2]
    parts: list[str] = []
    for q in places:
        if parts and not theirs[q][2]:
            parts[-1] += theirs[q][0]
        else:
            parts.append(theirs[q][0])
    return Counterpart(tuple(parts), sum(theirs[q][1] for q in places) / len(places), runs_on)
