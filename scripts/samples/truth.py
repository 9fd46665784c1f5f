"""What a drawn paper says: the truth that readings are compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.dossier import Box

ZONES = ("head_left", "head_right", "title", "body", "foot_left", "foot_right")


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed line: text in NFC without what was written by hand; box in pixels of the page before any condition."""

    zone: str
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Mark:
    """Something not printed: ``handwriting``, ``seal``, ``signature``, ``photo``; box as in :class:`Printed`.

    ``field`` is the key of the field whose value (or part of it) was written by hand.
    """

    kind: str
    box: Box
    text: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class PageTruth:
    """One page. ``number`` is the printed page number or empty, ``notice`` the grey line at the foot of the page.

    Both stand apart from the lines: neither belongs to the text of the paper.
    """

    lines: tuple[Printed, ...]
    marks: tuple[Mark, ...] = ()
    barcodes: tuple[str, ...] = ()
    number: str = ""
    notice: str = ""

    def blocks(self) -> dict[str, list[str]]:
        """The lines by zone, in the order of :data:`ZONES`; zones without lines are left out."""
        found = {zone: [line.text for line in self.lines if line.zone == zone] for zone in ZONES}
        return {zone: lines for zone, lines in found.items() if lines}

    def text(self) -> str:
        """All printed lines, one a line."""
        return "\n".join(line.text for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "blocks": self.blocks(),
            "page_number": self.number,
            "notice": self.notice,
            "lines": [{"zone": line.zone, "text": line.text, "box": _rounded(line.box)} for line in self.lines],
            "handwritten": [
                {"text": mark.text, "field": mark.field, "box": _rounded(mark.box)}
                for mark in self.marks
                if mark.kind == "handwriting"
            ],
            "marks": [
                {"kind": mark.kind, "box": _rounded(mark.box)} for mark in self.marks if mark.kind != "handwriting"
            ],
            "barcodes": list(self.barcodes),
        }


@dataclass(frozen=True, slots=True)
class DocumentTruth:
    """One document: type key, fields (legal and own keys; dates ISO 8601) and which of them were written by hand."""

    type: str
    fields: dict[str, str]
    pages: tuple[PageTruth, ...]
    handwritten: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """All printed lines of all pages."""
        return "\n".join(page.text() for page in self.pages)


def _rounded(box: Box) -> list[int]:
    return [round(edge) for edge in box]
