"""Archive time stamps: what keeps a record provable when certificates and algorithms end (PAdES B-LTA).

ETSI EN 319 142-1 (clause 5.5): what a later check needs of everything that is in the file so far (certificates, their
status) is added, and then a time stamp over all of it. Whatever ends afterwards was good when it was stamped. The file
only grows, by one revision, and its last time stamp covers it to the last byte.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
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
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, RevokedError, ValidationError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.path import ValidationPath

from pipeline.errors import (
    KeyExpired,
    KeyRevoked,
    KeyUnusable,
    RecordInvalid,
    RenewalFailed,
    SigningFailed,
    from_os_error,
)
from pipeline.packaging.files import written
from pipeline.packaging.pdfa.conformity import check, refuse_flawed
from pipeline.packaging.signing.standing import Purpose, Standing, standing
from pipeline.packaging.signing.timestamps import Authorities, Moved
from pipeline.packaging.verifying.reading import LeanReader
from pipeline.packaging.verifying.signature import quiet
from pipeline.settings import Keys

_FIELD = "LuuTru{}"
"""Names of the fields of archive time stamps, counted from 1."""
_UNREADABLE = (PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, AssertionError)
"""What the libraries raise on files that are no PDF, or whose signatures are none."""


def renew(
    pdf: Path, out: Path, keys: Keys, when: datetime, *, digest: str = "sha256", without_status: bool = False
) -> None:
    """Add an archive time stamp to a record of any level, with what a later check needs of all that is before it.

    The status of certificates that have no archived one yet is asked for over the network (OCSP, else CRL). Verify the
    record before: its content is not looked at again, and a time stamp over a broken record proves nothing.

    Args:
        pdf: a signed record, verified.
        out: the renewed record (PAdES B-LTA); it appears whole or not at all.
        keys: who is trusted, which authorities stamp, how long each request may take, and how far clocks may be apart.
        when: the time now, with time zone.
        digest: what the file is hashed with for the time stamp: ``sha256``, ``sha384`` or ``sha512``.
        without_status: stamp also over a signature by a certificate that has ended and whose status was never
            archived, when a time stamp proves that it was made before: whether it was revoked then stays unproven.

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
                asyncio.run(_renewed(source, target, lambda: _Renewal(roots, keys, when, digest, without_status)))
            refuse_flawed(check(part), pdf.name)
    except SigningFailed as error:
        raise RenewalFailed(what=error.details["what"]) from error
    except OSError as error:
        raise from_os_error(error, pdf.name) from error
    except _UNREADABLE as error:
        raise RecordInvalid(name=pdf.name, what=type(error).__name__) from error


async def _renewed(source: BinaryIO, target: BinaryIO, begin: Callable[[], _Renewal]) -> None:
    try:
        await begin().write(source, target)
    except Moved:  # another authority answered than the one whose status is in the file: once more, with that one
        target.seek(0)
        target.truncate()
        await begin().write(source, target)


