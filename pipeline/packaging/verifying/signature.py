"""One signature in a PDF: looked at as bytes, as CMS and as of the moment it is proven to have existed."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import hashlib
import logging
import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from asn1crypto import cms, x509
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError, extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator.errors import InvalidCertificateError

from pipeline.dossier import Finding, Severity, Text
from pipeline.packaging.signing.keys import SIGNING_USES, common_name, is_demo
from pipeline.packaging.verifying.envelope import container_findings, gap_findings, tokens
from pipeline.packaging.verifying.evidence import (
    Judge,
    Judged,
    Material,
    Revocation,
    token_info,
    weak_digests,
    with_certificates,
)
from pipeline.packaging.verifying.findings import block
from pipeline.packaging.verifying.weighing import reason, untrusted_stamp, weighed

_LIBRARIES = ("pyhanko", "pyhanko_certvalidator")
CLOCKS = timedelta(minutes=10)
"""How far the clocks of signers, authorities and repository may be apart."""

MALFORMED = (
    SignatureValidationError,
    CMSExtractionError,
    CMSStructuralError,
    InvalidCertificateError,
    UnsupportedAlgorithm,
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    OverflowError,
)
"""What the libraries raise at signatures that are not what they should be."""

_SIGNING = KeyUsageConstraints(key_usage=SIGNING_USES, match_all_key_usages=False)
_STAMPING = TimestampSignatureStatus.default_usage_constraints()
PadesLevel = Literal["", "B-B", "B-T", "B-LT", "B-LTA"]


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What can be told of one signature.

    ``time`` is what a trusted time stamp proves when ``time_proven``, else the signer's own statement. ``intact``: the
    bytes it covers are those that were signed. ``trusted``: the signer's chain ends at a certificate that is trusted
    here and was valid, and not known to be revoked, when the signature was made. ``modified``: something other than a
    signature was added later. ``certificate`` is the SHA-256 (hex) of the signer's certificate.
    ``document_timestamp``: it is a time stamp over the file, no person's or agency's signature. ``level`` is the PAdES
    baseline level reached (empty where it is not trusted); ``revocation`` what is known of the chain's revocation at
    the time of signing; ``authority`` who gave the time stamp; ``until`` the end of what proves the signature by
    itself: of the time-stamping authority's chain, or without a trusted time stamp of the signer's.
    ``certified_until`` is the end of the signer's chain: so long its issuers tell how it stands.
    """

    field: str
    signer: str
    time: datetime | None
    intact: bool
    trusted: bool
    covers_whole_file: bool
    modified: bool
    demo: bool
    reason: Text
    certificate: str = ""
    time_proven: bool = False
    document_timestamp: bool = False
    level: PadesLevel = ""
    revocation: Revocation = "unknown"
    authority: str = ""
    until: datetime | None = None
    certified_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """Facts of a signature and what speaks against it.

    ``doubts`` do not say that it is wrong, just that it cannot be proven; ``notes`` are told and change nothing.
    """

    facts: SignatureFacts
    findings: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One signature to be judged: what it is checked with, as of when, and how the file changed since."""

    signature: EmbeddedPdfSignature
    data: mmap.mmap
    end: int
    changes: DiffResult | object = field(repr=False)
    strict: bool = True


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries from logging what they meet: names of persons stand in certificates."""
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def damage(case: Case) -> Text | None:
    """Whether the signature's bytes are not those that were signed, the time stamp on it included."""
    signature = case.signature
    content = Text("nội dung không còn như khi ký", "the content is not what was signed")
    stamp = Text("dấu thời gian không phải của chữ ký này", "the time stamp is not that of this signature")
    try:
        info, signed = signature.signer_info, signature.signed_data
        if str(signature.sig_object_type) == "/DocTimeStamp":
            return None if _token_whole(signed, signature.compute_digest) else content
        if validate_sig_integrity(info, signature.signer_cert, "data", signature.compute_digest()) != (True, True):
            return content
        value: bytes = info["signature"].native
        stamps = all(_token_whole(one, lambda name: hashlib.new(name, value).digest()) for one in tokens(info))
    except MALFORMED:
        return content
    return None if stamps else stamp


