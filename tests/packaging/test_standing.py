"""Certificates looked at before anything is signed, and what is left when that fails: nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import KeyExpired, KeyMissing, KeyRevoked, KeyUnusable, SigningFailed, SohoaError
from pipeline.packaging import open_key, sign_officer
from pipeline.packaging.signing import standing, timestamps
from pipeline.settings import Keys, KeySource, Legal
from pki import Pki
from tests.fixtures.pki import keys_of
from tests.packaging.conftest import Made

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _anew() -> None:
    timestamps.forget()
    standing.forget()


Sign = Callable[..., tuple[str, ...]]


@pytest.fixture
def sign(pki: Pki, made: Made, legal: Legal, tmp_path: Path) -> Sign:
    """Sign with a certificate of the infrastructure, at B-B unless told otherwise; rules of what was noticed."""

    def sign(officer: str = "officer", *, when: datetime = NOW, **details: object) -> tuple[str, ...]:
        keys = keys_of(pki, officer, **{"level": "B-B", "revocation_seconds": 1.0, **details})
        key = open_key("officer", keys.officer, when)
        try:
            found = sign_officer(made.plain, tmp_path / "out.pdf", key, legal, when, keys)
        except SohoaError:
            assert list(tmp_path.iterdir()) == []
            raise
        return tuple(finding.rule for finding in found)

    return sign


@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_revoked(mode: str, sign: Sign) -> None:
    with pytest.raises(KeyRevoked) as raised:
        sign("revoked", revocation=mode)
    assert f"{NOW - timedelta(days=2):%Y-%m-%d}" in raised.value.text.vi
    assert isinstance(raised.value, KeyUnusable)


def test_revoked_by_the_list_when_ocsp_is_down(sign: Sign, pki: Pki) -> None:
    pki.down.add("ocsp")
    with pytest.raises(KeyRevoked):
        sign("revoked", revocation="soft")


def test_revocation_off_asks_nobody(sign: Sign, pki: Pki) -> None:
    assert sign("revoked", revocation="off") == ()
    assert pki.asked == {}


@pytest.mark.parametrize("trouble", ["down", "slow"])
def test_state_unknown(trouble: str, sign: Sign, pki: Pki) -> None:
    if trouble == "down":
        pki.down.update(("ocsp", "crls"))
    else:
        pki.slow.update({"ocsp/ca": 3, "ocsp/root": 3})
    with pytest.raises(SigningFailed) as raised:
        sign(revocation="hard")
    assert raised.value.retryable
    assert "OCSP" in raised.value.text.vi
    assert sign(revocation="soft") == ("revocation_unknown",)
    asked = dict(pki.asked)
    assert sign(revocation="soft") == ("revocation_unknown",)
    assert pki.asked == asked  # a batch does not wait for the dead again and again


def test_the_list_does_when_ocsp_is_down(sign: Sign, pki: Pki) -> None:
    pki.down.add("ocsp")
    assert sign(revocation="hard") == ()
    assert any("crls" in path for path in pki.asked)


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_what_is_to_be_kept_has_to_be_known(level: str, sign: Sign, pki: Pki) -> None:
    pki.down.update(("ocsp", "crls"))
    with pytest.raises(SigningFailed, match=level):
        sign(revocation="soft", level=level)


def test_answers_are_used_again_while_they_are_fresh(sign: Sign, pki: Pki) -> None:
    sign()
    asked = dict(pki.asked)
    sign(when=NOW + timedelta(minutes=2))
    assert pki.asked == asked
    sign(when=NOW + timedelta(minutes=2), revocation_minutes=1)
    assert pki.asked == asked  # what was kept says itself until when
    standing.forget()
    sign(revocation_minutes=1)
    asked = dict(pki.asked)
    sign(when=NOW + timedelta(minutes=2), revocation_minutes=1)
    assert pki.asked != asked


def test_not_issued_by_anybody_trusted(sign: Sign, pki: Pki) -> None:
    with pytest.raises(KeyUnusable, match=r"keys\.trust"):
        sign("impostor", revocation="soft")
    with pytest.raises(KeyUnusable, match=r"keys\.trust"):
        sign(trust=(pki.certificate("impostor-root"),))
    with pytest.raises(KeyUnusable, match=r"keys\.trust"):
        sign(trust=())


def test_a_file_of_the_trusted_that_is_missing_or_rubbish(sign: Sign, pki: Pki) -> None:
    for file in (Path("/none.pem"), pki.passphrase):
        with pytest.raises(KeyMissing) as raised:
            sign(trust=(file,))
        assert file.name in raised.value.text.vi


def test_a_certificate_for_something_else(pki: Pki) -> None:
    keys = keys_of(pki, "encryption")
    with pytest.raises(KeyUnusable, match="not meant for signatures"):
        open_key("officer", keys.officer, NOW)


def test_a_certificate_that_ended_while_the_batch_ran(
    pki: Pki, pki_keys: Keys, made: Made, legal: Legal, tmp_path: Path
) -> None:
    key = open_key("officer", pki_keys.officer, NOW)
    with pytest.raises(KeyExpired):
        sign_officer(made.plain, tmp_path / "out.pdf", key, legal, NOW + timedelta(days=400), pki_keys)
    assert list(tmp_path.iterdir()) == []


def test_a_clock_that_is_behind(pki: Pki) -> None:
    behind = NOW - timedelta(days=3000)
    with pytest.raises(KeyExpired) as raised:
        open_key("officer", KeySource(p12=pki.p12("officer"), passphrase_file=pki.passphrase), behind)
    assert f"đồng hồ máy này: {behind:%Y-%m-%d}" in raised.value.text.vi


def test_messages_name_nobody(sign: Sign, pki: Pki) -> None:
    for officer, details in (("revoked", {}), ("impostor", {"revocation": "soft"}), ("officer", {"trust": ()})):
        with pytest.raises(SohoaError) as raised:
            sign(officer, **details)
        assert "Thử" not in raised.value.text.vi + raised.value.text.en