def digests(pdf: Path) -> tuple[str, ...]:
    """Digest algorithms on which the proof of a signed record rests: when one of them ends it has to be renewed.

    They are those of a time stamp over the whole file; where there is none, of all signatures and the stamps on them.

    Raises:
        RecordInvalid: the file cannot be read as a signed PDF.
        NotFound: it cannot be opened.
    """
    try:
        with quiet(), pdf.open("rb") as source:
            items = list(_items(LeanReader(source, strict=False)))
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
    without_status: bool
    store: DocumentSecurityStore = field(default_factory=lambda: DocumentSecurityStore(writer=None))
    known: list[x509.Certificate] = field(default_factory=list)
    found: list[Standing] = field(default_factory=list)

    async def write(self, source: BinaryIO, target: BinaryIO) -> None:
        """Write the renewed record to ``target``."""
        writer = IncrementalPdfFileWriter(source)
        items = list(_items(writer.prev))
        if not items:
            raise RenewalFailed(what="tệp không có chữ ký / the file has no signature")
        with suppress(NoDSSFoundError):
            self.store = DocumentSecurityStore.read_dss(writer.prev)
        self.known = [*self.store.load_certs(), *chain(*(item.others for item in items))]
        for item in items:
            if not await self._archived(item):
                self.found.append(await self._standing(item))
        authorities = Authorities(self.keys, self.when, self.known)
        self.found.append(self._lasts_longer(await authorities.prepare(self.digest), items[-1]))
        trusted = {root.sha256 for root in self.roots}
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[one for found in self.found for one in found.certificates if one.sha256 not in trusted],
            ocsps=chain(*(found.ocsps for found in self.found)),
            crls=chain(*(found.crls for found in self.found)),
        )
        taken = {item.where for item in items}
        name = next(name for name in map(_FIELD.format, count(1)) if name not in taken)
        await PdfTimeStamper(authorities, name).async_timestamp_pdf(writer, self.digest, output=target)

    async def _archived(self, item: _Item) -> bool:
        """Whether the file shows that the certificate was good when a time stamp over the file was made later on.

        Without such a stamp, what was archived at signing counts for a certificate that has ended since.
        """
        for moment in item.covered or (item.own if item.certificate.not_valid_after < self.when else ()):
            settings = {"trust_roots": self.roots, "moment": moment, "revocation_mode": "require"}
            past = self.store.as_validation_context({**settings, "time_tolerance": self._skew})
            try:
                await _path(item, past)
            except (PathBuildingError, ValidationError):
                continue
            return True
        return False

    @property
    def _skew(self) -> timedelta:
        return timedelta(minutes=self.keys.clock_skew_minutes)

    async def _standing(self, item: _Item) -> Standing:
        """That the certificate is good now, or was revoked only after its signature was proven; with its status."""
        strict = self.keys.model_copy(update={"revocation": "hard"})
        purpose: Purpose = "time_stamping" if item.stamp else "signing"
        try:
            return await standing(item.certificate, [*item.others, *self.known], item.where, strict, self.when, purpose)
        except KeyExpired as error:
            found = await self._good_then(item) if self.without_status else None
            if found is not None:
                return found
            vi, en = "chứng thư hết hiệu lực trước khi trạng thái được lưu", "it ended before its status was archived"
            what = f"{vi} / {en}: {error.details['when']}; --without-status"
            raise RenewalFailed(what=f"{item.where}: {what}") from error
        except KeyRevoked as error:
            found = await self._revoked_later(item)
            if found is None:
                what = f"chứng thư bị thu hồi / the certificate was revoked ({error.details['when']})"
                raise RenewalFailed(what=f"{item.where}: {what}") from error
            return found
        except (KeyUnusable, SigningFailed) as error:
            raise RenewalFailed(what=f"{item.where}: {error.details['what']}") from error

    async def _good_then(self, item: _Item) -> Standing | None:
        """The chain of a certificate that was valid when a time stamp proved its signature, whatever its status."""
        for moment in sorted((*item.own, *item.covered)):
            context = ValidationContext(
                trust_roots=self.roots, other_certs=self.known, moment=moment, revocation_mode="none"
            )
            with suppress(PathBuildingError, ValidationError):
                return Standing(tuple(await _path(item, context)), (), (), known=False, since=moment, until=moment)
        return None

    async def _revoked_later(self, item: _Item) -> Standing | None:
        """The status of a certificate that was revoked after a time stamp had proven its signature; else nothing."""
        backend = AIOHttpFetcherBackend(per_request_timeout=self.keys.revocation_seconds)
        context = ValidationContext(
            trust_roots=self.roots,
            other_certs=self.known,
            moment=self.when,
            allow_fetching=True,
            fetcher_backend=backend,
            revocation_mode="require",
            time_tolerance=self._skew,
        )
        try:
            await _path(item, context)
        except RevokedError as error:
            if error.is_ee_cert and error.revocation_dt > min((*item.own, *item.covered), default=self.when):
                certificates = tuple(error.original_path)
                return Standing(
                    certificates,
                    tuple(context.ocsps),
                    tuple(context.crls),
                    known=True,
                    since=self.when,
                    until=self.when,
                )
        except (PathBuildingError, ValidationError):
            pass
        finally:
            await backend.close()
        return None

    def _lasts_longer(self, authority: Standing, last: _Item) -> Standing:
        """``authority``, unless its stamp gains nothing: by a certificate that ends no later and the same digest."""
        end = authority.certificates[-1].not_valid_after
        if last.archive and end <= last.certificate.not_valid_after and self.digest in _digests(last.signed):
            what = (
                f"chứng thư dấu thời gian chỉ đến {end:%Y-%m-%d}, không lâu hơn dấu đã có"
                f" / the stamping authority's certificate ends {end:%Y-%m-%d}, no later than that of the last stamp"
            )
            raise RenewalFailed(what=f"keys.timestamp_urls: {what}")
        return authority


async def _path(item: _Item, context: ValidationContext) -> ValidationPath:
    validator = CertificateValidator(item.certificate, intermediate_certs=item.others, validation_context=context)
    path: ValidationPath = await validator.async_validate_usage(set(), {"time_stamping"} if item.stamp else None)
    return path
