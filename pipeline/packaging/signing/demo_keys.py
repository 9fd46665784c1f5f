"""A small PKI to try things out: clearly marked, made on this machine, never delivered with the program."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from pipeline.errors import KeyUnusable, from_os_error
from pipeline.packaging.signing.keys import DEMO_ORGANISATION, DEMO_POLICY

_BITS = 2048
_VALID = timedelta(days=365)
_ROOT_VALID = timedelta(days=3650)
_FILES = ("officer.p12", "officer.pass", "agency.p12", "agency.pass", "root.pem")


def make_demo_keys(folder: Path, officer_name: str, agency_name: str, *, replace: bool = False) -> None:
    """Write keys for an officer and an agency to ``folder``, with the root certificate that trusts them.

    ``officer.p12`` and ``agency.p12`` have random passphrases in ``officer.pass`` and ``agency.pass``; all are readable
    by the owner alone. The root's private key is thrown away once both are issued. Every certificate names the
    organisation ``DEMO`` and carries the demo policy.

    Raises:
        KeyUnusable: keys are there already and ``replace`` is false.
    """
    present = [name for name in _FILES if (folder / name).exists()]
    if present and not replace:
        what = f"{', '.join(present)} đã có, không ghi đè / already there, not overwritten"
        raise KeyUnusable(role="demo", what=what)
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    root_key = rsa.generate_private_key(65537, _BITS)
    root_name = _name("sohoa demo root")
    root = (
        _unsigned(root_name, root_name, root_key.public_key(), now, _ROOT_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for role, name in (("officer", officer_name), ("agency", agency_name)):
            key = rsa.generate_private_key(65537, _BITS)
            certificate = (
                _unsigned(_name(name), root_name, key.public_key(), now, _VALID)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
                )
                .sign(root_key, hashes.SHA256())
            )
            passphrase = secrets.token_urlsafe(24).encode("ascii")
            packed = pkcs12.serialize_key_and_certificates(
                role.encode("ascii"), key, certificate, [root], BestAvailableEncryption(passphrase)
            )
            _write(folder / f"{role}.p12", packed)
            _write(folder / f"{role}.pass", passphrase + b"\n")
        _write(folder / "root.pem", root.public_bytes(Encoding.PEM))
    except OSError as error:
        raise from_os_error(error, str(folder)) from error


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEMO_ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, start: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    policy = x509.PolicyInformation(x509.ObjectIdentifier(DEMO_POLICY), None)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
    )


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, data: bytes) -> None:
    """Write a secret: readable by the owner from its first byte on, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
