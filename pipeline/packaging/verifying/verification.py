"""Is a record what it should be? By the file, the trusted certificates and what is expected alone, unless asked online.

Each signature is looked at by itself (``signature``), the file as a whole here: who signed, in which order, that the
last signature or time stamp covers it to the last byte, that it grew by signatures and what proves them alone
(``revisions``), and that it holds what a record holds and no more (``shape``, ``stamps``).
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import hashlib
import mmap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import AccessMode
from pyhanko.keys import load_certs_from_pemder
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from pipeline.dossier import Finding, Proof, Severity, Text
from pipeline.errors import from_os_error
from pipeline.packaging.mapped import windows
from pipeline.packaging.pdfa.conformity import check
from pipeline.packaging.verifying.envelope import byte_range
from pipeline.packaging.verifying.evidence import Judge, Material, stored_material
from pipeline.packaging.verifying.findings import block
from pipeline.packaging.verifying.hiding import hidden_bytes
from pipeline.packaging.verifying.reading import LeanReader
from pipeline.packaging.verifying.revisions import Revision, layers
from pipeline.packaging.verifying.risks import MOST_SIGNATURES, risks, too_much
from pipeline.packaging.verifying.shape import shape_findings
from pipeline.packaging.verifying.signature import (
    MALFORMED,
    Case,
    Examined,
    SignatureFacts,
    examine,
    malformed,
    quiet,
)
from pipeline.packaging.verifying.verdict import Expected, Level, Verdict
from pipeline.packaging.verifying.wholeness import downgrade, growth, signers, stamps

__all__ = ["Expected", "Verdict", "proof", "verify", "xmp_sha256"]


def verify(
    pdf: Path,
    trust: Sequence[Path],
    expected: Expected | None = None,
    *,
    now: datetime | None = None,
    online: bool = False,
) -> Verdict:
    """Verify a record, or tell what can be told of another PDF.

    Args:
        pdf: the file.
        trust: certificates (PEM or DER) that chains of signers and time-stamping authorities must end at.
        expected: what is known of the record; without it both signatures are expected.
        now: time of checking (with time zone); default: today.
        online: whether the places that trusted certificates name are asked for revocation.

    Raises:
        NotFound: a file cannot be read.
    """
    try:
        roots = tuple(load_certs_from_pemder(trust))
        with ExitStack() as opened:
            file = opened.enter_context(pdf.open("rb"))
            size = pdf.stat().st_size
            if size == 0:
                return _unreadable("rỗng", "it is empty")
            data = opened.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            refused = too_much(data)
            if refused is not None:
                return Verdict(False, "invalid", (), (refused,))
            opened.enter_context(quiet())
            judge = Judge(roots, online)
            try:
                return _Verifier(pdf, file, data, expected, now or datetime.now(UTC), judge).verdict()
            except Exception as error:
                return _unreadable("không đọc được", f"cannot be read as a PDF: {type(error).__name__}")
    except OSError as error:
        raise from_os_error(error, pdf.name) from error


def xmp_sha256(pdf: Path) -> str:
    """SHA-256 (hex) of the metadata packet that readers of ``pdf`` see; empty when it has none."""
    try:
        with pikepdf.open(pdf, access_mode=AccessMode.stream) as opened:
            return _xmp_hash(opened)
    except pikepdf.PdfError:
        return ""


def proof(pdf: Path, verdict: Verdict, days: int) -> Proof:
    """What the signatures of the sealed record ``pdf`` are, to be kept with it; renewal is ``days`` before they end.

    It is also before the certificate of a signer ends whose status is not in the file: later nobody tells it.
    """
    ends = [_proven_until(verdict.signatures)]
    if verdict.pades in ("B-B", "B-T"):
        ends += [facts.certified_until for facts in verdict.signatures if facts.revocation != "good"]
    end = min((one for one in ends if one is not None), default=None)
    return Proof(
        certificates=tuple(facts.certificate for facts in verdict.signatures if not facts.document_timestamp),
        xmp_sha256=xmp_sha256(pdf),
        level=verdict.pades,
        renew_by="" if end is None else (end - timedelta(days=days)).date().isoformat(),
    )


def _proven_until(signatures: Sequence[SignatureFacts]) -> datetime | None:
    """Until when the file proves its signatures by itself: by the last archive time stamp, or all by their own."""
    archived = [facts for facts in signatures if facts.document_timestamp and facts.trusted]
    signers = [facts for facts in signatures if not facts.document_timestamp]
    return min((facts.until for facts in archived[-1:] or signers if facts.until is not None), default=None)


class _Verifier:
    """One file under examination."""

    def __init__(
        self, pdf: Path, file: Any, data: mmap.mmap, expected: Expected | None, now: datetime, judge: Judge
    ) -> None:
        self._pdf = pdf
        self._data = data
        self._wanted = expected or Expected()
        self._expected = expected is not None
        self._now = now
        self._moment = self._wanted.at or now
        self._judge = judge
        self._reader = LeanReader(file, strict=False)
        self._digest = ""

    def verdict(self) -> Verdict:
        if self._reader.encrypted:
            return _unreadable("có mật khẩu", "it is encrypted")
        found, broken = self._signatures()
        names = [signature.field_name for signature in found] + [one.facts.field for one in broken]
        ours = self._expected or any(name in self._wanted.fields for name in names)
        self._hash(found)
        revisions = layers(self._reader, self._data)
        examined = asyncio.run(self._examined(found, strict=ours)) + broken
        examined = _archived(examined)
        facts = tuple(one.facts for one in examined)
        notes = (*(note for one in examined for note in one.notes), *self._vouched(facts))
        with pikepdf.open(self._pdf, inherit_page_attributes=False, access_mode=AccessMode.stream) as opened:
            if not ours:
                return _foreign(examined, (*notes, *risks(opened)), revisions)
            doubts = [doubt for one in examined for doubt in one.doubts]
            findings = [
                *(finding for one in examined for finding in one.findings),
                *signers(facts, self._wanted),
                *growth(facts, revisions),
                *hidden_bytes(self._reader, self._data, revisions),
                *shape_findings(opened, len(found)),
                *stamps(opened, found, facts),
                *self._known(opened),
            ]
            doubts += downgrade(facts, self._wanted)
        findings += check(self._pdf)
        level: Level = "invalid" if findings else "indeterminate" if doubts else "valid"
        return Verdict(level == "valid", level, facts, (*findings, *doubts), notes, revisions)

    def _signatures(self) -> tuple[list[EmbeddedPdfSignature], list[Examined]]:
        """The signatures in the order in which they were made, and fields whose signature cannot be read."""
        found: list[EmbeddedPdfSignature] = []
        broken: list[Examined] = []
        for name, _, field in enumerate_sig_fields(self._reader, filled_status=True):
            if len(found) + len(broken) >= MOST_SIGNATURES:
                raise ValueError("too many signatures")
            try:
                signature = EmbeddedPdfSignature(self._reader, field, name)
                signature.signer_cert  # noqa: B018 - reads the certificates
                found.append(signature)
            except (*MALFORMED, AssertionError):
                broken.append(malformed(str(name)))
        return sorted(found, key=lambda one: (one.signed_revision, _end(one))), broken

    def _hash(self, found: Sequence[EmbeddedPdfSignature]) -> None:
        """Hash the file once, for itself and for the signatures over its beginnings (all with SHA-256 mostly)."""
        running, at = hashlib.sha256(), 0
        for signature in sorted(found, key=_end):
            covered = byte_range(signature)
            if covered is None or covered[0] < at or covered[2] > len(self._data):
                continue
            start, after, end = covered
            self._feed(running, at, start)
            own = running.copy()
            self._feed(own, after, end)
            signature.external_digests["sha256"] = own.digest()
            at = start
        self._feed(running, at, len(self._data))
        self._digest = running.hexdigest()

    def _feed(self, running: Any, start: int, end: int) -> None:
        for piece in windows(self._data, start, end):
            running.update(piece)

    async def _examined(self, found: Sequence[EmbeddedPdfSignature], *, strict: bool) -> list[Examined]:
        """Every signature, looked at from the outermost to the first: each proves when those within existed."""
        moment = self._moment
        material = self._material(self._reader.xrefs.total_revisions - 1) if found else Material()
        results: list[Examined] = []
        for signature in reversed(found):
            case = Case(signature, self._data, _end(signature), self._changes(signature), strict)
            try:
                examined, proven = await examine(case, self._judge, material, moment)
            except MALFORMED:
                examined, proven = malformed(signature.field_name), moment
            if proven != moment:
                material, moment = self._material(signature.signed_revision), proven
            results.append(examined)
        return results[::-1]

    def _material(self, revision: int) -> Material:
        try:
            return stored_material(self._reader, revision)
        except MALFORMED:
            return Material()

    def _changes(self, signature: EmbeddedPdfSignature) -> object:
        """How pyHanko sees what came after ``signature``."""
        try:
            if signature.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE:
                return DiffResult(ModificationLevel.NONE, set())
            return DEFAULT_DIFF_POLICY.review_file(
                self._reader, signature.signed_revision, signature.fieldmdp, signature.docmdp_level
            )
        except (*MALFORMED, AssertionError, RecursionError):
            return None

    def _vouched(self, facts: Sequence[SignatureFacts]) -> Iterator[Finding]:
        """Where it is the repository's word alone that still proves the record."""
        end = _proven_until(facts)
        if self._wanted.at is not None and end is not None and end < self._now:
            vi = f"chứng cứ trong tệp đã hết từ {end:%Y-%m-%d}; kho lưu bảo đảm bản ghi có trước đó"
            en = f"the file's own proof ended on {end:%Y-%m-%d}; that it existed before is the repository's word"
            yield Finding("vouched", "tệp / file", Text(vi, en), Severity.INFO)

    def _known(self, opened: pikepdf.Pdf) -> Iterator[Finding]:
        wanted = self._wanted
        if wanted.sha256 and self._digest != wanted.sha256.lower():
            yield block("hash", "mã băm SHA-256 không khớp", "the SHA-256 is not the one on record")
        if wanted.xmp_sha256 and _xmp_hash(opened) != wanted.xmp_sha256.lower():
            yield block("xmp_hash", "siêu dữ liệu không khớp", "the metadata are not those on record", "XMP")


