"""How a certificate stands: chain to those trusted, meant for what it is to do, valid, not revoked.

Asked before anything is signed (ETSI EN 319 102-1, 5.3; RFC 5280, 6; RFC 6960). What OCSP and CRL answered is kept for
a while, so that a batch does not ask for every document, and is what B-LT puts into the record.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
)
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.path import ValidationPath

from pipeline.errors import KeyExpired, KeyRevoked, KeyUnusable, SigningDown, SohoaError
from pipeline.packaging.signing.keys import SIGNING_USES, clock, load_certificates, validity
from pipeline.settings import Keys

Purpose = Literal["signing", "time_stamping"]

_UNKNOWN_FOR = timedelta(minutes=1)
"""How long it is remembered that nobody told the state of a certificate."""
_TOLERANCE = timedelta(minutes=1)
"""Clocks differ a little: an answer may seem to come from the future."""
_MODES = {"off": "none", "soft": "soft-fail", "hard": "require"}
_REFUSALS = (PathBuildingError, PathValidationError, InvalidCertificateError)


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate that may be used until ``until``, with what proves it.

    ``known``: OCSP or CRL told the state of every certificate of the chain that names one of them. ``since`` and
    ``until``: between these moments it need not be asked for again.
    """

    certificates: tuple[x509.Certificate, ...]
    ocsps: tuple[ocsp.OCSPResponse, ...]
    crls: tuple[crl.CertificateList, ...]
    known: bool
    since: datetime
    until: datetime


_kept: dict[tuple[object, ...], Standing] = {}
"""Answers of this process, by certificate, those that came with it, and what it was asked against."""


async def standing(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    where: str,
    keys: Keys,
    moment: datetime,
    purpose: Purpose = "signing",
) -> Standing:
    """Make sure that ``certificate`` may be used at ``moment``.

    Args:
        certificate: of a signer or a time-stamping authority.
        others: certificates that its chain may go through.
        where: named in errors (``keys.officer``, an address).
        keys: who is trusted, how strictly and how long revocation is asked for.
        moment: with time zone.
        purpose: what the certificate has to be meant for.

    Raises:
        KeyUnusable: not issued by somebody trusted, or not meant for ``purpose``.
        KeyExpired: it or one of its issuers is not valid at ``moment``.
        KeyRevoked: it or one of its issuers was revoked.
        SigningFailed: nobody told its state, and ``keys.revocation`` is ``hard``.
        KeyMissing: a file of ``keys.trust`` cannot be read.
    """
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        raise KeyExpired(role=where, when=validity(certificate, moment))
    chain = tuple(others)
    key = (certificate.sha256, frozenset(one.sha256 for one in chain), keys.trust, keys.revocation, purpose)
    kept = _kept.get(key)
    if kept is not None and kept.since - _TOLERANCE <= moment < kept.until:
        return kept
    try:
        found = await _examined(certificate, chain, where, keys, moment, purpose)
    except SohoaError:
        _kept.pop(key, None)
        raise
    _kept[key] = found
    return found


def forget() -> None:
    """Ask again for everything."""
    _kept.clear()


def trusted(paths: Iterable[Path]) -> list[x509.Certificate]:
    """The certificates of ``keys.trust``.

    Raises:
        KeyMissing: a file cannot be read or holds none.
    """
    return load_certificates("keys.trust", paths)


def offline(
    standings: Iterable[Standing], roots: Iterable[x509.Certificate], moment: datetime, mode: str = "soft-fail"
) -> ValidationContext:
    """A context of the library that knows what ``standings`` prove, and asks nobody."""
    ocsps: dict[bytes, ocsp.OCSPResponse] = {}
    crls: dict[bytes, crl.CertificateList] = {}
    certificates: dict[bytes, x509.Certificate] = {}
    for found in standings:
        certificates.update((one.sha256, one) for one in found.certificates)
        ocsps.update((one.dump(), one) for one in found.ocsps)
        crls.update((one.dump(), one) for one in found.crls)
    return ValidationContext(
        trust_roots=list(roots),
        other_certs=list(certificates.values()),
        ocsps=list(ocsps.values()),
        crls=list(crls.values()),
        moment=moment,
        allow_fetching=False,
        revocation_mode=mode,
        time_tolerance=_TOLERANCE,
    )