def _token_whole(signed: cms.SignedData, digest: Callable[[str], bytes]) -> bool:
    """Whether a time stamp is genuine and stamps what has the digest that ``digest`` gives for an algorithm."""
    info = token_info(signed)
    if info is None:
        return False
    signer, certificate = extract_signer_info(signed), extract_certificate_info(signed).signer_cert
    content = signed["encap_content_info"]["content"].contents
    own = hashlib.new(signer["digest_algorithm"]["algorithm"].native, content).digest()
    imprint = info["message_imprint"]
    stamped = digest(imprint["hash_algorithm"]["algorithm"].native) == imprint["hashed_message"].native
    return stamped and validate_sig_integrity(signer, certificate, "tst_info", own) == (True, True)


async def examine(case: Case, judge: Judge, material: Material, moment: datetime) -> tuple[Examined, datetime]:
    """Look at one signature or time stamp over the file, known to have existed at ``moment``.

    Args:
        case: the signature.
        judge: whom to trust.
        material: validation data that existed at ``moment``.
        moment: see above.

    Returns:
        What was found, and the moment at which all that the signature covers is proven to have existed: that of a
        trusted time stamp over the file, else ``moment``.
    """
    shape = (*gap_findings(case.signature, case.data), *_container(case))
    damaged = damage(case)
    if damaged is not None:
        return _broken(case, shape, damaged), moment
    if str(case.signature.sig_object_type) == "/DocTimeStamp":
        return await _archived(case, judge, material, moment, shape)
    return await _signed(case, judge, material, moment, shape), moment


def _container(case: Case) -> Sequence[Finding]:
    try:
        return tuple(container_findings(case.signature)) if case.strict else ()
    except MALFORMED:
        return ()  # told as broken by `whole`


async def _archived(
    case: Case, judge: Judge, material: Material, moment: datetime, shape: Sequence[Finding]
) -> tuple[Examined, datetime]:
    """A time stamp over the file."""
    signature = case.signature
    standing = await _stamped(signature.signed_data, judge, material, moment)
    time = _time(signature.signed_data)
    findings, doubts, notes = weighed(signature.field_name, signature.signer_cert, standing, None, authority=True)
    facts = _facts(
        case,
        standing,
        time=time,
        time_proven=not standing.trouble,
        document_timestamp=True,
        authority=common_name(signature.signer_cert),
    )
    weak = _weak(case, signature.signed_data)
    late = _late(case, time, moment)
    examined = Examined(facts, (*shape, *findings, *weak, *late), doubts, notes)
    trusted = facts.trusted and not (weak or late)
    return examined, time if trusted else moment


async def _stamped(signed: cms.SignedData, judge: Judge, material: Material, moment: datetime) -> Judged:
    certificate = extract_certificate_info(signed).signer_cert
    return await judge.stand(certificate, with_certificates(material, signed), moment, _STAMPING)


async def _signed(case: Case, judge: Judge, material: Material, moment: datetime, shape: Sequence[Finding]) -> Examined:
    """A person's or an agency's signature."""
    signature = case.signature
    certificate = signature.signer_cert
    notes: list[Finding] = []
    material = with_certificates(material, signature.signed_data)
    stamps = tokens(signature.signer_info)
    stamp: Judged | None = None
    for token in stamps[:1]:
        stamp = await _stamped(token, judge, material, moment)
        weak_stamp = _weak(case, token)
        if stamp.trouble or weak_stamp:
            notes.append(untrusted_stamp(signature.field_name, stamp))
            stamp = None
    made = moment if stamp is None else _time(stamps[0])
    standing = await judge.stand(certificate, material, made, _SIGNING)
    said = made if stamp is not None else _claimed(signature)
    findings, doubts, more = weighed(signature.field_name, certificate, standing, said, authority=False)
    late = (*(_late(case, made, moment) if stamp is not None else ()), *_untimely(case, made))
    unused = _unused(case, standing, stamp)
    level: PadesLevel = ""
    if not standing.trouble:
        known = standing.revocation == "good" and material.tells_status
        level = "B-B" if stamp is None else "B-LT" if known else "B-T"
    facts = _facts(
        case,
        standing,
        time=said,
        time_proven=stamp is not None,
        level=level,
        authority=common_name(extract_certificate_info(stamps[0]).signer_cert) if stamps else "",
        until=standing.until if stamp is None else stamp.until,
        certified_until=standing.until,
    )
    findings = (*shape, *findings, *_weak(case, signature.signed_data), *late, *unused)
    return Examined(facts, findings, doubts, (*notes, *more))


