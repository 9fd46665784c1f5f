"""The two signatures of a record: the officer's, then the agency's on top of it, as incremental updates (PAdES).

Nothing that is there already is rewritten: the file only grows. What a signature shows is text in the corner that the
law names, set where the page is blank.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

from pipeline.dossier import Finding, Severity, Text
from pipeline.errors import RecordInvalid, SigningFailed
from pipeline.packaging.conformity import check
from pipeline.packaging.files import written
from pipeline.packaging.keys import SigningKey
from pipeline.packaging.rendering import drawn, stamp_boxes
from pipeline.packaging.stampfont import StampFont, stamp_font
from pipeline.packaging.stamptext import stamp_style
from pipeline.packaging.whitespace import DPI, Placement, place
from pipeline.settings import Keys, Legal, Stamp
from pipeline.vietnamese import nfc

OFFICER_FIELD = "CanBoSoHoa"
AGENCY_FIELD = "CoQuan"


def sign_officer(
    pdf: Path, out: Path, key: SigningKey, legal: Legal, when: datetime, keys: Keys
) -> tuple[Finding, ...]:
    """Sign ``pdf`` as the officer who scanned it, visibly at the top left of page 1 (Circular 01/2023 art. 8).

    Args:
        pdf: the packaged record.
        out: the signed record; it appears whole or not at all.
        key: the officer's key; its name stands in the stamp.
        legal: text, corner and type of the stamp, time zone.
        when: time of signing, with time zone.
        keys: for the address of the time-stamping authority (none: PAdES B-B, else B-T).

    Returns:
        A finding when page 1 has no room for the stamp: the signature is then invisible.

    Raises:
        SigningFailed: signing broke off.
        RecordInvalid: the signed file is not PDF/A any more.
        FontMissing: no font for the stamp.
    """
    lines = _lines(legal.officer_stamp, key, legal, name=key.name, time=_local(when, legal).isoformat())
    return _sign(pdf, out, key, OFFICER_FIELD, legal.officer_stamp, lines, _local(when, legal), keys)


def seal_agency(
    pdf: Path, out: Path, key: SigningKey, agency: str, legal: Legal, when: datetime, keys: Keys
) -> tuple[Finding, ...]:
    """Sign ``pdf`` as the agency, visibly at the top right of page 1, text without a picture (Decree 30/2020, App. I).

    ``agency`` is the name set in the stamp; everything else is as in :func:`sign_officer`.
    """
    time = _local(when, legal)
    lines = _lines(
        legal.agency_stamp, key, legal, form=legal.form_of_copy, agency=agency, name=key.name, time=time.isoformat()
    )
    return _sign(pdf, out, key, AGENCY_FIELD, legal.agency_stamp, lines, time, keys)


def _local(when: datetime, legal: Legal) -> datetime:
    return when.astimezone(timezone(timedelta(hours=legal.utc_offset_hours))).replace(microsecond=0)


def _lines(stamp: Stamp, key: SigningKey, legal: Legal, **values: str) -> tuple[str, ...]:
    lines = [nfc(line.format(**values)) for line in stamp.lines]
    return tuple([*lines, nfc(legal.demo_mark)] if key.demo else lines)


def _sign(
    pdf: Path, out: Path, key: SigningKey, field: str, stamp: Stamp, lines: Sequence[str], when: datetime, keys: Keys
) -> tuple[Finding, ...]:
    font = stamp_font("".join(lines))
    try:
        placement = _find_room(pdf, stamp, lines, font)
    except pdfium.PdfiumError as error:
        raise RecordInvalid(name=pdf.name, what=f"pdfium: {error}") from error
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        # An RSA signature without time stamp has a known size; others are given room to spare.
        tight_size_estimates=keys.level == "B-B" and key.fixed_size,
    )
    with written(out) as part:
        try:
            with pdf.open("rb") as source, part.open("w+b") as target:
                _Signer(
                    metadata,
                    key.signer,
                    timestamper=HTTPTimeStamper(keys.timestamp_urls[0]) if keys.level != "B-B" else None,
                    stamp_style=None if placement is None else stamp_style(placement, font),
                    new_field_spec=SigFieldSpec(field, on_page=0, box=None if placement is None else placement.box),
                    when=when,
                ).sign_pdf(IncrementalPdfFileWriter(source), output=target)
        except (PdfError, SigningError, TimestampRequestError, ValueError) as error:
            raise SigningFailed(what=f"{field}: {type(error).__name__}: {error}") from error
        findings = check(part)
        if findings:
            raise RecordInvalid(name=pdf.name, what="; ".join(f"{found.rule} {found.where}" for found in findings[:5]))
    return () if placement is not None else (_no_room(field, stamp),)


def _no_room(field: str, stamp: Stamp) -> Finding:
    vi = "trang 1 không còn chỗ trống ở góc quy định nên chữ ký số không hiển thị"
    en = "page 1 has no room in the prescribed corner, so the signature is invisible"
    return Finding("stamp_without_room", f"{field} {stamp.corner}", Text(vi, en), Severity.WARNING)


def _find_room(pdf: Path, stamp: Stamp, lines: Sequence[str], font: StampFont) -> Placement | None:
    document = pdfium.PdfDocument(pdf)
    try:
        page = document[0]
        picture = np.asarray(drawn(page, DPI).convert("L"))
        found = place(stamp, lines, font, picture, (page.get_width(), page.get_height()), stamp_boxes(page))
        page.close()
    finally:
        document.close()
    return found


class _Signer(PdfSigner):
    """Signs at a given time instead of the time of the call, and keeps the file PDF 1.7."""

    def __init__(self, metadata: PdfSignatureMetadata, signer: object, *, when: datetime, **details: object) -> None:
        super().__init__(metadata, signer, **details)  # type: ignore[arg-type]
        self._when = when

    def init_signing_session(self, *args: object, **details: object) -> PdfSigningSession:
        session = super().init_signing_session(*args, **details)  # type: ignore[arg-type]
        session.system_time = self._when
        return session

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:  # noqa: ARG002
        # The library would declare an extension of PDF 2.0 for elliptic curves, and PDF/A-2 is PDF 1.7.
        pdf_out.ensure_output_version((1, 7))
        pdf_out.register_extension(ESIC_EXTENSION_1)
