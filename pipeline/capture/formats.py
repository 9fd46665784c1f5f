"""Formats are told by the bytes; the extension has to agree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NotADocument, WrongExtension

_HEADER = 1024
"""A PDF's header may stand anywhere in the first 1024 bytes (ISO 32000-1, implementation note 13)."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format taken: its name, media type and the extensions it goes by."""

    name: str
    media_type: str
    suffixes: tuple[str, ...]


PDF = Format("PDF", "application/pdf", (".pdf",))
_PICTURES = (
    (b"\xff\xd8\xff", Format("JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"))),
    (b"\x89PNG\r\n\x1a\n", Format("PNG", "image/png", (".png",))),
    (b"II*\x00", Format("TIFF", "image/tiff", (".tif", ".tiff"))),
    (b"MM\x00*", Format("TIFF", "image/tiff", (".tif", ".tiff"))),
    (b"II+\x00", Format("TIFF", "image/tiff", (".tif", ".tiff"))),
    (b"BM", Format("BMP", "image/bmp", (".bmp", ".dib"))),
)
_WEBP = Format("WebP", "image/webp", (".webp",))

SUFFIXES = frozenset(suffix for known in (PDF, _WEBP, *(known for _, known in _PICTURES)) for suffix in known.suffixes)


def recognise(path: Path, name: str) -> Format:
    """The format of the file at ``path``; ``name`` is how it was called when it came.

    Raises:
        NotADocument: none of the formats taken.
        WrongExtension: the name says another of them.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER)
    found = _told_by(head)
    suffix = Path(name).suffix.lower()
    if found is None:
        raise NotADocument(name=name, what=suffix or "?")
    if suffix in SUFFIXES and suffix not in found.suffixes:
        raise WrongExtension(name=name, what=found.name, suffix=found.suffixes[0][1:])
    return found


def _told_by(head: bytes) -> Format | None:
    for magic, known in _PICTURES:
        if head.startswith(magic):
            return known
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _WEBP
    return PDF if b"%PDF-" in head else None
