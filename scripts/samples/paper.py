"""A drawn paper: its pages, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from pipeline.vietnamese import nfc
from samples.sheet import Sheet
from samples.truth import DocumentTruth


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of one document."""

    kind: str
    truth: DocumentTruth
    sheets: tuple[Sheet, ...]
    """The sheets behind the pages: print that can be set once more without a picture."""

    @property
    def pages(self) -> tuple[Image.Image, ...]:
        """RGB pictures of A4 at 300 dpi, upright, before any condition; drawn at each call, so keep what you need."""
        return tuple(sheet.image for sheet in self.sheets)


def paper_of(kind: str, sheets: list[Sheet], fields: dict[str, str]) -> Paper:
    """Close the sheets: fields without a value are left out; those that the hand wrote are listed."""
    pages = tuple(sheet.truth() for sheet in sheets)
    by_hand = {mark.field for page in pages for mark in page.marks if mark.kind == "handwriting" and mark.field}
    values = {fields[key] for key in by_hand if fields.get(key)}
    # The same writing may fill a legal field and the type's own one.
    written = by_hand | {key for key, value in fields.items() if value in values}
    known = {key: nfc(value) for key, value in fields.items() if value}
    truth = DocumentTruth(kind, known, pages, tuple(sorted(written)))
    return Paper(kind, truth, tuple(sheets))
