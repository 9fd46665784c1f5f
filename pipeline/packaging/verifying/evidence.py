"""What proves when: certificates judged as of a moment, with the revocation data that a file brings along.

A certificate that has expired, or was revoked later, does not take away what it signed before: if a time stamp proves
that. So every signature is judged as of the earliest moment at which it is proven to have existed (ISO 32000-2, 12.8.5;
ETSI EN 319 102-1, 5.6.2). That moment comes from the time stamp around it, which is judged in the same way as of the
next one further out; the outermost is judged as of the time of checking.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from asn1crypto import cms, crl, ocsp, tsp, x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.general import CMSExtractionError, extract_certificate_info
from pyhanko.sign.validation.dss import DocumentSecurityStore, enumerate_ocsp_certs
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import validate_cert_usage
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType

Trouble = Literal["", "unknown", "expired", "not_yet", "revoked", "usage", "weak"]
Revocation = Literal["good", "revoked", "unknown"]

_SECONDS = 10
"""How long one place asked for the status of a certificate may take."""

WEAK_DIGESTS = frozenset({"md2", "md4", "md5", "sha1"})
"""Collisions can be made for these: signatures over them prove nothing any more (ETSI TS 119 312)."""

_TROUBLES: dict[AdESIndeterminate, Trouble] = {
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: "expired",
    AdESIndeterminate.REVOKED_NO_POE: "revoked",
    AdESIndeterminate.REVOKED_CA_NO_POE: "revoked",
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: "usage",
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE: "weak",
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "weak",
}


# What was asked right after signing tells of the moment of signing as well (`retroactive_revinfo`).
_NOT_LOOKED_AT = CertRevTrustPolicy(NO_REVOCATION)
_REQUIRED = CertRevTrustPolicy(REQUIRE_REVINFO, retroactive_revinfo=True)
_OUT_OF_DATE = CertRevTrustPolicy(
    REQUIRE_REVINFO,
    freshness=timedelta(days=36_500),
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
    retroactive_revinfo=True,
)


@dataclass(frozen=True, slots=True)
class Material:
    """Certificates and revocation data to judge with, none of it trusted by itself."""

    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    responses: tuple[ocsp.OCSPResponse, ...] = ()

    @property
    def tells_status(self) -> bool:
        """Whether there is anything on revocation at all."""
        return bool(self.crls or self.responses)


@dataclass(frozen=True, slots=True)
class Judged:
    """How a certificate stands at a moment.

    ``trouble`` is empty when its chain ends at a trusted certificate and everything on it is valid then; ``unknown``
    means that no such chain was found. ``revocation`` is ``unknown`` where nothing tells the status of the whole chain
    at that moment. ``until`` is the first end of validity on the chain, its root left out.
    """

    trouble: Trouble
    revocation: Revocation = "unknown"
    until: datetime | None = None
    since: datetime | None = None
    """When it was revoked."""
    chain: frozenset[bytes] = field(default_factory=frozenset)
    """SHA-256 of the certificates on the chain."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges certificates against ``roots``; ``online`` also asks the places that they name for their status."""

    roots: tuple[x509.Certificate, ...]
    online: bool = False

    async def stand(
        self, certificate: x509.Certificate, material: Material, moment: datetime, usage: KeyUsageConstraints
    ) -> Judged:
        """How ``certificate`` stands at ``moment``, used as ``usage`` says."""
        plain = await self._judged(certificate, material, moment, usage, _NOT_LOOKED_AT)
        if self.online and not plain.trouble:
            # Only places named by certificates that are trusted are asked.
            material = await self._asked(certificate, material, usage)
        if plain.trouble or not material.tells_status:
            return plain
        sure = await self._judged(certificate, material, moment, usage, _REQUIRED)
        if not sure.trouble:
            return replace(sure, revocation="good")
        if sure.trouble == "revoked":
            return sure
        # What is out of date does not show that a certificate was good any more, but still that it was revoked.
        dated = await self._judged(certificate, material, moment, usage, _OUT_OF_DATE)
        return dated if dated.trouble == "revoked" else plain

    async def _asked(self, certificate: x509.Certificate, material: Material, usage: KeyUsageConstraints) -> Material:
        """``material`` and what the places named by the certificates of the chain answer now."""
        backend = AIOHttpFetcherBackend(per_request_timeout=_SECONDS)
        try:
            context = ValidationContext(
                trust_roots=list(self.roots),
                other_certs=material.certificates,
                allow_fetching=True,
                fetcher_backend=backend,
                revocation_mode="soft-fail",
            )
            paths = context.path_builder.async_build_paths_lazy(certificate)
            await validate_cert_usage(certificate, context, key_usage_settings=usage, paths=paths)
        finally:
            await backend.close()
        return Material(material.certificates, (*material.crls, *context.crls), (*material.responses, *context.ocsps))

    async def _judged(
        self,
        certificate: x509.Certificate,
        material: Material,
        moment: datetime,
        usage: KeyUsageConstraints,
        policy: CertRevTrustPolicy,
    ) -> Judged:
        context = ValidationContext(
            trust_roots=list(self.roots),
            other_certs=material.certificates,
            moment=moment,
            crls=material.crls,
            ocsps=_from_living(material.responses, moment),
            allow_fetching=False,
            revinfo_policy=policy,
        )
        paths = context.path_builder.async_build_paths_lazy(certificate)
        found = await validate_cert_usage(certificate, context, key_usage_settings=usage, paths=paths)
        path = found.success_result or found.error_path
        until, chain = _bounds(certificate, path)
        if found.error_subindic is None:
            return Judged("", "unknown", until, None, chain)
        trouble = _TROUBLES.get(found.error_subindic, "unknown")
        if not certificate.not_valid_before <= moment:
            trouble = "not_yet"
        elif moment > until:
            trouble = "expired"
        since = found.revo_details.revocation_date if found.revo_details is not None else None
        return Judged(trouble, "revoked" if trouble == "revoked" else "unknown", until, since, chain)


