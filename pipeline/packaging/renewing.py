"""Archive time stamps: what keeps a record provable when certificates and algorithms end (PAdES B-LTA).

ETSI EN 319 142-1 (clause 5.5): what a later check needs of everything that is in the file so far (certificates, their
status) is added, and then a time stamp over all of it. Whatever ends afterwards was good when it was stamped. The file
only grows, by one revision, and its last time stamp covers it to the last byte.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO

from asn1crypto import cms, x509
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError, PathBuildingError, RevokedError, ValidationError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.path import ValidationPath

from pipeline.errors import RecordInvalid, RenewalFailed, from_os_error
from pipeline.packaging.conformity import check
from pipeline.packaging.files import written
from pipeline.packaging.signature import quiet
from pipeline.settings import Keys

_FIELD = "LuuTru{}"
"""Names of the fields of archive time stamps, counted from 1."""
_UNREADABLE = (PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, AssertionError)
"""What the libraries raise on files that are no PDF, or whose signatures are none."""


def renew(pdf: Path, out: Path, keys: Keys, when: datetime, *, digest: str = "sha256") -> None:
    """Add an archive time stamp to a record of any level, with what a later check needs of all that is before it.

    The status of certificates that have no archived one yet is asked for over the network (OCSP, else CRL). Verify the
    record before: its content is not looked at again, and a time stamp over a broken record proves nothing.

    Args:
        pdf: a signed record, verified.
        out: the renewed record (PAdES B-LTA); it appears whole or not at all.
        keys: who is trusted, which authorities stamp, how long each request may take, and how far clocks may be apart.
        when: the time now, with time zone.
        digest: what the file is hashed with for the time stamp: ``sha256``, ``sha384`` or ``sha512``.

    Raises:
        RenewalFailed: no time stamp, or no status of a certificate, was to be had; a certificate ended or was revoked
            before its status was archived; the stamping authority is not trusted or ends no later than the last one.
        RecordInvalid: the file cannot be read, or would not be PDF/A any more.
        NotFound: the file or a trusted certificate cannot be read.
    """
    if not keys.timestamp_urls:
        raise RenewalFailed(what="keys.timestamp_urls: chưa có / missing")
    try:
        roots = list(load_certs_from_pemder(keys.trust))
        with quiet(), written(out) as part:
            with pdf.open("rb") as source, part.open("w+b") as target:
                asyncio.run(_Renewal(roots, keys, when, digest).run(source, target))
            findings = check(part)
            if findings:
                what = "; ".join(f"{found.rule} {found.where}" for found in findings[:5])
                raise RecordInvalid(name=pdf.name, what=what)
    except TimestampRequestError as error:
        raise RenewalFailed(what="không có dấu thời gian / no time stamp (keys.timestamp_urls)") from error
    except OSError as error:
        raise from_os_error(error, pdf.name) from error
    except _UNREADABLE as error:
        raise RecordInvalid(name=pdf.name, what=type(error).__name__) from error


def digests(pdf: Path) -> tuple[str, ...]:
    """Digest algorithms on which the proof of a signed record rests: when one of them ends it has to be renewed.

    They are those of a time stamp over the whole file; where there is none, of all signatures and the stamps on them.

    Raises:
        RecordInvalid: the file cannot be read as a signed PDF.
        NotFound: it cannot be opened.
    """
    try:
        with quiet(), pdf.open("rb") as source:
            items = list(_items(PdfFileReader(source, strict=False)))
            resting = items[-1:] if items and items[-1].archive else items
            return tuple(sorted({name for item in resting for name in _digests(item.signed)}))
    except OSError as error:
        raise from_os_error(error, pdf.name) from error
    except _UNREADABLE as error:
        raise RecordInvalid(name=pdf.name, what=type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class _Item:
    """Something signed in the file: a signature, a time stamp on it, or (``archive``) a time stamp over the file.

    ``covered`` are the times of later time stamps over the file, ``own`` those of the stamps on the signature itself.
    """

    where: str
    signed: cms.SignedData
    stamp: bool
    archive: bool
    covered: tuple[datetime, ...] = ()
    own: tuple[datetime, ...] = ()

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate of whoever signed."""
        return extract_certificate_info(self.signed).signer_cert

    @property
    def others(self) -> list[x509.Certificate]:
        """Certificates that came along."""
        return list(extract_certificate_info(self.signed).other_certs)


def _items(reader: PdfFileReader) -> Iterator[_Item]:
    """Everything signed, in the order of signing; of a signature first itself, then the time stamps on it."""
    embedded = list(reader.embedded_signatures)
    for position, found in enumerate(embedded):
        covered = tuple(_time(later.signed_data) for later in embedded[position + 1 :] if _archive(later))
        archive = _archive(found)
        stamps = [
            token for signed in (False, True) for token in extract_tst_data_iter(found.signer_info, signed=signed)
        ]
        own = tuple(map(_time, stamps))
        yield _Item(found.field_name, found.signed_data, archive, archive, covered, own)
        for token in stamps:
            yield _Item(found.field_name, token, stamp=True, archive=False, covered=covered)


def _archive(found: object) -> bool:
    return getattr(found, "sig_object_type", "") == "/DocTimeStamp"


def _time(token: cms.SignedData) -> datetime:
    time: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return time


def _digests(signed: cms.SignedData) -> Iterator[str]:
    yield from (str(info["digest_algorithm"]["algorithm"].native) for info in signed["signer_infos"])
    content = signed["encap_content_info"]["content"]
    if signed["encap_content_info"]["content_type"].native == "tst_info":
        yield str(content.parsed["message_imprint"]["hash_algorithm"]["algorithm"].native)


