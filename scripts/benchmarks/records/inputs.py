"""Odd papers: more than sixty files as scanners, programs and people make them, taken in as the procedure does.

Everything is drawn here, of invented persons, with what stands on it, so that no reader is needed. A file that cannot
be written on this machine (no codec) is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.records.inputs_paper import Made, Maker, Unwritable, reading
from benchmarks.records.inputs_pdfs import PDFS
from benchmarks.records.inputs_pictures import PICTURES
from pipeline.capture import take
from pipeline.dossier import Document, Dossier, Extraction, FieldValue
from pipeline.settings import Limits

MAKERS: dict[str, Maker] = {**PICTURES, **PDFS}


def inputs(folder: Path) -> Iterator[tuple[str, Document]]:
    """Every odd paper by name, taken in below ``folder``, which is made."""
    for name, make in MAKERS.items():
        document = one(name, make, folder)
        if document is not None:
            yield name, document


def one(name: str, make: Maker, folder: Path) -> Document | None:
    """One odd paper, or ``None`` where this machine cannot write it."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    try:
        made = make(place)
    except (Unwritable, OSError):
        return None
    work = place / "work"
    work.mkdir(exist_ok=True)
    return _document(name, made, work)


def _document(name: str, made: Made, work: Path) -> Document:
    taken = take(made.file, work, Limits(pages=1000, megapixels=400))
    pages = tuple(replace(page, rotation=(page.rotation + made.turn) % 360) for page in taken.pages)
    readings = tuple(reading(page, made.lines) for page in pages)
    return Document(
        id=hashlib.sha256(name.encode()).hexdigest()[:20],
        dossier=Dossier("H00.01-260305-0001", "1.001193", owner="001200000017"),
        source=taken.source,
        pages=pages,
        readings=readings,
        extraction=Extraction(
            tuple(page.number for page in pages),
            "quyet_dinh",
            0.95,
            fields=(FieldValue("so_ky_hieu", "15/QĐ-UBND", "15/QĐ-UBND", 0.9),),
        ),
        findings=taken.findings,
    )
