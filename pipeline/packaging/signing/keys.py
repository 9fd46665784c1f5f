"""Signing keys from PKCS#12 files, tokens and signing services, checked before anything is signed."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.keys import load_certs_from_pemder
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.dossier import Text
from pipeline.errors import KeyExpired, KeyMissing, KeyUnusable, SohoaError
from pipeline.settings import KeySource

Role = Literal["officer", "agency"]
Ask = Callable[[Text], str]
"""Asks a person for a PIN; what it is for is said in the question."""

DEMO_POLICY = "2.25.122571846105383275310961271867049523018"
"""Certificate policy of the demo keys (an object identifier made from a random UUID, so it is nobody else's)."""
DEMO_ORGANISATION = "DEMO - không có giá trị pháp lý"

SIGNING_USES = frozenset({"digital_signature", "non_repudiation"})
"""A signer's certificate has one of these key usages (RFC 5280, 4.2.1.3)."""

_HASHES: dict[str, HashAlgorithm] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key ready to sign: ``name`` is the subject's common name, ``demo`` says that it has no legal value.

    A token or a service stays open until :meth:`close` (or the end of a ``with`` block).
    """

    role: Role
    signer: Signer = field(repr=False)
    name: str = field(repr=False)
    demo: bool
    not_after: datetime
    release: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""
        return self.signer.signing_cert

    @property
    def fixed_size(self) -> bool:
        """Whether every signature by this key has the same number of bytes."""
        return isinstance(self.signer, FileSigner) and self.certificate.public_key.algorithm == "rsa"

    def close(self) -> None:
        """Log out of the token, forget the PIN of the service; may be called twice."""
        if self.release is not None:
            self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_key(role: Role, source: KeySource, now: datetime, ask: Ask | None = None) -> SigningKey:
    """Open a key and make sure that it may sign at the time ``now`` (with time zone).

    Args:
        role: whose key it is.
        source: where it is.
        now: time of signing.
        ask: asks for the PIN of a token or a service, once; without it none can be given.

    Raises:
        KeyMissing: no key or passphrase file, no such token, or its library cannot be loaded.
        KeyUnusable: wrong passphrase or PIN, damaged file, a certificate not meant for signatures, a refusing service.
        KeyExpired: the certificate is not valid now.
        SigningFailed: the token or the service does not answer.
    """
    where = f"keys.{role}"
    release: Callable[[], None] | None = None
    signer: Signer
    if source.token is not None:
        from pipeline.packaging.signing.tokens import open_token  # noqa: PLC0415 - few installations have one

        signer, release = open_token(where, source.token, ask)
    elif source.remote is not None:
        from pipeline.packaging.signing.remote import open_remote  # noqa: PLC0415 - as above

        signer, release = open_remote(where, source.remote, ask)
    else:
        signer = _from_file(where, source)
    subject: x509.Certificate = signer.signing_cert
    try:
        for issuer in load_certificates(f"{where}.chain", source.chain):
            signer.cert_registry.register(issuer)
        _fit(where, subject, now)
    except SohoaError:
        if release is not None:
            release()
        raise
    return SigningKey(role, signer, common_name(subject), is_demo(subject), subject.not_valid_after, release)


def read_certificate(
    role: Role, source: KeySource, now: datetime
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The certificate of a key and others of its chain, without anybody's PIN.

    Raises:
        KeyMissing, KeyUnusable, KeyExpired, SigningFailed: as for :func:`open_key`.
    """
    where = f"keys.{role}"
    if source.token is not None:
        from pipeline.packaging.signing.tokens import read_token  # noqa: PLC0415 - few installations have one

        certificate, others = read_token(where, source.token)
    elif source.remote is not None:
        from pipeline.packaging.signing.remote import read_remote  # noqa: PLC0415 - as above

        certificate, others = read_remote(where, source.remote)
    else:
        signer = _from_file(where, source)
        certificate, others = signer.signing_cert, tuple(signer.cert_registry)
    _fit(where, certificate, now)
    return certificate, (*others, *load_certificates(f"{where}.chain", source.chain))


def load_certificates(setting: str, paths: Iterable[Path]) -> list[x509.Certificate]:
    """The certificates (PEM or DER) in the files that ``setting`` names.

    Raises:
        KeyMissing: a file cannot be read or holds none.
    """
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            found.extend(load_certs_from_pemder([path]))
        except (OSError, ValueError) as error:
            raise KeyMissing(role=setting, where=path) from error
    return found


def _fit(where: str, certificate: x509.Certificate, now: datetime) -> None:
    if certificate.public_key.algorithm not in ("rsa", "ec"):
        what = f"loại khóa lạ / unknown kind of key: {certificate.public_key.algorithm}"
        raise KeyUnusable(role=where, what=what)
    uses = set(certificate.key_usage_value.native) if certificate.key_usage_value is not None else set()
    if not uses & SIGNING_USES:
        raise KeyUnusable(role=where, what="chứng thư không dùng để ký / the certificate is not meant for signatures")
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        raise KeyExpired(role=where, when=validity(certificate, now))


def validity(certificate: x509.Certificate, moment: datetime) -> str:
    """From when to when it is valid; what the clock says too when it is before that, and so may itself be wrong."""
    told = f"{certificate.not_valid_before:%Y-%m-%d} – {certificate.not_valid_after:%Y-%m-%d}"
    return told if moment >= certificate.not_valid_before else f"{told}; {clock(moment)}"


def clock(moment: datetime) -> str:
    """What the clock of this machine says, with the advice to look whether that is right."""
    now = f"{moment:%Y-%m-%d %H:%M}"
    return f"đồng hồ máy này: {now}, hãy kiểm tra / this machine's clock says {now}, check it"


class FileSigner(Signer):
    """Signs with a private key in memory, which is unpacked and checked once, not for every signature."""

    def __init__(
        self, certificate: x509.Certificate, key: RSAPrivateKey | EllipticCurvePrivateKey, chain: SimpleCertificateStore
    ) -> None:
        super().__init__(signing_cert=certificate, cert_registry=chain)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature over ``data``; ``dry_run``: as many bytes as it may have."""
        if dry_run:
            # An elliptic-curve signature is a sequence of two numbers as long as the key (RFC 3279, 2.2.3).
            size = (self._key.key_size + 7) // 8
            return bytes(size if isinstance(self._key, RSAPrivateKey) else 2 * size + 16)
        digest = _HASHES[digest_algorithm]
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), digest)
        return self._key.sign(data, ECDSA(digest))


def _from_file(where: str, source: KeySource) -> FileSigner:
    if source.p12 is None:
        raise KeyUnusable(role=where, what="p12")
    data = _read(source.p12, where)
    passphrase = None if source.passphrase_file is None else _read(source.passphrase_file, where).rstrip(b"\r\n")
    try:
        private, certificate, others = pkcs12.load_key_and_certificates(data, passphrase)
    except (ValueError, TypeError) as error:
        what = "sai mật khẩu hoặc tệp khóa hỏng / wrong passphrase or damaged file"
        raise KeyUnusable(role=where, what=what) from error
    if private is None or certificate is None:
        raise KeyUnusable(role=where, what="tệp không có khóa hoặc chứng thư / no key or no certificate in the file")
    if not isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey):
        raise KeyUnusable(role=where, what=f"loại khóa lạ / unknown kind of key: {type(private).__name__}")
    subject = translate_pyca_cryptography_cert_to_asn1(certificate)
    return FileSigner(subject, private, chain_of(map(translate_pyca_cryptography_cert_to_asn1, others)))


def chain_of(certificates: Iterable[x509.Certificate]) -> SimpleCertificateStore:
    """The certificates that go into a signature: all but roots, which whoever verifies has to have."""
    store = SimpleCertificateStore()
    store.register_multiple(one for one in certificates if one.self_signed == "no")
    return store


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
