"""What the bench works on: pages with their truth, and what an engine read on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.dossier import Box


@dataclass(frozen=True, slots=True)
class TruthLine:
    """A printed line. ``box`` in pixels of the page before any condition, or ``None`` where it is not known."""

    text: str
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A place filled in by hand, between the printed words ``left`` and ``right``."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is printed on a page.

    ``body`` is title and body as one text, ``lines`` the whole page. ``others`` are texts that may be read without
    being text of the paper (stamps, captions, page number); ``marks`` are places without print (handwriting,
    signature, seal), in the coordinates of ``lines``.
    """

    body: str
    lines: tuple[TruthLine, ...]
    gaps: tuple[Gap, ...] = ()
    others: tuple[str, ...] = ()
    marks: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A page to read: one-page PDF as a scanner gives it, and the same picture as a file (``carrier``).

    ``full`` says whether it is a colour scan of A4 at 300 dpi or more, the kind that costs are stated for.
    """

    set: str
    name: str
    pdf: Path
    carrier: Path
    dpi: float
    full: bool
    truth: Truth


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word as read; ``flagged`` is ``None`` when the engine says nothing about how sure it is."""

    text: str
    box: Box | None = None
    flagged: bool | None = None


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What an engine read on one page, and what that cost.

    ``cpu`` is in seconds, children included; ``wall`` in seconds. ``places`` are the boxes of stamps and handwriting
    that the engine noticed, in the coordinates of the words. ``error`` names the error when there is no reading.
    """

    lines: tuple[tuple[ReadWord, ...], ...]
    cpu: float
    wall: float
    places: tuple[Box, ...] = ()
    mode: str = ""
    error: str = ""

    @property
    def words(self) -> tuple[ReadWord, ...]:
        """Every word, in the engine's order."""
        return tuple(word for line in self.lines for word in line)

    @property
    def text(self) -> str:
        """All words as one text."""
        return " ".join(word.text for word in self.words)
