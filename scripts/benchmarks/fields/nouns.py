"""What is measured: sources with the documents that are in them, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pipeline.dossier import Extraction, PageReading


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document as it is: type, pages (ordinals in the source), fields, and which of them were written by hand.

    ``complete``: every field printed on it is named, so that any other value is one too many.
    """

    type: str
    pages: tuple[int, ...]
    fields: dict[str, str] = field(default_factory=dict)
    handwritten: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or a text set in pages (``readings``), and its documents; ``separated``: with separator sheets."""

    set: str
    name: str
    wanted: tuple[Wanted, ...]
    path: Path | None = None
    readings: tuple[PageReading, ...] = ()
    pages: int = 0
    separated: bool = False
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """A source with the documents that were found in it.

    ``pages`` is the number of pages, ``coded`` are pages with a QR code of a card that was read, ``doubted`` pages at
    which a cut (made or not) is shown to a person; ``cpu`` in seconds, reading not included.
    """

    source: Source
    documents: tuple[Extraction, ...]
    pages: int
    coded: frozenset[int]
    doubted: frozenset[int]
    cpu: float


class Verdict(StrEnum):
    """What became of a field."""

    EXACT = "exact"
    EMPTY = "empty"
    FLAGGED = "wrong, flagged"
    ESCAPED = "wrong, NOT flagged"
    EXTRA = "extra"
    """A value, not flagged, that is not on the paper."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A field of a document with the verdict on it."""

    source: Source
    type: str
    key: str
    verdict: Verdict
    by_hand: bool
    read: str
    wanted: str
    origin: str
    """``FieldValue.source``."""
