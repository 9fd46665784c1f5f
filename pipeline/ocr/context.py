"""Which words stand beside which: on this page, and in the phrases of administration (configuration).

A context only chooses between readings and raises doubt; it never writes a word that nobody read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from pipeline.dossier import Word
from pipeline.ocr.align import key
from pipeline.vietnamese import fold

EDGES = "\"'()[]{}<>.,;:!?…-*/ "
"""Punctuation around a word."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """``pairs``: neighbouring words that belong together, bare and in small letters.

    ``spellings``: how the words of the configured phrases are spelt, by pair with the marks taken off and place (0, 1).
    """

    pairs: frozenset[Pair] = frozenset()
    spellings: Mapping[tuple[Pair, int], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of_phrases(cls, phrases: Iterable[str]) -> Context:
        """The context of known phrases, whatever page."""
        pairs = frozenset(pair for phrase in phrases for pair in pairwise(map(bare, phrase.split())))
        spellings: dict[tuple[Pair, int], set[str]] = {}
        for pair in pairs:
            for place in (0, 1):
                spellings.setdefault((_folded(pair), place), set()).add(pair[place])
        return cls(pairs, {at: frozenset(ways) for at, ways in spellings.items()})

    def with_page(self, readings: Sequence[tuple[Sequence[Word], Sequence[Word]]]) -> Context:
        """Together with the pairs on which the two readings of every line of a page agree."""
        seen: set[Pair] = set()
        for first, second in readings:
            seen |= _pairs(first) & _pairs(second)
        return replace(self, pairs=self.pairs | seen)

    def fits(self, before: str, word: str, after: str) -> int:
        """How many of its neighbours are known to stand beside ``word`` (0..2)."""
        return ((bare(before), bare(word)) in self.pairs) + ((bare(word), bare(after)) in self.pairs)

    def contradicts(self, word: str, beside: tuple[str, str]) -> bool:
        """Whether ``word`` is spelt otherwise than in the phrase it makes with a neighbour ("tố" in "tố chức")."""
        return self._spelt(word, beside) is False

    def confirms(self, word: str, beside: tuple[str, str]) -> bool:
        """Whether ``word`` is spelt as in a phrase it makes with a neighbour."""
        return self._spelt(word, beside) is True

    def cut(self, text: str) -> int:
        """Where ``text`` is to be cut into two words of a known phrase that were run together; 0 if it is not."""
        plain = key(text).lower()
        start = next((i for i, letter in enumerate(plain) if letter not in EDGES), 0)
        core = bare(text)
        places = (i for i in range(1, len(core)) if self.spellings.get((_folded((core[:i], core[i:])), 0)))
        return next((start + i for i in places if (core[:i], core[i:]) in self.pairs), 0)

    def _spelt(self, word: str, beside: tuple[str, str]) -> bool | None:
        at = bare(word)
        ways = [
            self.spellings.get((_folded((bare(beside[0]), at)), 1)),
            self.spellings.get((_folded((at, bare(beside[1]))), 0)),
        ]
        known = [spelt for spelt in ways if spelt]
        return any(at in spelt for spelt in known) if known else None


def _folded(pair: Pair) -> Pair:
    return _fold(pair[0]), _fold(pair[1])


@lru_cache(maxsize=1 << 14)
def _fold(text: str) -> str:
    """The same few hundred words come back on every page."""
    return fold(text)


@lru_cache(maxsize=1 << 14)
def bare(text: str) -> str:
    """``text`` in small letters without the punctuation around it."""
    return key(text).strip(EDGES).lower()


def _pairs(words: Sequence[Word]) -> set[Pair]:
    return {(bare(a.text), bare(b.text)) for a, b in pairwise(words)}
