"""The documents that become records: sample scans, drawn papers, odd inputs, and a long one of full colour scans."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from benchmarks.records.inputs import inputs
from pipeline import capture
from pipeline.dossier import Box, Coding, Document, Dossier, Extraction, Line, Page, PageReading, Source, Word
from pipeline.settings import Settings
from pipeline.work import Crew
from samples import draw_dossier, draw_paper

SCANS, DRAWN, ODD = "scans", "drawn", "odd"
SETS = (SCANS, DRAWN, ODD)
_DPI = 300
_GRAIN, _QUALITY = 7.0, 85
"""Grain of a scanner's picture (standard deviation of 255 steps) and JPEG quality: 1.4 MB for a page of A4 in all."""
_DISTINCT = 5
"""Pages drawn for a long document before they come again, each time with other grain."""


@dataclass(frozen=True, slots=True)
class Case:
    """A document to make a record of."""

    set: str
    name: str
    document: Document

    @property
    def full(self) -> bool:
        """Whether every page is a JPEG of about 300 dpi: what the bar of light copies speaks of."""
        return all(
            page.coding is Coding.JPEG and min(page.dpi_x, page.dpi_y) >= 290 and max(page.dpi_x, page.dpi_y) <= 310
            for page in self.document.pages
        )


# -- files ------------------------------------------------------------------------------------------------------


def scans(folder: Path, work: Path, settings: Settings, *, read: bool) -> Iterator[Case]:
    """Every PDF in ``folder`` as one document; with ``read`` its text is read, else its records have none."""
    site = settings.site
    if read:
        with Crew(site.reading, site.limits, 1, settings.vocabulary) as crew:
            for path in sorted(folder.glob("*.pdf")):
                taken = crew.take(path, _folder(work / path.stem))
                done = list(crew.read(path.name, taken.pages))
                pages, readings = [page for page, _ in done], [reading for _, reading in done]
                yield Case(SCANS, path.stem, document(taken.source, pages, readings))
        return
    for path in sorted(folder.glob("*.pdf")):
        taken = capture.take(path, _folder(work / path.stem), site.limits)
        pages = [capture.upright(page, site.limits) for page in taken.pages]
        yield Case(SCANS, path.stem, document(taken.source, pages, ()))


def drawn(seeds: Sequence[int], work: Path, settings: Settings) -> Iterator[Case]:
    """The files of the drawn dossiers of ``seeds``; the text of each page is what was drawn, in its places."""
    limits = settings.site.limits
    for seed in seeds:
        folder = draw_dossier(seed, work / f"dossier-{seed}")
        for path in sorted((folder / "scans").iterdir()):
            truth = json.loads((folder / "truth" / f"{path.stem}.truth.json").read_text(encoding="utf-8"))
            taken = capture.take(path, _folder(work / f"{seed}-{path.stem}"), limits)
            pages = [capture.upright(page, limits) for page in taken.pages]
            readings = [_truth(page, told) for page, told in zip(pages, truth["pages"], strict=True)]
            yield Case(DRAWN, f"{folder.name}/{path.name}", document(taken.source, pages, readings))


def odd(work: Path) -> Iterator[Case]:
    """The inputs of :mod:`benchmarks.records.inputs`."""
    for name, made in inputs(_folder(work)):
        yield Case(ODD, name, made)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _truth(page: Page, told: dict[str, Any]) -> PageReading:
    """The drawn lines as a reading; their places are those before the scanner, brought to the page's size."""
    width, height = page.upright_size
    wide, high = (round(side / 25.4 * _DPI) for side in (210, 297))
    scale = width / wide, height / high
    lines = [_line(one["text"], _scaled(one["box"], scale)) for one in told["lines"] if one["text"].strip()]
    return PageReading(page.number, width, height, page.upright_dpi[0], page.rotation, page.skew, tuple(lines))


def _scaled(box: Sequence[float], scale: tuple[float, float]) -> Box:
    x0, y0, x1, y1 = box
    return x0 * scale[0], y0 * scale[1], x1 * scale[0], y1 * scale[1]


def _line(text: str, box: Box) -> Line:
    """A line whose words share its width by their letters."""
    x0, y0, x1, y1 = box
    letter = (x1 - x0) / max(len(text), 1)
    words, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        words.append(Word(word, (x0 + at * letter, y0, x0 + (at + len(word)) * letter, y1), 0.99, True))
        at += len(word)
    return Line(tuple(words), box)


def document(source: Source, pages: Sequence[Page], readings: Sequence[PageReading]) -> Document:
    """A document of all pages, of no known type."""
    numbers = tuple(page.number for page in pages)
    return Document(
        id=source.sha256[:20],
        dossier=Dossier("", ""),
        source=source,
        pages=tuple(pages),
        readings=tuple(readings),
        extraction=Extraction(numbers, "unknown", 0.0),
    )


# -- drawn for cost and size ------------------------------------------------------------------------------------


def long(pages: int, work: Path) -> Case:
    """A document of ``pages`` colour scans of A4 at 300 dpi, about 1.4 MB each: print, red seal, hand and grain."""
    folder = _folder(work / f"long-{pages}")
    paper = [draw_paper("quyet_dinh", 900 + number) for number in range(min(_DISTINCT, pages))]
    sheets = [(np.asarray(each.pages[0]), each.truth.pages[0].as_dict()) for each in paper]
    made, readings = [], []
    for number in range(1, pages + 1):
        pixels, told = sheets[(number - 1) % len(sheets)]
        file = folder / f"page-{number}.jpg"
        file.write_bytes(_grained(pixels, number))
        page = Page(number, file, Coding.JPEG, pixels.shape[1], pixels.shape[0], _DPI, _DPI)
        made.append(page)
        readings.append(_truth(page, told))
    size = sum(page.carrier.stat().st_size for page in made)
    digest = hashlib.sha256(made[0].carrier.read_bytes()).hexdigest()
    source = Source("long.pdf", made[0].carrier, digest, size, "application/pdf")
    return Case("long", f"{pages} pages", document(source, made, readings))


def _grained(pixels: Any, seed: int) -> bytes:
    grain = np.empty(pixels.shape, np.int16)
    cv2.setRNGSeed(seed)
    cv2.randn(grain, np.zeros(3), np.full(3, _GRAIN))
    picture = cv2.add(pixels.astype(np.int16), grain).clip(0, 255).astype(np.uint8)
    held = io.BytesIO()
    Image.fromarray(picture).save(held, "JPEG", quality=_QUALITY, dpi=(_DPI, _DPI))
    return held.getvalue()


def shorter(case: Case, pages: int) -> Case:
    """The first ``pages`` pages of a long document."""
    old = case.document
    kept = old.pages[:pages]
    source = replace(old.source, size=sum(page.carrier.stat().st_size for page in kept))
    return Case(case.set, f"{pages} pages", document(source, kept, old.readings[:pages]))