@dataclass
class _Renewal:
    """One renewal: what is trusted, and what has been found out of certificates so far."""

    roots: list[x509.Certificate]
    keys: Keys
    when: datetime
    digest: str
    fetching: AIOHttpFetcherBackend = field(init=False)
    context: ValidationContext = field(init=False)
    paths: list[ValidationPath] = field(default_factory=list)

    @property
    def skew(self) -> timedelta:
        """How far the clocks of this machine and of the services it asks may be apart."""
        return timedelta(minutes=self.keys.clock_skew_minutes)

    def __post_init__(self) -> None:
        self.fetching = AIOHttpFetcherBackend(per_request_timeout=self.keys.revocation_seconds)
        self.context = ValidationContext(
            trust_roots=self.roots,
            moment=self.when,
            allow_fetching=True,
            fetcher_backend=self.fetching,
            revocation_mode="hard-fail",
            time_tolerance=self.skew,
        )

    async def run(self, source: BinaryIO, target: BinaryIO) -> None:
        """Write the renewed record to ``target``."""
        try:
            await self._write(source, target)
        finally:
            await self.fetching.close()

    async def _write(self, source: BinaryIO, target: BinaryIO) -> None:
        writer = IncrementalPdfFileWriter(source)
        items = list(_items(writer.prev))
        if not items:
            raise RenewalFailed(what="tệp không có chữ ký / the file has no signature")
        try:
            store = DocumentSecurityStore.read_dss(writer.prev)
        except NoDSSFoundError:
            store = DocumentSecurityStore(writer=None)
        self.context.certificate_registry.register_multiple([*store.load_certs(), *chain(*(i.others for i in items))])
        for item in items:
            if not await self._archived(item, store):
                self.paths.append(await self._asked(item))
        stamper = HTTPTimeStamper(self.keys.timestamp_urls[0], timeout=self.keys.timestamp_seconds)
        sample = await stamper.async_dummy_response(self.digest)
        self.paths.append(await self._stamped_well(sample["content"], items[-1]))
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None, paths=self.paths, validation_context=self.context, embed_roots=False
        )
        taken = {item.where for item in items}
        name = next(name for name in map(_FIELD.format, count(1)) if name not in taken)
        await PdfTimeStamper(stamper, name).async_timestamp_pdf(writer, self.digest, output=target)
        made = list(PdfFileReader(target).embedded_timestamp_signatures)[-1]
        # Another authority may have answered than the one whose status was just added.
        await self._stamped_well(made.signed_data, items[-1])

    async def _archived(self, item: _Item, store: DocumentSecurityStore) -> bool:
        """Whether the file shows that the certificate was good when a time stamp over the file was made later on.

        Without such a stamp, what was archived at signing counts for a certificate that has ended since.
        """
        moments = item.covered or (item.own if item.certificate.not_valid_after < self.when else ())
        for moment in moments:
            past = store.as_validation_context(
                {
                    "trust_roots": self.roots,
                    "moment": moment,
                    "revocation_mode": "hard-fail",
                    "time_tolerance": self.skew,
                }
            )
            try:
                await _path(item, past)
            except (PathBuildingError, ValidationError):
                continue
            return True
        return False

    async def _asked(self, item: _Item) -> ValidationPath:
        """The chain of the certificate, found good now (or revoked only later); its status is kept in the context."""
        try:
            return await _path(item, self.context)
        except RevokedError as error:
            if error.is_ee_cert and error.revocation_dt > min((*item.own, *item.covered), default=self.when):
                return error.original_path
            what = f"chứng thư bị thu hồi / certificate revoked {error.revocation_dt:%Y-%m-%d}"
        except InsufficientRevinfoError:
            what = "không hỏi được trạng thái chứng thư (OCSP, CRL) / no status of the certificate (OCSP, CRL)"
        except PathBuildingError:
            what = "không rõ ai cấp chứng thư (keys.trust) / the issuer is not trusted (keys.trust)"
        except ValidationError:
            what = "chứng thư không còn dùng được / the certificate is not good any more"
        end = item.certificate.not_valid_after
        if end < self.when:
            what = (
                f"chứng thư hết hiệu lực {end:%Y-%m-%d}, trạng thái của nó chưa được lưu kịp"
                f" / the certificate ended {end:%Y-%m-%d} before its status was archived"
            )
        raise RenewalFailed(what=f"{item.where}: {what}")

    async def _stamped_well(self, token: cms.SignedData, last: _Item) -> ValidationPath:
        """The chain of a new time stamp, found good; it has to be of today and to gain something.

        A further stamp by a certificate that ends no later gains nothing, unless it is by another digest.
        """
        item = _Item("RFC 3161", token, stamp=True, archive=True)
        path = await self._asked(item)
        if abs(_time(token) - self.when) > self.skew:
            what = f"đồng hồ lệch / clocks differ ({_time(token):%Y-%m-%d %H:%M}, {self.when:%Y-%m-%d %H:%M %z})"
            raise RenewalFailed(what=f"{item.where}: {what}")
        end = item.certificate.not_valid_after
        if last.archive and end <= last.certificate.not_valid_after and self.digest in _digests(last.signed):
            what = (
                f"chứng thư dấu thời gian chỉ đến {end:%Y-%m-%d}, không lâu hơn dấu đã có"
                f" / the stamping authority's certificate ends {end:%Y-%m-%d}, no later than that of the last stamp"
            )
            raise RenewalFailed(what=what)
        return path


async def _path(item: _Item, context: ValidationContext) -> ValidationPath:
    validator = CertificateValidator(item.certificate, intermediate_certs=item.others, validation_context=context)
    path: ValidationPath = await validator.async_validate_usage(set(), {"time_stamping"} if item.stamp else None)
    return path
