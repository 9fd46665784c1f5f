"""Archive time stamps: a record outlives the certificates and algorithms it was signed with, or it is said why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from pipeline.errors import NotFound, RecordInvalid, RenewalFailed
from pipeline.packaging import Expected, build, check, open_key, seal_agency, sign_officer, verify
from pipeline.packaging.signing import standing, timestamps
from pipeline.packaging.signing.renewing import digests, renew
from pipeline.settings import Keys, Legal
from pki import Pki
from tests.fixtures.pki import keys_of
from tests.packaging import drawing
from tests.packaging.conftest import AGENCY

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
MONTH = 30 * DAY
YEAR = 365 * DAY
_COUNT = count(1)


@pytest.fixture(autouse=True)
def ask_again() -> None:
    """What earlier tests asked the services, perhaps with another clock, is not known any more."""
    standing.forget()
    timestamps.forget()


@pytest.fixture(scope="module")
def plain(legal: Legal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record before it is signed."""
    folder = tmp_path_factory.mktemp("plain")
    build(drawing.drawn_document(folder), folder / "plain.pdf", legal, "Quyết định")
    return folder / "plain.pdf"


def sealed(plain: Path, legal: Legal, pki: Pki, keys: Keys, folder: Path, when: datetime | None = None) -> Path:
    """``plain`` signed and sealed at ``when``, today if nothing is said."""
    when = when or NOW
    with pki.at(when):
        officer = open_key("officer", keys.officer, when)
        agency = open_key("agency", keys.agency, when)
        sign_officer(plain, folder / "officer.pdf", officer, legal, when, keys)
        seal_agency(folder / "officer.pdf", folder / "sealed.pdf", agency, AGENCY, legal, when, keys)
    return folder / "sealed.pdf"


