"""Is a record what it should be? Offline: nothing but the file, the trusted certificates and what is expected.

pyHanko looks at each signature. By itself it lets pass what breaks a record: metadata changed after signing, bytes
appended, the agency's signature cut off. So the record as a whole is looked at here: who signed, in which
order, whether the last signature covers the file to its last byte, and whether anything but signatures was ever added.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pikepdf
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.dossier import Finding, Severity, Text
from pipeline.errors import from_os_error
from pipeline.packaging.conformity import check
from pipeline.packaging.signature import SignatureFacts, examine, quiet
from pipeline.packaging.signing import AGENCY_FIELD, OFFICER_FIELD

Level = Literal["valid", "invalid", "foreign"]

_VOLATILE = {
    "{http://ns.adobe.com/xap/1.0/}ModifyDate",
    "{http://ns.adobe.com/xap/1.0/}MetadataDate",
    "{http://ns.adobe.com/pdf/1.3/}Producer",
}
"""Properties of the metadata that every signature writes anew."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the manifest knows of a record. Empty strings and ``None`` are not compared.

    ``fields`` are the signatures in their order; ``certificates`` the SHA-256 (hex) of the signers' certificates in the
    same order; ``at`` a moment at which the record is known to have existed, taken for the validity of certificates.
    """

    sha256: str = ""
    xmp_sha256: str = ""
    fields: tuple[str, ...] = (OFFICER_FIELD, AGENCY_FIELD)
    certificates: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. ``level`` is ``valid`` (a record, complete and unaltered, by trusted signers), ``invalid``
    (altered, incomplete or by others than it says), or ``foreign`` (no record of ours: ``signatures`` tells what can be
    told of it, without assurance). ``ok`` only for ``valid``.
    """

    ok: bool
    level: Level
    signatures: tuple[SignatureFacts, ...]
    findings: tuple[Finding, ...]


def verify(pdf: Path, trust: Sequence[Path], expected: Expected | None = None) -> Verdict:
    """Verify a record, or tell what can be told of another PDF.

    Args:
        pdf: the file.
        trust: certificates (PEM or DER) that signers' chains must end at.
        expected: what is known of the record; without it both signatures are expected.

    Raises:
        NotFound: a file cannot be read.
    """
    try:
        data = pdf.read_bytes()
        roots = list(load_certs_from_pemder(trust))
    except OSError as error:
        raise from_os_error(error, pdf.name) from error
    wanted = expected or Expected()
    findings: list[Finding] = []
    signatures: list[SignatureFacts] = []
    revisions: list[bytes] = []
    moment = wanted.at or datetime.now(UTC)
    with quiet():
        try:
            reader = PdfFileReader(io.BytesIO(data), strict=False)
            embedded: list[EmbeddedPdfSignature] = list(reader.embedded_signatures)
            for found in embedded:
                signatures.append(examine(found, roots, moment))
                revisions.append(data[: int(found.byte_range[-2]) + int(found.byte_range[-1])])
            layers = reader.xrefs.total_revisions
        except (PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, AssertionError):
            return Verdict(False, "invalid", (), (_block("unreadable", "không đọc được", "cannot be read as a PDF"),))
    if expected is None and not any(facts.field in wanted.fields for facts in signatures):
        return _foreign(signatures)
    findings.extend(_signer_findings(signatures, wanted))
    findings.extend(_whole_findings(signatures, revisions, layers, data))
    findings.extend(_known_findings(data, wanted))
    findings.extend(check(pdf))
    valid = not findings
    return Verdict(valid, "valid" if valid else "invalid", tuple(signatures), tuple(findings))


def xmp_sha256(pdf: Path) -> str:
    """SHA-256 (hex) of the metadata packet that readers of ``pdf`` see; empty when it has none."""
    return _xmp_hash(pdf.read_bytes())


