"""The two signatures of a record: the officer's, then the agency's on top of it, as incremental updates (PAdES).

Nothing that is there already is rewritten: the file only grows. What a signature shows is text in the corner that the
law names, set where the page is blank.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
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
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, PdfSigningSession, SigDSSPlacementPreference
from pyhanko_certvalidator.errors import PathError, ValidationError

from pipeline.dossier import Finding, Severity, Text
from pipeline.errors import RecordInvalid, SigningDown, SigningFailed
from pipeline.packaging.files import written
from pipeline.packaging.pdfa.conformity import check, refuse_flawed
from pipeline.packaging.pdfa.rendering import drawn, stamp_boxes
from pipeline.packaging.signing.keys import SIGNING_USES, SigningKey
from pipeline.packaging.signing.stampfont import StampFont, stamp_font
from pipeline.packaging.signing.stamptext import stamp_style
from pipeline.packaging.signing.standing import Standing, offline, standing, trusted, untold
from pipeline.packaging.signing.timestamps import Authorities, Moved
from pipeline.packaging.signing.whitespace import DPI, Placement, place
from pipeline.packaging.verifying.signature import quiet
from pipeline.settings import Keys, Legal, Stamp
from pipeline.vietnamese import nfc

OFFICER_FIELD = "CanBoSoHoa"
AGENCY_FIELD = "CoQuan"
_DIGEST = "sha256"
_CHUNK = 1 << 20
"""Bytes hashed at a time."""


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
        keys: level, time-stamping authorities, who is trusted, how revocation is asked for. At B-LTA this signature is
            B-LT: the archive time stamp comes with the agency's, over all of the file.

    Returns:
        A finding when page 1 has no room for the stamp, so that the signature is invisible; one when nobody told
        whether the certificate was revoked.

    Raises:
        KeyUnusable: the certificate is not trusted here, or the token or service refuses.
        KeyExpired: the certificate is not valid at ``when``.
        KeyRevoked: the certificate was revoked.
        SigningFailed: signing broke off: no time stamp, no answer on revocation, a token pulled out.
        RecordInvalid: the signed file is not PDF/A any more.
        FontMissing: no font for the stamp.
    """
    time = legal.local_time(when)
    lines = _lines(legal.officer_stamp, key, legal, name=key.name, time=time.isoformat())
    return sign(pdf, out, key, OFFICER_FIELD, legal.officer_stamp, lines, time, keys, last=False)


def seal_agency(
    pdf: Path, out: Path, key: SigningKey, agency: str, legal: Legal, when: datetime, keys: Keys
) -> tuple[Finding, ...]:
    """Sign ``pdf`` as the agency, visibly at the top right of page 1, text without a picture (Decree 30/2020, App. I).

    ``agency`` is the name set in the stamp; everything else is as in :func:`sign_officer`.
    """
    time = legal.local_time(when)
    lines = _lines(
        legal.agency_stamp, key, legal, form=legal.form_of_copy, agency=agency, name=key.name, time=time.isoformat()
    )
    return sign(pdf, out, key, AGENCY_FIELD, legal.agency_stamp, lines, time, keys, last=True)


def _lines(stamp: Stamp, key: SigningKey, legal: Legal, **values: str) -> tuple[str, ...]:
    lines = [nfc(line.format(**values)) for line in stamp.lines]
    return tuple([*lines, nfc(legal.demo_mark)] if key.demo else lines)


@dataclass(frozen=True, slots=True)
class _Job:
    """One signature: whose, where and at which level."""

    key: SigningKey
    field: str
    placement: Placement | None
    font: StampFont
    when: datetime
    keys: Keys
    archived: bool
    """Whether an archive time stamp ends the file (B-LTA)."""

    @property
    def kept(self) -> bool:
        """Whether what a later check needs goes into the file (B-LT, B-LTA)."""
        return self.keys.level in ("B-LT", "B-LTA")


