"""Keys: made, opened, refused."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from pipeline.errors import KeyExpired, KeyMissing, KeyUnusable
from pipeline.packaging import make_demo_keys, open_key, sign_officer, verify
from pipeline.settings import Keys, KeySource, Legal
from pki import Pki
from tests.fixtures.pki import keys_of
from tests.packaging.conftest import Desk, Made

NOW = datetime.now(UTC)


def test_demo_keys_open_and_say_what_they_are(keys_settings: Keys) -> None:
    officer = open_key("officer", keys_settings.officer, NOW)
    assert (officer.role, officer.name, officer.demo) == ("officer", "Nguyễn Thị Hồng Ngọc", True)
    assert timedelta(days=363) < officer.not_after - NOW < timedelta(days=366)
    assert open_key("agency", keys_settings.agency, NOW).name == "Bộ phận Một cửa phường Thí Điểm"


def test_demo_keys_are_private_and_the_root_key_is_gone(demo_keys: Path) -> None:
    names = sorted(path.name for path in demo_keys.iterdir())
    assert names == ["agency.p12", "agency.pass", "officer.p12", "officer.pass", "root.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in demo_keys.iterdir()} == {0o600}
    assert b"PRIVATE" not in (demo_keys / "root.pem").read_bytes()
    root = x509.load_pem_x509_certificate((demo_keys / "root.pem").read_bytes())
    assert "DEMO" in root.subject.rfc4514_string()


def test_demo_keys_are_not_overwritten_unless_asked(tmp_path: Path) -> None:
    make_demo_keys(tmp_path, "A", "B")
    before = (tmp_path / "root.pem").read_bytes()
    with pytest.raises(KeyUnusable) as raised:
        make_demo_keys(tmp_path, "A", "B")
    assert "root.pem" in raised.value.text.vi
    assert (tmp_path / "root.pem").read_bytes() == before
    make_demo_keys(tmp_path, "A", "B", replace=True)
    assert (tmp_path / "root.pem").read_bytes() != before


def test_missing_key_or_passphrase(tmp_path: Path, keys_settings: Keys) -> None:
    with pytest.raises(KeyMissing):
        open_key("officer", KeySource(p12=tmp_path / "none.p12"), NOW)
    with pytest.raises(KeyMissing):
        open_key("officer", KeySource(p12=keys_settings.officer.p12, passphrase_file=tmp_path / "none"), NOW)


def test_wrong_passphrase_or_damaged_file(tmp_path: Path, keys_settings: Keys) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("sai mật khẩu\n")
    damaged = tmp_path / "damaged.p12"
    damaged.write_bytes(keys_settings.officer.p12.read_bytes()[:500])
    for key in (
        KeySource(p12=keys_settings.officer.p12, passphrase_file=wrong),
        KeySource(p12=keys_settings.officer.p12),
        KeySource(p12=damaged, passphrase_file=keys_settings.officer.passphrase_file),
        KeySource(p12=wrong, passphrase_file=wrong),
    ):
        with pytest.raises(KeyUnusable) as raised:
            open_key("officer", key, NOW)
        assert "keys.officer" in raised.value.text.vi


@pytest.mark.parametrize("away", [timedelta(days=400), timedelta(days=-2)])
def test_expired_or_not_yet_valid(away: timedelta, keys_settings: Keys) -> None:
    with pytest.raises(KeyExpired) as raised:
        open_key("agency", keys_settings.agency, NOW + away)
    assert f"{NOW.year}" in raised.value.text.en


def _issued(tmp_path: Path, *, signing: bool, passphrase: bytes | None) -> KeySource:
    """An elliptic-curve key with a self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cán bộ thử")])
    usage = dict.fromkeys(
        (
            "content_commitment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=9))
        .add_extension(x509.KeyUsage(digital_signature=signing, key_encipherment=not signing, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    coding = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    file, words = tmp_path / "own.p12", tmp_path / "own.pass"
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"own", key, certificate, None, coding))
    words.write_bytes((passphrase or b"") + b"\n")
    return KeySource(p12=file, passphrase_file=None if passphrase is None else words)


def test_certificate_for_another_use_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable):
        open_key("officer", _issued(tmp_path, signing=False, passphrase=b"x"), NOW)


@pytest.mark.parametrize("passphrase", [None, b"mat-khau"])
def test_elliptic_curve_key_without_demo_mark(passphrase: bytes | None, tmp_path: Path, desk: Desk, made: Made) -> None:
    key = open_key("officer", _issued(tmp_path, signing=True, passphrase=passphrase), NOW)
    assert not key.demo
    out, own = tmp_path / "signed.pdf", tmp_path / "own.der"
    own.write_bytes(key.certificate.dump())
    keys = desk.keys.model_copy(update={"trust": (own,)})
    assert sign_officer(made.plain, out, key, desk.legal, desk.when, keys) == ()
    facts = verify(out, desk.keys.trust).signatures[0]
    assert (facts.intact, facts.trusted, facts.demo) == (True, False, False)


def test_issuers_that_the_key_does_not_bring(pki: Pki, made: Made, legal: Legal, tmp_path: Path) -> None:
    """Without its authority's certificate a key leads to no trusted root; ``chain`` gives it."""
    key, certificate, _ = pkcs12.load_key_and_certificates(pki.p12("officer").read_bytes(), b"secret")
    assert certificate is not None
    alone = tmp_path / "alone.p12"
    packed = pkcs12.serialize_key_and_certificates(b"k", key, certificate, None, BestAvailableEncryption(b"secret"))  # type: ignore[arg-type]
    alone.write_bytes(packed)
    keys = keys_of(pki)
    source = KeySource(p12=alone, passphrase_file=pki.passphrase)
    with open_key("officer", source, NOW) as opened, pytest.raises(KeyUnusable, match="trust"):
        sign_officer(made.plain, tmp_path / "out.pdf", opened, legal, NOW, keys)
    whole = source.model_copy(update={"chain": (pki.certificate("ca"),)})
    with open_key("officer", whole, NOW) as opened:
        assert sign_officer(made.plain, tmp_path / "out.pdf", opened, legal, NOW, keys) == ()
    with pytest.raises(KeyMissing):
        open_key("officer", source.model_copy(update={"chain": (tmp_path / "none.pem",)}), NOW)
