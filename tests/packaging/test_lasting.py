"""What time does to a record: certificates end, are revoked, time stamps are renewed; checked years later, offline."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import ocsp, pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import RevokedError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from benchmarks.records.attack_tools import Key, forge, stamp_over
from pipeline.packaging import AGENCY_FIELD, OFFICER_FIELD, Expected, verify
from pipeline.packaging.signing.renewing import renew
from pipeline.packaging.verifying.verification import proof
from pipeline.settings import Legal
from pki import Pki
from tests.fixtures.pki import keys_of
from tests.packaging import drawing
from tests.packaging.test_attacks import sealed_in

YEAR = timedelta(days=365)
Record = Callable[[str], Path]
Signed = Callable[[str, datetime], Path]


@pytest.fixture(scope="module")
def start() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def record(start: datetime, legal: Legal, pki_services: Pki, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of a level; signers end after one year, their time-stamping authority after three."""

    def made(level: str) -> Path:
        folder = tmp_path_factory.mktemp("lasting")
        return sealed_in(folder, drawing.drawn_document(folder), keys_of(pki_services, level=level), legal)

    return cache(made)


@pytest.fixture(scope="module")
def renewed(record: Record, start: datetime, pki_services: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The B-LTA record, its archive time stamp renewed after two years by an authority that ends after fifteen."""
    out = tmp_path_factory.mktemp("renewed") / "renewed.pdf"
    keys = keys_of(pki_services, level="B-LTA", timestamp_urls=(pki_services.tsa("tsa-later"),))
    with pki_services.at(start + 2 * YEAR):
        renew(record("B-LTA"), out, keys, start + 2 * YEAR)
    return out


@pytest.mark.parametrize(
    ("level", "years", "verdict"),
    [
        ("B-B", 0, "valid"),
        ("B-B", 2, "indeterminate"),
        ("B-T", 2, "valid"),
        ("B-T", 4, "indeterminate"),
        ("B-LT", 2, "valid"),
        ("B-LT", 4, "indeterminate"),
        ("B-LTA", 2, "valid"),
        ("B-LTA", 4, "indeterminate"),
    ],
)
def test_years_later(level: str, years: int, verdict: str, record: Record, start: datetime, pki: Pki) -> None:
    found = verify(record(level), [pki.root], now=start + years * YEAR)
    assert found.level == verdict
    assert found.ok == (verdict == "valid")
    assert {finding.rule for finding in found.findings} == (set() if found.ok else {"expired"})
    assert found.pades == (level if found.ok else "")
    vouched = verify(record(level), [pki.root], Expected(at=start + timedelta(hours=1)), now=start + years * YEAR)
    assert vouched.ok


@pytest.mark.parametrize(("years", "verdict"), [(2.1, "valid"), (5, "valid"), (12, "valid"), (16, "indeterminate")])
def test_renewed_time_stamps_outlive_everything(
    years: float, verdict: str, renewed: Path, start: datetime, pki: Pki
) -> None:
    """The signers ended after one year, the first authority after three; the second lives for fifteen."""
    found = verify(renewed, [pki.root], now=start + years * YEAR)
    assert found.level == verdict
    if found.ok:
        assert found.pades == "B-LTA"
        assert all(facts.time_proven for facts in found.signatures)
        assert [facts.revocation for facts in found.signatures] == ["good", "good", "good", "unknown"]
        assert [revision.kind for revision in found.revisions] == ["first", "signature", "signature", *2 * ["archive"]]


def test_proof_tells_when_to_renew(record: Record, renewed: Path, start: datetime, pki: Pki) -> None:
    ends: dict[str, timedelta] = {}
    for level in ("B-B", "B-T", "B-LT", "B-LTA"):
        told = proof(record(level), verify(record(level), [pki.root]), 90)
        assert told.level == level
        assert len(set(told.certificates)) == 2
        known = Expected(certificates=told.certificates, xmp_sha256=told.xmp_sha256, level=level)
        assert verify(record(level), [pki.root], known).ok
        ends[level] = datetime.fromisoformat(told.renew_by).replace(tzinfo=UTC) - start
    later = proof(renewed, verify(renewed, [pki.root], now=start + 3 * YEAR), 90)
    ends["renewed"] = datetime.fromisoformat(later.renew_by).replace(tzinfo=UTC) - start
    days = {name: round((end.days + 90) / 365, 1) for name, end in ends.items()}
    assert days == {"B-B": 0.9, "B-T": 0.9, "B-LT": 2.9, "B-LTA": 2.9, "renewed": 14.9}


def test_revocation_is_told_where_it_was_not_looked_at(record: Record, pki: Pki) -> None:
    offline = verify(record("B-T"), [pki.root])
    assert offline.ok
    assert {note.rule for note in offline.notes} == {"revocation_unknown"}
    online = verify(record("B-T"), [pki.root], online=True)
    assert online.ok
    assert (online.notes, online.pades) == ((), "B-T")
    pki.down.update({"ocsp", "crls"})
    assert verify(record("B-T"), [pki.root], online=True).ok
    stored = verify(record("B-LT"), [pki.root])
    assert [facts.revocation for facts in stored.signatures] == ["good", "good"]


@pytest.fixture(scope="module")
def by_revoked(record: Record, pki_services: Pki, tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A record whose officer's certificate was revoked two days ago; ``tsa``: address of who stamps it, if anybody."""
    folder = tmp_path_factory.mktemp("revoked")
    plain = record("B-T").with_name("plain.pdf")
    passphrase = pki_services.passphrase

    def made(tsa: str, when: datetime) -> Path:
        officer = Key(pki_services.p12("revoked"), passphrase)
        agency = Key(pki_services.p12("agency"), passphrase)
        with pki_services.at(when):
            first = forge(plain, folder / "first.pdf", officer, OFFICER_FIELD, tsa=tsa, when=when)
            return forge(first, folder / f"both-{when:%d}-{len(tsa)}.pdf", agency, AGENCY_FIELD, tsa=tsa, when=when)

    return made


def test_revoked_before_signing(by_revoked: Signed, start: datetime, pki: Pki, tmp_path: Path) -> None:
    for tsa in ("", pki.tsa()):
        both = by_revoked(tsa, start)
        online = verify(both, [pki.root], online=True)
        assert online.level == "invalid"
        assert {finding.rule for finding in online.findings} == {"revoked"}
        assert online.signatures[0].revocation == "revoked"
        stored = verify(_with_status(both, tmp_path / "stored.pdf", pki), [pki.root])
        assert stored.level == "invalid"
        assert {finding.rule for finding in stored.findings} == {"revoked"}
        # Without anything that tells of it, it is said that nothing does.
        offline = verify(both, [pki.root])
        assert "revocation_unknown" in {note.rule for note in offline.notes}


def test_revoked_after_signing(by_revoked: Signed, start: datetime, pki: Pki, tmp_path: Path) -> None:
    """A time stamp proves that the signature was there before; without one it is the signer's word alone."""
    before = start - timedelta(days=5)
    stamped = verify(_with_status(by_revoked(pki.tsa(), before), tmp_path / "stamped.pdf", pki), [pki.root])
    assert (stamped.findings, stamped.level, stamped.pades) == ((), "valid", "B-T")
    claimed = verify(_with_status(by_revoked("", before), tmp_path / "claimed.pdf", pki), [pki.root])
    assert claimed.level == "indeterminate"
    assert {finding.rule for finding in claimed.findings} == {"revoked"}


def _with_status(pdf: Path, out: Path, pki: Pki) -> Path:
    """``pdf`` with what the status services say today in its security store, under an archive time stamp."""
    certificate = _certificate(pki, "revoked")
    context = asyncio.run(_asked(certificate, pki))
    writer = IncrementalPdfFileWriter(BytesIO(pdf.read_bytes()))
    responses: list[ocsp.OCSPResponse] = list(context.ocsps)
    DocumentSecurityStore.supply_dss_in_writer(
        writer, None, certs=[certificate, _certificate(pki, "ca")], ocsps=responses, crls=list(context.crls)
    )
    told = out.with_name("told.pdf")
    with told.open("wb") as target:
        writer.write(target)
    return stamp_over(told, out, pki.tsa())


async def _asked(certificate: x509.Certificate, pki: Pki) -> ValidationContext:
    backend = AIOHttpFetcherBackend()
    context = ValidationContext(trust_roots=[_certificate(pki, "root")], allow_fetching=True, fetcher_backend=backend)
    try:
        with pytest.raises(RevokedError):
            await CertificateValidator(
                certificate, [_certificate(pki, "ca")], validation_context=context
            ).async_validate_usage({"digital_signature"})
    finally:
        await backend.close()
    return context


def _certificate(pki: Pki, label: str) -> x509.Certificate:
    return x509.Certificate.load(pem.unarmor(pki.certificate(label).read_bytes())[2])