def _bounds(certificate: x509.Certificate, path: ValidationPath | None) -> tuple[datetime, frozenset[bytes]]:
    certificates = [certificate]
    if path is not None:
        certificates += list(path.iter_certs(include_root=False))
    chain = {one.sha256 for one in certificates}
    if path is not None:
        chain |= {one.sha256 for one in path.iter_certs(include_root=True)}
    return min(one.not_valid_after for one in certificates), frozenset(chain)


def _from_living(responses: Iterable[ocsp.OCSPResponse], moment: datetime) -> list[ocsp.OCSPResponse]:
    """Responses whose responder was still valid at ``moment``: later ones could have been made up with an old key."""
    return [one for one in responses if all(moment <= cert.not_valid_after for cert in enumerate_ocsp_certs(one))]


def stored_material(reader: PdfFileReader, revision: int) -> Material:
    """What the security store (DSS) of the file holds in its revision number ``revision``."""
    try:
        store = DocumentSecurityStore.read_dss(HistoricalResolver(reader, revision))
    except NoDSSFoundError:
        return Material()
    crls = (one.get_object().read_data(DecodePurpose.CRL) for one in store.crls)
    responses = (one.get_object().read_data(DecodePurpose.OCSP_RESPONSE) for one in store.ocsps)
    return Material(
        tuple(store.load_certs()),
        tuple(crl.CertificateList.load(one, strict=True) for one in crls),
        tuple(ocsp.OCSPResponse.load(one, strict=True) for one in responses),
    )


def with_certificates(material: Material, signed: cms.SignedData) -> Material:
    """``material`` and the certificates that ``signed`` brings along."""
    try:
        found = extract_certificate_info(signed)
    except CMSExtractionError:
        return material
    return Material((found.signer_cert, *found.other_certs, *material.certificates), material.crls, material.responses)


def token_info(signed: cms.SignedData) -> tsp.TSTInfo | None:
    """What a time stamp says; ``None`` when ``signed`` is none."""
    content: Any = signed["encap_content_info"]["content"]
    info = getattr(content, "parsed", None)
    return info if isinstance(info, tsp.TSTInfo) else None


def weak_digests(signed: cms.SignedData) -> Sequence[str]:
    """Names of the weak digests used in ``signed``."""
    used = {info["digest_algorithm"]["algorithm"].native for info in signed["signer_infos"]}
    info = token_info(signed)
    if info is not None:
        used.add(info["message_imprint"]["hash_algorithm"]["algorithm"].native)
    return sorted(used & WEAK_DIGESTS)