def _end(signature: EmbeddedPdfSignature) -> int:
    covered = byte_range(signature)
    return -1 if covered is None else covered[2]


def _archived(examined: list[Examined]) -> list[Examined]:
    """Signatures with all that proves them, below a time stamp over the file, are of level B-LTA."""
    found = []
    covered = False
    for one in reversed(examined):
        facts = one.facts
        if facts.document_timestamp:
            covered = covered or (facts.trusted and not one.findings)
        elif covered and facts.level == "B-LT":
            facts = replace(facts, level="B-LTA")
        found.append(replace(one, facts=facts))
    return found[::-1]


def _foreign(examined: Sequence[Examined], notes: Sequence[Finding], revisions: tuple[Revision, ...]) -> Verdict:
    """A file from elsewhere: told what is seen, assured of nothing."""
    facts = tuple(one.facts for one in examined)
    altered = [one for one in facts if not one.intact or one.modified]
    if altered:
        found = [
            block("altered", "nội dung đã bị sửa sau khi ký", "altered after it was signed", one.field)
            for one in altered
        ]
        return Verdict(False, "invalid", facts, tuple(found), tuple(notes), revisions)
    if not facts:
        note = Text("không có chữ ký số", "without any signature")
    elif facts[-1].covers_whole_file:
        note = Text("không phải bản ghi của hệ thống này", "no record of this system")
    else:
        note = Text(
            "không phải bản ghi của hệ thống này; phần cuối tệp không được ký",
            "no record of this system; the end of the file is not signed",
        )
    remark = Finding("foreign" if facts else "unsigned", "tệp / file", note, Severity.WARNING)
    told = tuple(finding for one in examined for finding in (*one.findings, *one.doubts))
    return Verdict(False, "foreign", facts, (remark, *told), tuple(notes), revisions)


def _xmp_hash(opened: pikepdf.Pdf) -> str:
    try:
        return hashlib.sha256(opened.Root.Metadata.read_bytes()).hexdigest()
    except (pikepdf.PdfError, AttributeError, KeyError):
        return ""


def _unreadable(vi: str, en: str) -> Verdict:
    return Verdict(False, "invalid", (), (block("unreadable", vi, en),))
