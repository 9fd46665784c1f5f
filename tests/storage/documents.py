"""Invented documents, sealed and ready to be stored."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.dossier import (
    Coding,
    Correction,
    Document,
    Dossier,
    Event,
    Extraction,
    FieldValue,
    Finding,
    Kind,
    Line,
    Page,
    PageReading,
    Source,
    State,
    Text,
    Word,
)

OWNER = "001190012345"
"""An invented id: Hà Nội, a woman born in 1990."""


def document_id(seed: object) -> str:
    """An opaque id."""
    return hashlib.sha256(str(seed).encode()).hexdigest()[:20]


def reading(text: str, number: int = 1) -> PageReading:
    """A page on which ``text`` was read."""
    lines = tuple(
        Line(tuple(Word(word, (0.0, 0.0, 10.0, 5.0), 0.9, True) for word in line.split()), (0.0, 0.0, 100.0, 5.0))
        for line in text.splitlines()
    )
    return PageReading(number, 1654, 2339, 200.0, 0, 0.1, lines, readers=("tesseract",))


def document(
    folder: Path,
    seed: object = 1,
    *,
    text: str = "Quyết định về việc cấp giấy phép",
    number: str = "15/QĐ-UBND",
    date: str = "2020-03-05",
    type: str = "quyet_dinh",
    title: str = "QUYẾT ĐỊNH",
    abstract: str = "Về việc cấp giấy phép xây dựng",
    agency: str = "Ủy ban nhân dân phường Thí Điểm",
    owner: str = OWNER,
    dossier: str = "H00.01-261122-0001",
    kind: Kind = Kind.RESULT,
    code: str = "",
    source_sha256: str = "",
    name: str = "quét Nguyễn Văn Mẫu.pdf",
    signed: bool = False,
) -> Document:
    """A document whose sealed record is a file below ``folder``."""
    id = document_id(seed)
    record = folder / f"{id}.pdf"
    record.write_bytes(b"%PDF-1.7 " + id.encode() * 50)
    fields = (
        FieldValue("so_ky_hieu", number, number, 0.9, 1, (10.0, 20.0, 30.0, 40.0), "zone"),
        FieldValue("ngay_cap", date, date, 0.8, 1, None, "zone"),
        FieldValue("co_quan_cap", agency, agency, 0.95, 1, None, "zone"),
        FieldValue("trich_yeu", abstract, abstract, 0.9, 1, None, "zone"),
    )
    return Document(
        id=id,
        dossier=Dossier(dossier, "1.001193", owner, kind),
        source=Source(
            name,
            record,
            source_sha256 or hashlib.sha256(str(seed).encode()).hexdigest(),
            1000,
            "application/pdf",
            signed,
        ),
        pages=(Page(1, folder / "1.jpg", Coding.JPEG, 1654, 2339, 200.0, 200.0, 0, 0.1),),
        readings=(reading(text),),
        extraction=Extraction((1,), type, 0.97, title, fields),
        state=State.STORED,
        code=code or f"{owner}.{type}.{number}",
        record=record,
        corrections=(Correction("ngay_cap", "2020-03-06", date, "person", "2026-11-22T09:00:00+07:00"),),
        history=(Event("2026-11-22T09:00:05+07:00", State.STORED, "sohoa"),),
        findings=(Finding("low_resolution", "page 1", Text("ít điểm ảnh", "few pixels")),),
    )