@pytest.fixture(scope="module")
def timed(plain: Path, legal: Legal, pki_services: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record signed and sealed today at level B-T."""
    return sealed(plain, legal, pki_services, keys_of(pki_services), tmp_path_factory.mktemp("timed"))


@pytest.fixture(scope="module")
def renewed(timed: Path, pki_services: Pki) -> Path:
    """That record with an archive time stamp, eleven months later."""
    return again(timed, pki_services, keys_of(pki_services), NOW + 11 * MONTH)


def again(pdf: Path, pki: Pki, keys: Keys, when: datetime, **details: object) -> Path:
    """``pdf`` renewed at ``when``, in a new file beside it."""
    out = pdf.with_name(f"{pdf.stem}-{next(_COUNT)}.pdf")
    with pki.at(when):
        renew(pdf, out, keys, when, **details)  # type: ignore[arg-type]
    return out


def refused(pdf: Path, pki: Pki, keys: Keys, when: datetime, **details: object) -> str:
    """Why ``pdf`` cannot be renewed at ``when``; nothing is left behind."""
    before = sorted(pdf.parent.iterdir())
    out = pdf.with_name("refused.pdf")
    with pki.at(when), pytest.raises(RenewalFailed) as caught:
        renew(pdf, out, keys, when, **details)  # type: ignore[arg-type]
    assert sorted(pdf.parent.iterdir()) == before
    return caught.value.text.en


def later(pki: Pki, **details: object) -> Keys:
    """With the authority whose certificate lasts fifteen years."""
    return keys_of(pki, timestamp_urls=(pki.tsa("tsa-later"),), **details)


# -- time passes ------------------------------------------------------------------------------------------------


def test_a_record_renewed_in_time_outlives_all_its_certificates(timed: Path, renewed: Path, pki: Pki) -> None:
    twice = again(renewed, pki, later(pki), NOW + 30 * MONTH)
    trust = keys_of(pki).trust
    for years, valid in ((2.9, (timed, renewed, twice)), (3.1, (twice,)), (12, (twice,)), (15.1, ())):
        now = NOW + years * YEAR
        for pdf in (timed, renewed, twice):
            assert verify(pdf, trust, Expected(), now=now).ok == (pdf in valid), (years, pdf.name)
    assert verify(twice, trust, now=NOW + 12 * YEAR).pades == "B-LTA"


def test_the_file_only_grows_and_stays_an_archive_file(timed: Path, renewed: Path) -> None:
    before, after = timed.read_bytes(), renewed.read_bytes()
    assert after.startswith(before)
    assert len(after) - len(before) < 60_000
    assert check(renewed) == []
    with renewed.open("rb") as file:
        reader = PdfFileReader(file)
        assert reader.xrefs.total_revisions == 4
        *_, last = reader.embedded_signatures
        assert last.sig_object_type == "/DocTimeStamp"
        assert last.byte_range[-2] + last.byte_range[-1] == len(after)


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_every_level_is_lifted(level: str, plain: Path, legal: Legal, pki: Pki, tmp_path: Path) -> None:
    record = sealed(plain, legal, pki, keys_of(pki, level=level), tmp_path)
    out = again(record, pki, later(pki), NOW + 11 * MONTH)
    assert check(out) == []
    trust = keys_of(pki).trust
    assert verify(out, trust, Expected(), now=NOW + 12 * YEAR).ok
    assert not verify(record, trust, Expected(), now=NOW + 12 * YEAR).ok


def test_what_was_archived_at_signing_serves_after_the_certificate_ended(
    plain: Path, legal: Legal, pki: Pki, tmp_path: Path
) -> None:
    record = sealed(plain, legal, pki, keys_of(pki, level="B-LT"), tmp_path)
    out = again(record, pki, later(pki), NOW + 2 * YEAR)
    assert verify(out, keys_of(pki).trust, Expected(), now=NOW + 12 * YEAR).ok


def test_a_second_renewal_asks_nothing_of_what_is_archived(renewed: Path, pki: Pki) -> None:
    """The signers' certificates ended; only the status of the stamping authorities is asked for."""
    again(renewed, pki, later(pki), NOW + 30 * MONTH)
    assert {path for path in pki.asked if "crls" in path} == set()
    assert sum(count for path, count in pki.asked.items() if path.endswith("ocsp/ca")) == 2


def test_a_certificate_revoked_after_the_time_stamp_does_no_harm(
    plain: Path, legal: Legal, pki: Pki, tmp_path: Path
) -> None:
    keys = keys_of(pki, officer="revoked", revocation="off")
    record = sealed(plain, legal, pki, keys, tmp_path, NOW - 5 * DAY)
    out = again(record, pki, later(pki), NOW)
    assert check(out) == []


# -- what ends --------------------------------------------------------------------------------------------------


def test_signatures_whose_certificates_ended_before_their_status_was_archived(timed: Path, pki: Pki) -> None:
    when = NOW + 13 * MONTH
    said = refused(timed, pki, later(pki), when)
    assert "CanBoSoHoa" in said
    assert "ended" in said
    assert "Nguyễn" not in said
    out = again(timed, pki, later(pki), when, without_status=True)
    assert verify(out, keys_of(pki).trust, Expected(), now=NOW + 12 * YEAR).ok


def test_without_any_time_stamp_an_ended_certificate_proves_nothing(
    plain: Path, legal: Legal, pki: Pki, tmp_path: Path
) -> None:
    record = sealed(plain, legal, pki, keys_of(pki, level="B-B"), tmp_path)
    assert "ended" in refused(record, pki, later(pki), NOW + 13 * MONTH, without_status=True)


def test_a_certificate_revoked_before_the_time_stamp(plain: Path, legal: Legal, pki: Pki, tmp_path: Path) -> None:
    record = sealed(plain, legal, pki, keys_of(pki, officer="revoked", revocation="off"), tmp_path)
    assert "revoked" in refused(record, pki, later(pki), NOW + DAY)


def test_another_stamp_of_the_same_authority_gains_nothing(renewed: Path, pki: Pki) -> None:
    when = NOW + 12 * MONTH
    assert "no later" in refused(renewed, pki, keys_of(pki), when)
    assert check(again(renewed, pki, keys_of(pki), when, digest="sha512")) == []


def test_digests_that_the_proof_rests_on(plain: Path, timed: Path, renewed: Path, pki: Pki, tmp_path: Path) -> None:
    assert digests(timed) == digests(renewed) == ("sha256",)
    strong = again(renewed, pki, later(pki), NOW + 12 * MONTH, digest="sha512")
    assert "sha512" in digests(strong)
    assert digests(plain) == ()
    with pytest.raises(NotFound):
        digests(tmp_path / "none.pdf")


# -- services ---------------------------------------------------------------------------------------------------


def test_no_time_stamp(timed: Path, pki: Pki) -> None:
    pki.down.add("tsa")
    assert "503" in refused(timed, pki, keys_of(pki), NOW)
    assert "timestamp_urls" in refused(timed, pki, keys_of(pki, level="B-B", timestamp_urls=()), NOW)


def test_the_next_authority_stamps_when_the_first_is_down(timed: Path, pki: Pki) -> None:
    pki.down.add("tsa/tsa")
    keys = keys_of(pki, timestamp_urls=(pki.tsa(), pki.tsa("tsa-later")))
    again(timed, pki, keys, NOW)
    assert pki.asked["/pki/tsa/tsa-later"] == 2


def test_lists_of_revoked_certificates_serve_when_nobody_answers(timed: Path, pki: Pki) -> None:
    pki.down.add("ocsp")
    out = again(timed, pki, later(pki), NOW)
    assert verify(out, keys_of(pki).trust, Expected(), now=NOW + 12 * YEAR).ok


def test_no_status(timed: Path, pki: Pki) -> None:
    pki.down.update({"ocsp", "crls"})
    assert "OCSP, CRL" in refused(timed, pki, keys_of(pki, revocation="soft"), NOW)


def test_a_slow_status_service_is_waited_for_only_so_long(timed: Path, pki: Pki) -> None:
    pki.slow.update({"ocsp/ca": 3, "ocsp/root": 3})
    pki.down.add("crls")
    assert "OCSP, CRL" in refused(timed, pki, keys_of(pki, revocation_seconds=0.3), NOW)


def test_clocks_that_differ(timed: Path, pki: Pki) -> None:
    with pki.at(NOW + DAY), pytest.raises(RenewalFailed):
        renew(timed, timed.with_name("refused.pdf"), keys_of(pki), NOW)


def test_an_authority_that_is_not_trusted(timed: Path, pki: Pki) -> None:
    keys = keys_of(pki, trust=(pki.certificate("impostor-root"),))
    assert "CanBoSoHoa" in refused(timed, pki, keys, NOW)


# -- files that are no records ----------------------------------------------------------------------------------


def test_a_file_without_signatures(plain: Path, pki: Pki) -> None:
    assert "no signature" in refused(plain, pki, keys_of(pki), NOW)


@pytest.mark.parametrize("cut", [0, 10, 2000, -600])
def test_no_pdf_at_all(cut: int, timed: Path, pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "cut.pdf").write_bytes(timed.read_bytes()[:cut])
    for use in (lambda pdf: renew(pdf, tmp_path / "out.pdf", keys_of(pki), NOW), digests):
        with pytest.raises(RecordInvalid):
            use(tmp_path / "cut.pdf")
    assert not (tmp_path / "out.pdf").exists()


def test_a_signature_that_is_none(timed: Path, pki: Pki, tmp_path: Path) -> None:
    data = timed.read_bytes()
    at = data.index(b"/Contents <3") + len(b"/Contents <")
    (tmp_path / "odd.pdf").write_bytes(data[:at] + b"3003020101" + data[at + 10 :])
    with pytest.raises(RecordInvalid):
        renew(tmp_path / "odd.pdf", tmp_path / "out.pdf", keys_of(pki), NOW)
