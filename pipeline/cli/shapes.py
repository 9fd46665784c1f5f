"""The shapes of ``--json``: stable, documented in docs/json.md; boxes are pixels of the page as shown upright."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import base
from pipeline.dossier import Box, Capture, Document, FieldValue, Finding, Page, PageReading
from pipeline.errors import SohoaError

if TYPE_CHECKING:
    from pipeline.packaging import SignatureFacts, Verdict
    from pipeline.work import Outcome

Json = dict[str, Any]


def reading(
    path: Path, taken: Capture, pages: Iterable[tuple[Page, PageReading]], documents: Sequence[Document]
) -> Json:
    """What ``sohoa read`` says of one file."""
    return {
        "file": str(path),
        "sha256": taken.source.sha256,
        "signed": taken.source.signed,
        "pages": [_page(read) for _, read in pages],
        "documents": [_extraction(document) for document in documents],
        "findings": [finding_shape(finding) for finding in noticed(documents)],
    }


def noticed(documents: Iterable[Document]) -> tuple[Finding, ...]:
    """What was noticed on the documents of a file, weighed as configured; what is on the file as a whole comes once."""
    return tuple(dict.fromkeys(found for each in documents for found in (*each.findings, *each.extraction.findings)))


def _page(read: PageReading) -> Json:
    return {
        "number": read.number,
        "width": read.width,
        "height": read.height,
        "dpi": round(read.dpi, 1),
        "rotation": read.rotation,
        "skew": round(read.skew, 2),
        "mode": read.mode,
        "readers": list(read.readers),
        "text": read.text,
        "words": [
            {
                "text": word.text,
                "raw": word.raw or word.text,
                "box": _box(word.box),
                "confidence": round(word.confidence, 3),
                "agreed": word.agreed,
            }
            for word in read.words()
        ],
        "lines": [{"zone": line.zone, "box": _box(line.box), "text": line.text} for line in read.lines],
        "barcodes": [{"format": code.format, "text": code.text, "box": _box(code.box)} for code in read.barcodes],
        "regions": [{"kind": region.kind, "box": _box(region.box)} for region in read.regions],
    }


def _extraction(document: Document) -> Json:
    found = document.extraction
    return {
        "pages": list(found.pages),
        "type": found.type,
        "type_confidence": round(found.type_confidence, 3),
        "title": found.title,
        "fields": {field.key: field_shape(field) for field in found.fields},
    }


def field_shape(field: FieldValue) -> Json:
    """One field."""
    return {
        "value": field.value,
        "confidence": round(field.confidence, 3),
        "page": field.page,
        "box": _box(field.box),
        "source": field.source,
        "needs_review": field.needs_review,
        "raw": field.raw,
        "reason": field.reason,
        "agreed": field.agreed,
    }


def finding_shape(finding: Finding) -> Json:
    """One finding, in the language spoken."""
    return {
        "rule": finding.rule,
        "where": finding.where,
        "message": finding.message.say(base.language),
        "severity": finding.severity.value,
    }


def _box(box: Box | None) -> list[float] | None:
    return None if box is None else [round(value, 1) for value in box]


def document(document: Document, size: int | None = None) -> Json:
    """One document of ``sohoa run`` or ``sohoa review``; ``size`` of its record in bytes."""
    return {
        "id": document.id,
        "file": document.source.name,
        **_extraction(document),
        "state": document.state.value,
        "reason": document.reason,
        "code": document.code,
        "doubtful": [field.key for field in document.extraction.doubtful],
        "signed_original": document.source.signed,
        "bytes": size,
        "findings": [finding_shape(found) for found in (*document.findings, *document.extraction.findings)],
    }


def run(outcomes: Iterable[Outcome]) -> Json:
    """What ``sohoa run`` says: documents, sources stored before, errors."""
    outcomes = list(outcomes)
    return {
        "documents": [
            {**document(each, outcome.sizes.get(each.id)), "seconds": round(outcome.seconds, 2)}
            for outcome in outcomes
            for each in outcome.documents
        ],
        "stored_before": [
            {"file": outcome.name, "id": hit.id, "type": hit.type, "dossier": hit.dossier}
            for outcome in outcomes
            for hit in outcome.stored_before
        ],
        "errors": [
            {"file": outcome.name, **error_shape(outcome.error)} for outcome in outcomes if outcome.error is not None
        ],
    }


def error_shape(error: SohoaError) -> Json:
    """One error, in the language spoken."""
    return {
        "rule": error.rule,
        "exit_code": error.exit_code,
        "message": error.text.say(base.language),
        "retryable": error.retryable,
    }


def verdict(name: str, found: Verdict) -> Json:
    """What ``sohoa verify`` says of one file."""
    return {
        "file": name,
        "ok": found.ok,
        "level": found.level,
        "pades": found.pades,
        "signatures": [_signature(each) for each in found.signatures],
        "revisions": [
            {
                "number": revision.number + 1,
                "kind": revision.kind,
                "end": revision.end,
                "what": revision.words.say(base.language),
            }
            for revision in found.revisions
        ],
        "findings": [finding_shape(finding) for finding in found.findings],
        "notes": [finding_shape(note) for note in found.notes],
    }


def _signature(facts: SignatureFacts) -> Json:
    return {
        "field": facts.field,
        "signer": facts.signer,
        "time": facts.time.isoformat() if facts.time else "",
        "time_proven": facts.time_proven,
        "document_timestamp": facts.document_timestamp,
        "level": facts.level,
        "intact": facts.intact,
        "trusted": facts.trusted,
        "revocation": facts.revocation,
        "authority": facts.authority,
        "until": facts.until.isoformat() if facts.until else "",
        "covers_whole_file": facts.covers_whole_file,
        "modified": facts.modified,
        "demo": facts.demo,
        "certificate": facts.certificate,
        "reason": facts.reason.say(base.language),
    }
