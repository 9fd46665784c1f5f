"""A public-key infrastructure on this machine, to try and to measure signatures with: nothing in it has legal value.

A root and an intermediate authority, certificates of officers and agencies (good, expired, revoked, not meant for
signatures), two time-stamping authorities, OCSP and CRL: all by certomancer, on loopback, on a free port. The clock of
its services can be moved, so that what happens in ten years can be seen today.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem
from certomancer.integrations.animator import FAKE_TIME_HEADER, Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel, PKIArchitecture
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import WSGIRequestHandler, make_server

from pki import plan

_ARCH = ArchLabel("pki")


@dataclass
class Pki:
    """The infrastructure while it runs; see :func:`running`.

    ``moment``: what its clock says (``None``: today). ``down``: parts of paths (``ocsp``, ``tsa/tsa``, ``crls``) that
    answer 503; ``slow``: the same with the seconds they take. ``asked`` counts requests by path.
    """

    folder: Path
    architecture: PKIArchitecture
    port: int = 0
    moment: datetime | None = None
    down: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The root's certificate (PEM), which others trust."""
        return self.certificate("root")

    def tsa(self, name: str = "tsa") -> str:
        """Address of a time-stamping authority: ``tsa``, or ``tsa-later`` whose certificate lasts longer."""
        return f"http://127.0.0.1:{self.port}/pki/tsa/{name}"

    def certificate(self, label: str) -> Path:
        """File with one certificate (PEM)."""
        file = self.folder / f"{label}.pem"
        if not file.exists():
            found = self.architecture.get_cert(CertLabel(label))
            file.write_bytes(pem.armor("CERTIFICATE", found.dump()))
        return file

    def p12(self, label: str) -> Path:
        """PKCS#12 file, with the passphrase ``secret`` in :attr:`passphrase`, of one certificate with its chain."""
        file = self.folder / f"{label}.p12"
        if not file.exists():
            file.write_bytes(self.architecture.package_pkcs12(CertLabel(label), password=b"secret"))
        return file

    @property
    def passphrase(self) -> Path:
        """File with the passphrase of the PKCS#12 files."""
        file = self.folder / "passphrase"
        file.write_text("secret\n", encoding="ascii")
        return file

    def private_key(self, label: str) -> bytes:
        """A private key (PKCS#8 DER), to be put on a token."""
        return bytes(self.architecture.key_set.get_private_key(KeyLabel(label)).dump())

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Move the services' clock for a while."""
        before, self.moment = self.moment, moment
        try:
            yield
        finally:
            self.moment = before


@contextmanager
def running(folder: Path) -> Iterator[Pki]:
    """Make keys and certificates below ``folder`` and serve TSA, OCSP and CRL on loopback until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in plan.KEYS:
        key = rsa.generate_private_key(65537, 2048)
        data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key.pem").write_bytes(data)
    # The port is in the certificates, so it has to be taken before these are made; the application comes last.
    server = make_server("127.0.0.1", 0, _not_yet, threaded=True, request_handler=_Quiet)
    config = CertomancerConfig(
        plan.config("pki", f"http://127.0.0.1:{server.port}", datetime.now(UTC)), key_search_dir=str(folder)
    )
    pki = Pki(folder, config.get_pki_arch(_ARCH), server.port)
    server.app = _application(pki)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield pki
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _not_yet(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    raise NotImplementedError


def _application(pki: Pki) -> Callable[..., Iterable[bytes]]:
    animator = Animator(AnimatorArchStore({_ARCH: pki.architecture}), with_web_ui=False)
    header = "HTTP_" + FAKE_TIME_HEADER.upper().replace("-", "_")

    def serve(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        pki.asked[path] = pki.asked.get(path, 0) + 1
        time.sleep(max((seconds for part, seconds in pki.slow.items() if path.endswith(part)), default=0))
        if any(part in path if part in _KINDS else path.endswith(part) for part in pki.down):
            start("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"down"]
        if pki.moment is not None:
            environ[header] = pki.moment.isoformat()
        answer: Iterable[bytes] = animator(environ, start)
        return answer

    return serve


_KINDS = ("ocsp", "tsa", "crls", "certs")


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass
