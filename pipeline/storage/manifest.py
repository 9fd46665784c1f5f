"""The manifest: everything known about a stored record, in one JSON object whose arrival is the commit.

Schema ``sohoa-manifest/1`` (UTF-8 JSON; times ISO 8601 with offset, hashes SHA-256 in lower-case hex, sizes in bytes,
boxes ``[x0, y0, x1, y1]`` in pixels of the page as shown upright, angles in degrees)::

    format           "sohoa-manifest/1"
    id, version      the document's opaque id; 1 for the record as first stored, one more for each renewal
    stored_at        time of the commit of this version
    code             code issued to the paper (Circular 01/2023/TT-VPCP art. 10)
    dossier          {code, procedure, owner, kind: component|result}
    source           the file taken in: {name, sha256, size, media_type, signed}
    type             key of the document type, and type_name, type_confidence (0..1), title as printed
    fields           [{key, read, confidence, value, editor, source, needs_review, reason, page, box}]:
                     what was read, what is valid, and who decided (requirement: read value, confidence, final value
                     and editor are kept)
    pages            [{number, width, height, dpi_x, dpi_y, rotation, skew, coding}] of the archived pictures
    corrections      [{key, read, final, editor, at, source, confidence, reason}] in the order they were made
    history          [{at, state, by, remark}]
    findings         [{rule, where, message: {vi, en}, severity}]
    override         recorded reason for storing although a finding blocks, or ""
    files            [{role, key, sha256, size, media_type}]: record (PDF), reading (page readings, gzipped JSON),
                     original (a digitally signed source, byte for byte; only for such), light (a small copy to read)
    proof            {certificates, xmp_sha256, level, renew_by}: what the record's signatures must go on showing
    earlier          SHA-256 of the record in the versions before, oldest first: such a file is still this record
    digests          digest algorithms on which that proof rests (sha256 …); empty where nothing is known of them

The manifest holds personal data (the source's name may, too); object keys do not.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import make_converter

from pipeline.dossier import (
    Box,
    Correction,
    Document,
    Dossier,
    Event,
    FieldValue,
    Finding,
    PageReading,
    Proof,
)
from pipeline.errors import IntegrityError

FORMAT = "sohoa-manifest/1"


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """The file taken in, as it was."""

    name: str
    sha256: str
    size: int
    media_type: str
    signed: bool


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """One datum: as read, as valid now, and who decided."""

    key: str
    read: str
    confidence: float
    value: str
    editor: str
    source: str
    needs_review: bool
    reason: str
    page: int | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One archived picture; width and height in pixels before turning."""

    number: int
    width: int
    height: int
    dpi_x: float
    dpi_y: float
    rotation: int
    skew: float
    coding: str


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One object of the record."""

    role: str
    key: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """See the module's description."""

    format: str
    id: str
    version: int
    stored_at: str
    code: str
    dossier: Dossier
    source: SourceEntry
    type: str
    type_name: str
    type_confidence: float
    title: str
    fields: tuple[FieldEntry, ...]
    pages: tuple[PageEntry, ...]
    corrections: tuple[Correction, ...]
    history: tuple[Event, ...]
    findings: tuple[Finding, ...]
    override: str
    files: tuple[FileEntry, ...]
    proof: Proof = field(default_factory=Proof)
    digests: tuple[str, ...] = ()
    """Digest algorithms on which the proof rests: when one of them ends, the record has to be renewed."""
    earlier: tuple[str, ...] = ()
    """SHA-256 of the record in the versions before this one, oldest first."""
    created: bool = field(default=False, compare=False)
    """Whether the call that returned it made it; not part of the JSON."""

    def value(self, key: str) -> str:
        """The valid value of the field of that key; empty when there is none."""
        return next((found.value for found in self.fields if found.key == key), "")

    @property
    def owner(self) -> str:
        """Whose paper it is: the id on the paper, otherwise the dossier's owner; may be empty."""
        return self.value("ma_dinh_danh") or self.dossier.owner

    def file(self, role: str) -> FileEntry | None:
        """The object of that role, if the record has one."""
        return next((found for found in self.files if found.role == role), None)


def describe(document: Document, version: int, type_name: str, files: Sequence[FileEntry]) -> Manifest:
    """The manifest of ``document``; its last event says when it was stored."""
    extraction, source = document.extraction, document.source
    return Manifest(
        format=FORMAT,
        id=document.id,
        version=version,
        stored_at=document.history[-1].at,
        code=document.code,
        dossier=document.dossier,
        source=SourceEntry(source.name, source.sha256, source.size, source.media_type, source.signed),
        type=extraction.type,
        type_name=type_name or extraction.title,
        type_confidence=extraction.type_confidence,
        title=extraction.title,
        fields=_fields(document),
        pages=tuple(
            PageEntry(p.number, p.width, p.height, p.dpi_x, p.dpi_y, p.rotation, p.skew, p.coding.value)
            for p in document.pages
        ),
        corrections=document.corrections,
        history=document.history,
        findings=tuple(dict.fromkeys((*document.findings, *extraction.findings))),
        override=document.override,
        files=tuple(files),
        proof=document.proof,
    )


def _fields(document: Document) -> tuple[FieldEntry, ...]:
    """Fields with what the officer made of them; a field that only the officer knew comes at the end."""
    known = {found.key for found in document.extraction.fields}
    typed = dict.fromkeys(c.key for c in document.corrections if c.key not in known and c.key != "type")
    fields = (*document.extraction.fields, *(FieldValue(key, source="typed") for key in typed))
    entries = []
    for found in fields:
        made = [c for c in document.corrections if c.key == found.key]
        entries.append(
            FieldEntry(
                key=found.key,
                read=made[0].read if made else found.value,
                confidence=found.confidence,
                value=made[-1].final if made else found.value,
                editor=made[-1].editor if made else "",
                source=found.source,
                needs_review=found.needs_review,
                reason=found.reason,
                page=found.page,
                box=found.box,
            )
        )
    return tuple(entries)


# -- JSON -------------------------------------------------------------------------------------------------------

_converter = make_converter(detailed_validation=False)
_converter.register_unstructure_hook(
    Manifest, make_dict_unstructure_fn(Manifest, _converter, created=override(omit=True))
)
_converter.register_structure_hook(Manifest, make_dict_structure_fn(Manifest, _converter, created=override(omit=True)))
_Readings = tuple[PageReading, ...]
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError, BaseValidationError)


def to_json(manifest: Manifest) -> bytes:
    """The manifest as it is stored."""
    return json.dumps(_converter.unstructure(manifest), ensure_ascii=False, indent=1).encode()


def from_json(data: bytes, where: str) -> Manifest:
    """The manifest in ``data``.

    Raises:
        IntegrityError: it is no manifest of this format; ``where`` names it.
    """
    try:
        manifest = _converter.structure(json.loads(data), Manifest)
    except _BROKEN as error:
        raise IntegrityError(where=where) from error
    if manifest.format != FORMAT:
        raise IntegrityError(where=where)
    return manifest


def pack_readings(readings: Sequence[PageReading]) -> bytes:
    """Page readings as gzipped JSON; the same readings always give the same bytes."""
    plain = json.dumps(_converter.unstructure(tuple(readings), _Readings), ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(plain.encode(), mtime=0)


def unpack_readings(data: bytes, where: str) -> tuple[PageReading, ...]:
    """The page readings in ``data``.

    Raises:
        IntegrityError: they cannot be read; ``where`` names them.
    """
    try:
        return _converter.structure(json.loads(gzip.decompress(data)), _Readings)
    except (*_BROKEN, OSError, EOFError) as error:
        raise IntegrityError(where=where) from error
