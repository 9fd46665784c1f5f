"""Why a paper was taken for what it was: the evidence of the best types, and what would tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.classify import kinds
from pipeline.classify.evidence import Evidence, by_type
from pipeline.classify.kinds import Match
from pipeline.classify.knowledge import Knowledge
from pipeline.classify.layout import sheet
from pipeline.dossier import PageReading
from pipeline.settings import DocumentType

_SHOWN = 3


@dataclass(frozen=True)
class Standing:
    """One type that came into question, its score 0..1 and its evidence, the heaviest first."""

    type: DocumentType
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Marks:
    """What the paper would bear, were it of ``type`` and not of the other one, and was not found on it."""

    type: DocumentType
    titles: tuple[str, ...]
    suffixes: tuple[str, ...]
    anchors: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """A decision: the pages of the document, what was decided, the types that stood best, and what was missed."""

    pages: tuple[int, ...]
    match: Match
    standings: tuple[Standing, ...]
    missed: tuple[Marks, ...]


def explain(readings: Sequence[PageReading], knowledge: Knowledge) -> Explanation:
    """Decide as :func:`~pipeline.classify.understand` does, and say why.

    Args:
        readings: the pages of one document.
        knowledge: configuration and learned model.
    """
    types = knowledge.settings.types
    text = "\n".join(reading.text for reading in readings)
    chances = knowledge.model.chances(text) if knowledge.model else None
    match = kinds.classify([sheet(reading) for reading in readings], types, chances)
    best = list(by_type(match.evidence).items())[:_SHOWN]
    standings = tuple(
        Standing(kind, score, _of(match, key)) for key, score in best for kind in types if kind.key == key
    )
    missed = _apart(standings[0], standings[1]) if len(standings) > 1 else ()
    return Explanation(tuple(reading.number for reading in readings), match, standings, missed)


def _of(match: Match, key: str) -> tuple[Evidence, ...]:
    return tuple(sorted((one for one in match.evidence if one.type == key), key=lambda one: -abs(one.weight)))


def _apart(first: Standing, second: Standing) -> tuple[Marks, ...]:
    return tuple(marks for marks in (_missed(first, second), _missed(second, first)) if _any(marks))


def _missed(one: Standing, other: Standing) -> Marks:
    """Titles, abbreviations and anchors of ``one`` that ``other`` has not and that were not found."""
    found = {evidence.kind for evidence in one.evidence}
    words = {evidence.what for evidence in one.evidence if evidence.kind == "anchor"}
    theirs = {anchor.text for anchor in other.type.anchors}
    return Marks(
        one.type,
        () if "title" in found else tuple(text for text in one.type.titles if text not in other.type.titles),
        () if "symbol" in found else tuple(text for text in one.type.suffixes if text not in other.type.suffixes),
        tuple(anchor.text for anchor in one.type.anchors if anchor.text not in words | theirs),
    )


def _any(marks: Marks) -> bool:
    return bool(marks.titles or marks.suffixes or marks.anchors)