def sign(
    pdf: Path,
    out: Path,
    key: SigningKey,
    field: str,
    stamp: Stamp,
    lines: Sequence[str],
    when: datetime,
    keys: Keys,
    *,
    last: bool = True,
) -> tuple[Finding, ...]:
    """Sign ``pdf`` in ``field`` at the level that ``keys`` ask for, with ``lines`` as its visible form.

    Args:
        pdf: the file to add the signature to.
        out: the signed file; it appears whole or not at all.
        key: whose signature it is.
        field: name of the signature field, which must not be there yet.
        stamp: corner and type of the visible form.
        lines: its text.
        when: time of signing, with time zone.
        keys: level, time-stamping authorities, trust.
        last: whether an archive time stamp may end the file (B-LTA): no signature follows.

    Returns and raises as :func:`sign_officer`.
    """
    font = stamp_font("".join(lines))
    try:
        placement = _find_room(pdf, stamp, lines, font)
    except pdfium.PdfiumError as error:
        raise RecordInvalid(name=pdf.name, what=f"pdfium: {error}") from error
    job = _Job(key, field, placement, font, when, keys, archived=last and keys.level == "B-LTA")
    with written(out) as part:
        try:
            with quiet():
                own = asyncio.run(_signed(pdf, part, job))
        except (PdfError, SigningError, ValueError) as error:
            raise SigningFailed(what=f"{field}: {type(error).__name__}: {error}") from error
        except (PathError, ValidationError) as error:  # its words name persons
            raise SigningFailed(what=f"{field}: {type(error).__name__}") from error
        refuse_flawed(check(part), pdf.name)
    return (
        *(() if placement is not None else (_no_room(field, stamp),)),
        *(() if own.known or keys.revocation == "off" else (_state_unknown(field),)),
    )


async def _signed(pdf: Path, part: Path, job: _Job) -> Standing:
    """Write ``pdf`` with one signature more to ``part``, once everything it needs is there."""
    where = f"keys.{job.key.role}"
    own = await standing(job.key.certificate, list(job.key.signer.cert_registry), where, job.keys, job.when)
    for _ in range(len(job.keys.timestamp_urls) + 1):
        proofs, stamper = [own], None
        if job.keys.level != "B-B":
            stamper = Authorities(job.keys, job.when, job.key.signer.cert_registry)
            proofs.append(await stamper.prepare(_DIGEST))
        if job.kept and not all(proof.known for proof in proofs):
            raise untold(where if not own.known else "keys.timestamp_urls", job.keys.level)
        signer = _Signer(
            _metadata(job, proofs),
            job.key.signer,
            timestamper=stamper,
            stamp_style=None if job.placement is None else stamp_style(job.placement, job.font),
            new_field_spec=SigFieldSpec(job.field, on_page=0, box=None if job.placement is None else job.placement.box),
            when=job.when,
        )
        shutil.copyfile(pdf, part)
        try:
            with part.open("r+b") as target:
                await signer.async_sign_pdf(IncrementalPdfFileWriter(target), in_place=True, chunk_size=_CHUNK)
        except Moved:
            continue
        return own
    raise SigningDown(what="keys.timestamp_urls: không nơi nào trả lời đều / none of them answers steadily")


def _metadata(job: _Job, proofs: Sequence[Standing]) -> PdfSignatureMetadata:
    """How to sign. What a later check needs goes into the revision of the signature, so that this one ends the file."""
    plain = PdfSignatureMetadata(
        field_name=job.field,
        md_algorithm=_DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        # An RSA signature without time stamp has a known size; others are given room to spare.
        tight_size_estimates=job.keys.level == "B-B" and job.key.fixed_size,
    )
    if not job.kept:
        return plain
    return replace(
        plain,
        embed_validation_info=True,
        validation_context=offline(proofs, trusted(job.keys.trust), job.when, "hard-fail"),
        signer_key_usage=set(SIGNING_USES.intersection(job.key.certificate.key_usage_value.native)),
        dss_settings=DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE),
        use_pades_lta=job.archived,
    )


def _state_unknown(field: str) -> Finding:
    vi = "không hỏi được chứng thư có bị thu hồi hay không; vẫn ký theo keys.revocation: soft"
    en = "nobody told whether the certificate was revoked; signed as keys.revocation: soft has it"
    return Finding("revocation_unknown", field, Text(vi, en), Severity.WARNING)


def _no_room(field: str, stamp: Stamp) -> Finding:
    vi = "trang 1 không còn chỗ trống ở góc quy định nên chữ ký số không hiển thị"
    en = "page 1 has no room in the prescribed corner, so the signature is invisible"
    return Finding("stamp_without_room", f"{field} {stamp.corner}", Text(vi, en), Severity.WARNING)


def _find_room(pdf: Path, stamp: Stamp, lines: Sequence[str], font: StampFont) -> Placement | None:
    document = pdfium.PdfDocument(pdf)
    try:
        page = document[0]
        picture = np.asarray(drawn(page, DPI))
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
