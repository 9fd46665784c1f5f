"""Fixtures of the records' room."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1, translate_pyca_cryptography_key_to_asn1
from pyhanko.sign.timestamps import DummyTimeStamper

from pipeline.dossier import Document, Finding
from pipeline.packaging import SigningKey, build, open_key, seal_agency, sign_officer
from pipeline.settings import Keys, Legal, bundled_folder, load
from tests.packaging import drawing

AGENCY = "Bộ phận Một cửa phường Thí Điểm"


@pytest.fixture(scope="session")
def legal() -> Legal:
    return load(bundled_folder()).legal


@dataclass(frozen=True)
class Desk:
    """Everything needed to make a record and sign it."""

    legal: Legal
    keys: Keys
    officer: SigningKey
    agency: SigningKey
    when: datetime

    def package(self, document: Document, folder: Path) -> Path:
        out = folder / "record.pdf"
        build(document, out, self.legal, "Quyết định")
        return out

    def sign(self, pdf: Path) -> tuple[Path, tuple[Finding, ...]]:
        out = pdf.with_name("officer.pdf")
        return out, sign_officer(pdf, out, self.officer, self.legal, self.when, self.keys)

    def seal(self, pdf: Path) -> tuple[Path, tuple[Finding, ...]]:
        out = pdf.with_name("sealed.pdf")
        return out, seal_agency(pdf, out, self.agency, AGENCY, self.legal, self.when, self.keys)


@pytest.fixture(scope="session")
def desk(legal: Legal, keys_settings: Keys) -> Desk:
    now = datetime.now(UTC)
    officer = open_key("officer", keys_settings.officer, now)
    agency = open_key("agency", keys_settings.agency, now)
    return Desk(legal, keys_settings, officer, agency, now)


@dataclass(frozen=True)
class Made:
    """A record at its three stages."""

    document: Document
    plain: Path
    officer: Path
    sealed: Path


@pytest.fixture(scope="session")
def made(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An ordinary record of one A4 page, signed and sealed."""
    folder = tmp_path_factory.mktemp("made")
    document = drawing.drawn_document(folder)
    plain = desk.package(document, folder)
    officer, _ = desk.sign(plain)
    sealed, _ = desk.seal(officer)
    return Made(document, plain, officer, sealed)


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority that answers on this machine."""

    url: str
    certificate: Path


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Dấu thời gian thử nghiệm")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(11)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    stamper = DummyTimeStamper(
        translate_pyca_cryptography_cert_to_asn1(certificate), translate_pyca_cryptography_key_to_asn1(key)
    )

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            body = stamper.request_tsa_response(request).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Authority(f"http://127.0.0.1:{server.server_address[1]}/", file)
        server.shutdown()
        thread.join()