async def _examined(
    certificate: x509.Certificate,
    others: tuple[x509.Certificate, ...],
    where: str,
    keys: Keys,
    moment: datetime,
    purpose: Purpose,
) -> Standing:
    roots = trusted(keys.trust)
    if certificate.self_signed != "no" and certificate.sha256 not in {root.sha256 for root in roots}:
        raise _untrusted(where)
    fetching = keys.revocation != "off"
    backend = AIOHttpFetcherBackend(per_request_timeout=keys.revocation_seconds)
    context = ValidationContext(
        trust_roots=roots,
        other_certs=list(others),
        moment=moment,
        allow_fetching=fetching,
        revocation_mode=_MODES[keys.revocation],
        fetcher_backend=backend if fetching else None,
        time_tolerance=_TOLERANCE,
    )
    try:
        async with asyncio.timeout(keys.revocation_seconds):
            path = await _path(certificate, context, purpose)
    except (TimeoutError, InsufficientRevinfoError) as error:
        if keys.revocation == "hard":
            raise untold(where, "revocation: hard") from error
        path = await _path_unasked(certificate, others, roots, where, moment, purpose)
    except _REFUSALS as error:
        raise _told(error, where, moment) from error
    finally:
        await backend.close()
    found = Standing(tuple(path), tuple(context.ocsps), tuple(context.crls), fetching, moment, moment)
    try:
        await _path(certificate, offline([found], roots, moment, "hard-fail" if fetching else "none"), purpose)
    except PathValidationError:
        return replace(found, known=False, until=moment + _UNKNOWN_FOR)
    return replace(found, until=min([moment + timedelta(minutes=keys.revocation_minutes), *_ends(found)]))


async def _path(certificate: x509.Certificate, context: ValidationContext, purpose: Purpose) -> ValidationPath:
    validator = CertificateValidator(certificate, validation_context=context)
    found: ValidationPath
    if purpose == "time_stamping":
        found = await validator.async_validate_usage(set(), {"time_stamping"})
        return found
    uses = certificate.key_usage_value
    given = SIGNING_USES.intersection(uses.native) if uses is not None else frozenset()
    # Either use will do, so ask for those it has; for one it does not have when there is none.
    found = await validator.async_validate_usage(set(given or SIGNING_USES))
    return found


async def _path_unasked(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    roots: list[x509.Certificate],
    where: str,
    moment: datetime,
    purpose: Purpose,
) -> ValidationPath:
    """The chain as it is without anybody's word on revocation."""
    context = ValidationContext(
        trust_roots=roots, other_certs=list(others), moment=moment, allow_fetching=False, revocation_mode="none"
    )
    try:
        return await _path(certificate, context, purpose)
    except _REFUSALS as error:
        raise _told(error, where, moment) from error


def _ends(found: Standing) -> Iterator[datetime]:
    """When newer answers are due."""
    for answer in found.ocsps:
        basic = answer.basic_ocsp_response
        for single in basic["tbs_response_data"]["responses"]:
            if (end := single["next_update"].native) is not None:
                yield end
    for listed in found.crls:
        if (end := listed["tbs_cert_list"]["next_update"].native) is not None:
            yield end


def _told(error: Exception, where: str, moment: datetime) -> SohoaError:
    """The library's refusal in our words; its own may name persons."""
    if isinstance(error, RevokedError):
        return KeyRevoked(role=where, when=f"{error.revocation_dt:%Y-%m-%d %H:%M %Z}")
    if isinstance(error, NotYetValidError | ExpiredError):
        return KeyExpired(role=where, when=_issuer_end(error, moment))
    if isinstance(error, InvalidCertificateError):
        return KeyUnusable(role=where, what="chứng thư không dùng cho việc này / the certificate is not meant for this")
    if isinstance(error, PathBuildingError):
        return _untrusted(where)
    what = f"chuỗi chứng thư không đạt / its chain of certificates does not hold ({type(error).__name__})"
    return KeyUnusable(role=where, what=what)


def _untrusted(where: str) -> KeyUnusable:
    what = "chứng thư không do nơi nào trong keys.trust cấp / its issuer is not one of keys.trust"
    return KeyUnusable(role=where, what=what)


def _issuer_end(error: ExpiredError | NotYetValidError, moment: datetime) -> str:
    end = error.expired_dt if isinstance(error, ExpiredError) else error.valid_from
    return f"{end:%Y-%m-%d} (nơi cấp / issuer); {clock(moment)}"


def untold(where: str, setting: str) -> SigningDown:
    """Nobody told whether a certificate was revoked, and ``setting`` (``revocation: hard``, a level) wants to know."""
    vi = f"không hỏi được chứng thư có bị thu hồi hay không (OCSP, CRL), mà cấu hình đòi ({setting})"
    en = f"nobody told whether the certificate was revoked (OCSP, CRL), and the configuration asks for it ({setting})"
    return SigningDown(what=f"{where}: {vi} / {en}")