def _facts(case: Case, standing: Judged, **told: object) -> SignatureFacts:
    signature = case.signature
    certificate = signature.signer_cert
    given: dict[str, object] = {"until": standing.until, **told}
    modified = _modified(case)
    trusted = not standing.trouble
    return SignatureFacts(
        field=signature.field_name,
        signer=common_name(certificate),
        intact=True,
        trusted=trusted,
        covers_whole_file=case.end == len(case.data),
        modified=modified,
        demo=is_demo(certificate),
        reason=reason(standing, certificate, modified=modified),
        certificate=certificate.sha256.hex(),
        revocation=standing.revocation,
        **given,  # type: ignore[arg-type]
    )


def _modified(case: Case) -> bool:
    changes = case.changes
    return not isinstance(changes, DiffResult) or changes.modification_level is ModificationLevel.OTHER


def _broken(case: Case, shape: Sequence[Finding], words: Text) -> Examined:
    signature = case.signature
    try:
        certificate: x509.Certificate | None = signature.signer_cert
    except MALFORMED:
        certificate = None
    facts = SignatureFacts(
        field=signature.field_name,
        signer="" if certificate is None else common_name(certificate),
        time=_claimed(signature),
        intact=False,
        trusted=False,
        covers_whole_file=case.end == len(case.data),
        modified=_modified(case),
        demo=False if certificate is None else is_demo(certificate),
        reason=words,
        certificate="" if certificate is None else certificate.sha256.hex(),
        document_timestamp=str(signature.sig_object_type) == "/DocTimeStamp",
    )
    return Examined(facts, (Finding("altered", facts.field, words, Severity.BLOCK), *shape))


def malformed(name: str) -> Examined:
    """A field that holds something which is no signature at all."""
    words = Text("chữ ký hỏng hoặc không đúng dạng", "the signature is damaged or malformed")
    facts = SignatureFacts(name, "", None, False, False, False, True, False, words)
    return Examined(facts, (Finding("altered", name, words, Severity.BLOCK),))


def _time(signed: cms.SignedData) -> datetime:
    info = token_info(signed)
    if info is None:
        raise ValueError("no time stamp")
    time: datetime = info["gen_time"].native
    return time


def _claimed(signature: EmbeddedPdfSignature) -> datetime | None:
    try:
        return signature.self_reported_timestamp
    except MALFORMED:
        return None


def _late(case: Case, time: datetime, moment: datetime) -> tuple[Finding, ...]:
    """A time stamp cannot be later than what stamps it."""
    if time <= moment + CLOCKS:
        return ()
    vi, en = "thời gian ký sau thời điểm đã có chữ ký này", "stamped later than it is known to exist"
    return (block("time_order", vi, en, case.signature.field_name),)


def _untimely(case: Case, made: datetime) -> tuple[Finding, ...]:
    """The signer cannot have signed before the certificate, nor after the moment at which the signature existed."""
    said = _claimed(case.signature)
    if said is None or case.signature.signer_cert.not_valid_before - CLOCKS <= said <= made + CLOCKS:
        return ()
    vi, en = f"thời gian ký tự khai không thể có: {said.isoformat()}", f"impossible time of signing: {said.isoformat()}"
    return (block("time_order", vi, en, case.signature.field_name),)


def _weak(case: Case, signed: cms.SignedData) -> tuple[Finding, ...]:
    found = ", ".join(name.upper() for name in weak_digests(signed))
    if not found:
        return ()
    vi, en = f"dùng thuật toán yếu {found}", f"made with the weak algorithm {found}"
    return (block("weak_algorithm", vi, en, case.signature.field_name),)


def _unused(case: Case, standing: Judged, stamp: Judged | None) -> tuple[Finding, ...]:
    """Certificates carried along that belong to nobody in the signature: nothing protects them."""
    if standing.trouble or not case.strict:
        return ()
    carried = _carried(case.signature.signed_data)
    known = standing.chain
    for token in tokens(case.signature.signer_info):
        if stamp is not None:
            carried, known = carried | _carried(token), known | stamp.chain
    if carried <= known:
        return ()
    vi, en = "chữ ký kèm chứng thư không liên quan", "the signature carries certificates that do not belong to it"
    return (block("cms_content", vi, en, case.signature.field_name),)


def _carried(signed: cms.SignedData) -> frozenset[bytes]:
    found = extract_certificate_info(signed)
    return frozenset(one.sha256 for one in (found.signer_cert, *found.other_certs))
