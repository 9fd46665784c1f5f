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
_WEAK = frozenset({"md2", "md5", "sha1"})


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What can be told of one signature.

    ``time`` is the signer's own statement unless ``reason`` speaks of a time stamp. ``intact``: the bytes it covers are
    those that were signed. ``trusted``: the signer's chain ends at a certificate that is trusted here. ``modified``:
    something other than a signature was added later. ``certificate`` is the SHA-256 (hex) of the signer's certificate.
    ``timestamp``: it is a document time stamp, not a person's or an agency's signature.
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
    timestamp: bool = False


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
    """Validate ``signature`` with trust in ``roots`` as of ``moment``, without asking the network."""
    timestamp = signature.sig_object_type == "/DocTimeStamp"
    context = ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")
    try:
        certificate = signature.signer_cert
        status: PdfSignatureStatus | DocumentTimestampStatus
        if timestamp:
            status = validate_pdf_timestamp(signature, validation_context=context)
        else:
            uses = KeyUsageConstraints(key_usage=SIGNING_USES, match_all_key_usages=False)
            status = validate_pdf_signature(signature, signer_validation_context=context, key_usage_settings=uses)
    except (
        SignatureValidationError,
        CMSExtractionError,
        CMSStructuralError,
        PdfError,
        ValueError,
        TypeError,
        KeyError,
    ):
        return _broken(signature, timestamp)
    intact = bool(status.intact and status.valid)
    modified = status.modification_level is None or status.modification_level is ModificationLevel.OTHER
    return SignatureFacts(
        field=signature.field_name,
        signer=common_name(certificate),
        time=signature.self_reported_timestamp,
        intact=intact,
        trusted=bool(intact and status.trusted),
        covers_whole_file=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        modified=modified,
        demo=is_demo(certificate),
        reason=_reason(status, certificate, moment, intact=intact, modified=modified),
        certificate=certificate.sha256.hex(),
        timestamp=timestamp,
    )


def _broken(signature: EmbeddedPdfSignature, timestamp: bool) -> SignatureFacts:
    reason = Text("chữ ký hỏng hoặc không đúng dạng", "the signature is damaged or malformed")
    return SignatureFacts(signature.field_name, "", None, False, False, False, True, False, reason, "", timestamp)


def _reason(
    status: PdfSignatureStatus | DocumentTimestampStatus,
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
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        until = f"{certificate.not_valid_before:%Y-%m-%d} – {certificate.not_valid_after:%Y-%m-%d}"
        return Text(
            f"còn nguyên nhưng chứng thư hết hiệu lực ({until})", f"intact but the certificate is not valid ({until})"
        )
    return Text("còn nguyên nhưng không rõ ai cấp chứng thư", "intact but the certificate's issuer is not trusted here")
