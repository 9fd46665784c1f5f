"""A record as a whole: who signed and in which order, how it grew, what its stamps say, what it proves."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Iterator, Sequence

import pikepdf
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.dossier import Finding, Severity, Text
from pipeline.packaging.signing.signatures import OFFICER_FIELD
from pipeline.packaging.verifying.findings import block
from pipeline.packaging.verifying.revisions import Revision
from pipeline.packaging.verifying.signature import SignatureFacts
from pipeline.packaging.verifying.stamps import stamp_findings
from pipeline.packaging.verifying.verdict import LEVELS, Expected


def signers(signatures: Sequence[SignatureFacts], wanted: Expected) -> Iterator[Finding]:
    """Who signed, in which order, with whose keys."""
    fields = tuple(facts.field for facts in signatures if not facts.document_timestamp)
    for missing in [field for field in wanted.fields if field not in fields]:
        yield block("signature_missing", f"thiếu chữ ký {missing}", f"the signature {missing} is missing", missing)
    if fields != wanted.fields and set(wanted.fields) <= set(fields):
        shown = " → ".join(fields)
        vi, en = f"chữ ký sai thứ tự hoặc thừa: {shown}", f"wrong order or more signatures: {shown}"
        yield block("signature_order", vi, en)
    for facts in signatures:
        if facts.intact and facts.modified:
            yield Finding("altered", facts.field, facts.reason, Severity.BLOCK)
    certificates = [facts.certificate for facts in signatures if not facts.document_timestamp]
    if len(set(certificates)) < len(certificates):
        yield block("same_signer", "hai chữ ký của cùng một chứng thư", "two signatures by the same certificate")
    if wanted.certificates and tuple(certificates) != wanted.certificates:
        yield block("other_signer", "không phải người ký đã ghi nhận", "not the signers that are on record")


def growth(signatures: Sequence[SignatureFacts], revisions: Sequence[Revision]) -> Iterator[Finding]:
    """The file must be its first revision, one a signature, then what proves them; the last one covers all of it."""
    if not signatures or not signatures[-1].covers_whole_file:
        vi, en = "chữ ký cuối không bao trùm toàn bộ tệp", "the last signature does not cover the whole file"
        yield block("not_covered", vi, en)
    sealed = False
    for revision in revisions[1:]:
        out_of_turn = sealed and revision.kind == "signature"
        sealed = sealed or revision.kind in ("validation", "archive")
        if revision.kind == "other" or out_of_turn:
            where = f"phiên bản / revision {revision.number + 1}"
            yield Finding("extra_revision", where, revision.words, Severity.BLOCK)
        if any(change.en.startswith("the metadata") for change in revision.changes):
            vi, en = "siêu dữ liệu đã bị sửa sau khi lập", "the metadata were changed after the record was made"
            yield block("metadata_changed", vi, en, "XMP")


def stamps(
    opened: pikepdf.Pdf, found: Sequence[EmbeddedPdfSignature], facts: Sequence[SignatureFacts]
) -> Iterator[Finding]:
    """What the visible signatures say against what the signatures are."""
    told = {one.field: one for one in facts}
    claimed = {one.field_name: one.self_reported_timestamp for one in found}
    for widget in opened.Root.get("/AcroForm", pikepdf.Dictionary()).get("/Fields", ()):
        name = str(widget.get("/T", ""))
        if name in told and "/Rect" in widget:
            named = name == OFFICER_FIELD
            yield from stamp_findings(widget, name, told[name].signer, claimed.get(name), named=named)


def downgrade(signatures: Sequence[SignatureFacts], wanted: Expected) -> Iterator[Finding]:
    """A record that proves less than it did when it was stored."""
    if wanted.level not in LEVELS:
        return
    for facts in signatures:
        if not facts.document_timestamp and facts.trusted and LEVELS.index(facts.level) < LEVELS.index(wanted.level):
            vi = f"chỉ còn mức {facts.level}, khi lưu là {wanted.level}"
            en = f"of level {facts.level} only, it was {wanted.level} when stored"
            yield Finding("downgraded", facts.field, Text(vi, en), Severity.BLOCK)
