"""One signature in a PDF, looked at by pyHanko and told in plain words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import DocumentTimestampStatus, PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from pipeline.dossier import Text
from pipeline.packaging.keys import SIGNING_USES, common_name, is_demo

_LIBRARIES = ("pyhanko", "pyhanko_certvalidator")
Status = PdfSignatureStatus | DocumentTimestampStatus

_WEAK = frozenset({"md2", "md5", "sha1"})


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What can be told of one signature.

    ``time`` is what a trusted time stamp proves when ``time_proven``, else the signer's own statement. ``intact``: the
    bytes it covers are those that were signed. ``trusted``: the signer's chain ends at a certificate that is trusted
    here. ``modified``: something other than a signature was added later. ``certificate`` is the SHA-256 (hex) of the
    signer's certificate. ``document_timestamp``: it is a time stamp over the file, no person's or agency's signature.
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


def examine(signature: EmbeddedPdfSignature, roots: list[x509.Certificate], moment: datetime) -> SignatureFacts:
    """Validate ``signature`` with trust in ``roots`` as of ``moment``, without asking the network.

    A trusted time stamp takes the place of ``moment`` when the signer's certificate has expired since.
    """
    try:
        certificate = signature.signer_cert
        status = _validated(signature, roots, moment)
        proven = _proven_time(status)
        if proven is not None and not status.trusted and not _valid_at(certificate, moment):
            moment = proven
            status = _validated(signature, roots, moment)
    except (
        SignatureValidationError,
        CMSExtractionError,
        CMSStructuralError,
        PdfError,
        ValueError,
        TypeError,
        KeyError,
    ):
        return _broken(signature)
    stamp = getattr(status, "timestamp_validity", None)
    intact = bool(status.intact and status.valid and (stamp is None or (stamp.intact and stamp.valid)))
    modified = status.modification_level is None or status.modification_level is ModificationLevel.OTHER
    return SignatureFacts(
        field=signature.field_name,
        signer=common_name(certificate),
        time=proven or signature.self_reported_timestamp,
        intact=intact,
        trusted=bool(intact and status.trusted),
        covers_whole_file=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        modified=modified,
        demo=is_demo(certificate),
        reason=_reason(status, certificate, moment, intact=intact, modified=modified),
        certificate=certificate.sha256.hex(),
        time_proven=proven is not None,
        document_timestamp=isinstance(status, DocumentTimestampStatus),
    )


def _validated(signature: EmbeddedPdfSignature, roots: list[x509.Certificate], moment: datetime) -> Status:
    context = ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")
    if signature.sig_object_type == "/DocTimeStamp":
        return validate_pdf_timestamp(signature, validation_context=context)
    uses = KeyUsageConstraints(key_usage=SIGNING_USES, match_all_key_usages=False)
    return validate_pdf_signature(signature, signer_validation_context=context, key_usage_settings=uses)


def _proven_time(status: Status) -> datetime | None:
    """The time that a trusted time stamp gives."""
    stamp = status if isinstance(status, DocumentTimestampStatus) else status.timestamp_validity
    return stamp.timestamp if stamp is not None and stamp.valid and stamp.intact and stamp.trusted else None


def _valid_at(certificate: x509.Certificate, moment: datetime) -> bool:
    return bool(certificate.not_valid_before <= moment <= certificate.not_valid_after)


def _broken(signature: EmbeddedPdfSignature) -> SignatureFacts:
    return SignatureFacts(
        field=signature.field_name,
        signer="",
        time=None,
        intact=False,
        trusted=False,
        covers_whole_file=False,
        modified=True,
        demo=False,
        reason=Text("chữ ký hỏng hoặc không đúng dạng", "the signature is damaged or malformed"),
        document_timestamp=signature.sig_object_type == "/DocTimeStamp",
    )


def _reason(
    status: Status,
    certificate: x509.Certificate,
    moment: datetime,
    *,
    intact: bool,
    modified: bool,
) -> Text:
    if not intact:
        return Text("nội dung không còn như khi ký", "the content is not what was signed")
    if modified:
        return Text("tệp đã bị sửa sau chữ ký này", "the file was changed after this signature")
    if status.md_algorithm in _WEAK:
        weak = status.md_algorithm.upper()
        return Text(f"còn nguyên nhưng dùng {weak}, không được tin cậy", f"intact but by {weak}, which is not trusted")
    if status.trusted:
        return Text("còn nguyên, người ký được tin cậy", "intact, and the signer is trusted")
    if not _valid_at(certificate, moment):
        until = f"{certificate.not_valid_before:%Y-%m-%d} – {certificate.not_valid_after:%Y-%m-%d}"
        return Text(
            f"còn nguyên nhưng chứng thư hết hiệu lực ({until})", f"intact but the certificate is not valid ({until})"
        )
    return Text("còn nguyên nhưng không rõ ai cấp chứng thư", "intact but the certificate's issuer is not trusted here")
