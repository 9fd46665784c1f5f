"""Signing keys from PKCS#12 files, checked before anything is signed."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1, translate_pyca_cryptography_key_to_asn1
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.errors import KeyExpired, KeyMissing, KeyUnusable
from pipeline.settings import KeySource

Role = Literal["officer", "agency"]

DEMO_POLICY = "2.25.122571846105383275310961271867049523018"
"""Certificate policy of the demo keys (an object identifier made from a random UUID, so it is nobody else's)."""
DEMO_ORGANISATION = "DEMO - không có giá trị pháp lý"

SIGNING_USES = frozenset({"digital_signature", "non_repudiation"})


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key ready to sign: ``name`` is the subject's common name, ``demo`` says that it has no legal value."""

    role: Role
    signer: SimpleSigner
    name: str
    demo: bool
    not_after: datetime

    @property
    def fixed_size(self) -> bool:
        """Whether every signature by this key has the same number of bytes."""
        certificate = self.signer.signing_cert
        return certificate is not None and certificate.public_key.algorithm == "rsa"


def open_key(role: Role, key: KeySource, now: datetime) -> SigningKey:
    """Open a key and make sure that it may sign at the time ``now`` (with time zone).

    Raises:
        KeyMissing: no key or passphrase file.
        KeyUnusable: wrong passphrase, damaged file, or a certificate not meant for signatures.
        KeyExpired: the certificate is not valid now.
    """
    where = f"keys.{role}"
    if key.p12 is None:
        raise KeyUnusable(role=where, what="p12")
    data = _read(key.p12, where)
    passphrase = None if key.passphrase_file is None else _read(key.passphrase_file, where).rstrip(b"\r\n")
    try:
        private, certificate, others = pkcs12.load_key_and_certificates(data, passphrase)
    except (ValueError, TypeError) as error:
        what = "sai mật khẩu hoặc tệp khóa hỏng / wrong passphrase or damaged file"
        raise KeyUnusable(role=where, what=what) from error
    if private is None or certificate is None:
        raise KeyUnusable(role=where, what="tệp không có khóa hoặc chứng thư / no key or no certificate in the file")
    subject = translate_pyca_cryptography_cert_to_asn1(certificate)
    uses = set(subject.key_usage_value.native) if subject.key_usage_value is not None else set()
    if not uses & SIGNING_USES:
        raise KeyUnusable(role=where, what="chứng thư không dùng để ký / the certificate is not meant for signatures")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        when = f"{certificate.not_valid_before_utc:%Y-%m-%d} – {certificate.not_valid_after_utc:%Y-%m-%d}"
        raise KeyExpired(role=where, when=when)
    registry = SimpleCertificateStore()
    registry.register_multiple(
        chain for chain in map(translate_pyca_cryptography_cert_to_asn1, others) if chain.self_signed == "no"
    )
    try:
        signer = SimpleSigner(
            signing_cert=subject,
            signing_key=translate_pyca_cryptography_key_to_asn1(private),
            cert_registry=registry,
        )
    except (ValueError, NotImplementedError) as error:
        raise KeyUnusable(role=where, what=f"loại khóa lạ / unknown kind of key: {error}") from error
    return SigningKey(role, signer, common_name(subject), is_demo(subject), certificate.not_valid_after_utc)


def _read(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyMissing(role=where, where=path) from error


def common_name(certificate: x509.Certificate) -> str:
    """Common name of the certificate's subject, or the whole subject when it has none."""
    name = certificate.subject.native.get("common_name", certificate.subject.human_friendly)
    return str(name[-1] if isinstance(name, list) else name)


def is_demo(certificate: x509.Certificate) -> bool:
    """Whether the certificate says of itself that it is a demo without legal value."""
    policies = certificate.certificate_policies_value
    marked = policies is not None and any(item["policy_identifier"].dotted == DEMO_POLICY for item in policies)
    return marked or certificate.subject.native.get("organization_name") == DEMO_ORGANISATION
