"""A stack of invented papers in the journal, as a run leaves it before anything is signed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PIL import Image, ImageDraw

from pipeline import recipe
from pipeline.classify import Knowledge
from pipeline.dossier import Capture, Coding, Document, Dossier, Page, PageReading, Source
from pipeline.settings import bundled_folder, load
from pipeline.work.journal import Journal
from tests.classify.paper import HEIGHT, WIDTH, numbered

KNOWLEDGE = Knowledge(load(bundled_folder()), date(2026, 11, 22))
DOSSIER = Dossier("H00.01-261122-0001", "1.001193")


def lay(journal: Journal, readings: Sequence[PageReading], *, signed: bool = False) -> tuple[str, list[Document]]:
    """Keep a stack of these pages in ``journal``, cut as a run cuts it; its hash and its documents."""
    sha256 = hashlib.sha256(str(readings).encode()).hexdigest()
    folder = journal.begin(sha256)
    (folder / "source").write_bytes(b"stack")
    pages = tuple(_page(folder, number) for number in range(1, len(readings) + 1))
    source = Source("chồng.pdf", folder / "source", sha256, 5, "application/pdf", signed)
    taken = Capture(source, pages)
    journal.keep_capture(taken)
    read = [(page, numbered(reading, page.number)) for page, reading in zip(pages, readings, strict=True)]
    for page, reading in read:
        journal.keep_page(sha256, page, reading)
    journal.keep_cut(sha256, list(recipe.documents(taken, read, DOSSIER, KNOWLEDGE)))
    return sha256, journal.documents(sha256)


def _page(folder: Path, number: int) -> Page:
    """A page with a carrier of its own: a rising number of strokes, so that no two look the same."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (250, 249, 246))
    draw = ImageDraw.Draw(image)
    for stroke in range(number):
        draw.rectangle((200, 300 + 90 * stroke, 1400, 340 + 90 * stroke), fill="black")
    path = folder / f"{number:04}.png"
    image.save(path, dpi=(200, 200))
    return Page(number, path, Coding.LOSSLESS, WIDTH, HEIGHT, 200, 200)