def _foreign(signatures: list[SignatureFacts]) -> Verdict:
    altered = [facts for facts in signatures if not facts.intact or facts.modified]
    if altered:
        found = [
            _block("altered", "nội dung đã bị sửa sau khi ký", "altered after it was signed", facts.field)
            for facts in altered
        ]
        return Verdict(False, "invalid", tuple(signatures), tuple(found))
    if not signatures:
        note = Text("không có chữ ký số", "without any signature")
    elif signatures[-1].covers_whole_file:
        note = Text("không phải bản ghi của hệ thống này", "no record of this system")
    else:
        note = Text(
            "không phải bản ghi của hệ thống này; phần cuối tệp không được ký",
            "no record of this system; the end of the file is not signed",
        )
    remark = Finding("foreign" if signatures else "unsigned", "tệp / file", note, Severity.WARNING)
    return Verdict(False, "foreign", tuple(signatures), (remark,))


def _signer_findings(signatures: list[SignatureFacts], wanted: Expected) -> Iterator[Finding]:
    """Who signed, in which order, with whose keys."""
    fields = tuple(facts.field for facts in signatures if not facts.document_timestamp)
    for missing in [field for field in wanted.fields if field not in fields]:
        yield _block("signature_missing", f"thiếu chữ ký {missing}", f"the signature {missing} is missing", missing)
    if fields != wanted.fields and set(wanted.fields) <= set(fields):
        shown = " → ".join(fields)
        yield _block(
            "signature_order", f"chữ ký sai thứ tự hoặc thừa: {shown}", f"wrong order or more signatures: {shown}"
        )
    for facts in signatures:
        if not facts.intact or facts.modified:
            yield Finding("altered", facts.field, facts.reason, Severity.BLOCK)
        elif not facts.trusted:
            yield Finding("untrusted", facts.field, facts.reason, Severity.BLOCK)
    certificates = [facts.certificate for facts in signatures if not facts.document_timestamp]
    if len(set(certificates)) < len(certificates):
        yield _block("same_signer", "hai chữ ký của cùng một chứng thư", "two signatures by the same certificate")
    if wanted.certificates and tuple(certificates) != wanted.certificates:
        yield _block("other_signer", "không phải người ký đã ghi nhận", "not the signers that are on record")


def _whole_findings(
    signatures: list[SignatureFacts], revisions: list[bytes], layers: int, data: bytes
) -> Iterator[Finding]:
    """What pyHanko lets pass: the file must be its first revision and one more a signature, up to the last byte."""
    if not signatures or not signatures[-1].covers_whole_file or len(revisions[-1]) != len(data):
        vi, en = "chữ ký cuối không bao trùm toàn bộ tệp", "the last signature does not cover the whole file"
        yield _block("not_covered", vi, en)
    if layers != 1 + len(signatures):
        yield _block("extra_revision", "có phần ghi thêm ngoài các chữ ký", "something was added besides signatures")
    properties = [_properties(revision) for revision in revisions]
    if any(changed != properties[0] for changed in properties[1:]):
        vi, en = "siêu dữ liệu đã bị sửa giữa hai chữ ký", "the metadata were changed between the signatures"
        yield _block("metadata_changed", vi, en, "XMP")


def _known_findings(data: bytes, wanted: Expected) -> Iterator[Finding]:
    if wanted.sha256 and hashlib.sha256(data).hexdigest() != wanted.sha256.lower():
        yield _block("hash", "mã băm SHA-256 không khớp", "the SHA-256 is not the one on record")
    if wanted.xmp_sha256 and _xmp_hash(data) != wanted.xmp_sha256.lower():
        yield _block("xmp_hash", "siêu dữ liệu không khớp", "the metadata are not those on record", "XMP")


def _properties(revision: bytes) -> dict[str, str] | None:
    """Metadata of one revision, without what every signature writes anew; ``None`` when they cannot be read."""
    try:
        with pikepdf.open(io.BytesIO(revision)) as pdf, pdf.open_metadata(update_docinfo=False) as meta:
            return {key: repr(meta[key]) for key in meta if key not in _VOLATILE}
    except (pikepdf.PdfError, ValueError, KeyError):
        return None


def _xmp_hash(data: bytes) -> str:
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return hashlib.sha256(pdf.Root.Metadata.read_bytes()).hexdigest()
    except (pikepdf.PdfError, AttributeError, KeyError):
        return ""


def _block(rule: str, vi: str, en: str, where: str = "tệp / file") -> Finding:
    return Finding(rule, where, Text(vi, en), Severity.BLOCK)
