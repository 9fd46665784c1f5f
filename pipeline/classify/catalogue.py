"""The configured types made ready for comparing: folded once, not once a page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.classify.matching import Folded, skeleton
from pipeline.settings import DocumentType
from pipeline.vietnamese import fold, nfc

_SHORTEST_LABEL = 6
"""Letters a label needs to say something of the type: ``Số`` and ``Tên`` stand on every paper."""


@dataclass(frozen=True)
class Phrase:
    """Words sought on a paper: as configured, and folded with a blank before and after."""

    text: str
    spaced: str
    zone: str = "anywhere"
    share: float = 1.0
    """How much it says of its type: a label that n types have says one n-th."""


@dataclass(frozen=True)
class Known:
    """A type with its words folded."""

    type: DocumentType
    titles: tuple[str, ...]
    """Letters and digits only, figures that look like letters made letters."""
    anchors: tuple[Phrase, ...]
    negative: tuple[Phrase, ...]
    labels: tuple[Phrase, ...]


@dataclass(frozen=True)
class Catalogue:
    """All types of one configuration."""

    known: tuple[Known, ...]
    symbols: dict[str, tuple[str, ...]]
    """Keys of the types by the abbreviation in their number, as printed."""
    folded_symbols: dict[str, tuple[str, ...]]
    """The same by the folded abbreviation."""
    untitled: tuple[str, ...]
    """Keys of the types whose number has no abbreviation: official letters."""


class _Same:
    """A row of types, the same as another when it holds the very same objects."""

    __slots__ = ("types",)

    def __init__(self, types: Sequence[DocumentType]) -> None:
        self.types = tuple(types)

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.types)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Same)
            and len(self.types) == len(other.types)
            and all(mine is theirs for mine, theirs in zip(self.types, other.types, strict=True))
        )


def catalogue(types: Sequence[DocumentType]) -> Catalogue:
    """``types`` made ready; the same objects are made ready once."""
    return _made(_Same(types))


def spaced(plain: str) -> str:
    """Words of a folded text with one blank before and after each: a phrase is found from the start of a word only."""
    return " " + " ".join(re.findall(r"[a-z0-9]+", plain)) + " "


def _phrase(text: str, zone: str = "anywhere", share: float = 1.0) -> Phrase:
    return Phrase(text, spaced(Folded(text).plain), zone, share)


@lru_cache(maxsize=16)
def _made(same: _Same) -> Catalogue:
    types = same.types
    times = Counter(label for kind in types for label in _labels(kind))
    known = tuple(
        Known(
            kind,
            tuple(skeleton(title) for title in kind.titles),
            tuple(_phrase(anchor.text, anchor.zone) for anchor in kind.anchors),
            tuple(_phrase(word) for word in kind.negative),
            tuple(Phrase(text, label, share=1 / times[label]) for label, text in _labels(kind).items()),
        )
        for kind in types
    )
    return Catalogue(
        known,
        _by_symbol(types, nfc),
        _by_symbol(types, lambda text: fold(nfc(text))),
        tuple(kind.key for kind in types if "" in kind.suffixes),
    )


def _labels(kind: DocumentType) -> dict[str, str]:
    """Labels of a type's own fields, folded, with how each is configured."""
    labels = {spaced(Folded(label).plain): label for spec in kind.fields.values() for label in reversed(spec.labels)}
    return {label: text for label, text in labels.items() if len(label.replace(" ", "")) >= _SHORTEST_LABEL}


def _by_symbol(types: Sequence[DocumentType], form: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for kind in types:
        for suffix in filter(None, kind.suffixes):
            key = form(suffix)
            found[key] = (*found.get(key, ()), kind.key)
    return found
