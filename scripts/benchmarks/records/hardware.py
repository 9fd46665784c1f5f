"""Keys that are not in a file: a token by SoftHSM2, and a remote signing service (CSC) by certomancer on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
from aiohttp import web
from asn1crypto import pem
from certomancer.registry import ArchLabel, PKIArchitecture
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from csc_dummy.csc_dummy_server import CSCWithCertomancer, DummyServiceParams
from pkcs11 import Attribute
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from pipeline.dossier import Text
from pipeline.settings import KeySource, Remote, Token
from pki import Pki

_LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
_LABEL, _PIN = "sohoa-bench", "271828"


def pin(_: Text) -> str:
    """The PIN of the token made here."""
    return _PIN


@contextmanager
def token(pki: Pki, folder: Path) -> Iterator[KeySource | None]:
    """A token with the officer's key while the block runs; ``None`` where SoftHSM2 is not installed.

    Its PIN is what :func:`pin` answers; processes started meanwhile find it.
    """
    if not _LIBRARY.is_file() or shutil.which("softhsm2-util") is None:
        yield None
        return
    cards = folder / "cards"
    cards.mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {cards}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    made = ["--init-token", "--free", "--label", _LABEL, "--so-pin", "1234", "--pin", _PIN]
    subprocess.run(["softhsm2-util", *made], check=True, capture_output=True)
    try:
        _fill(pki)
        yield KeySource(token=Token(library=_LIBRARY, label=_LABEL, certificate="officer"))
    finally:
        pkcs11.unload(str(_LIBRARY))
        del os.environ["SOFTHSM2_CONF"]


def _fill(pki: Pki) -> None:
    private = load_der_private_key(pki.private_key("officer"), None)
    plain = private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    certificate = pem.unarmor(pki.certificate("officer").read_bytes())[2]
    issuer = pem.unarmor(pki.certificate("ca").read_bytes())[2]
    about = {Attribute.TOKEN: True, Attribute.LABEL: "officer", Attribute.ID: b"\x01"}
    card = pkcs11.lib(str(_LIBRARY)).get_token(token_label=_LABEL)
    with card.open(rw=True, user_pin=_PIN) as session:
        session.create_object({**decode_x509_certificate(certificate), **about})
        session.create_object({**decode_x509_certificate(issuer), Attribute.TOKEN: True, Attribute.LABEL: "ca"})
        session.create_object({**decode_rsa_private_key(plain), **about, Attribute.PRIVATE: True})


@contextmanager
def service(pki: Pki) -> Iterator[KeySource]:
    """A service that signs with the officer's key while the block runs."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(_Server(pki.architecture).app)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port: int = runner.addresses[0][1]
        return port

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield KeySource(remote=Remote(url=f"http://127.0.0.1:{port}", credential="pki/officer", pin=False))
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Config:
    """What the server wants of a configuration: one infrastructure."""

    def __init__(self, architecture: PKIArchitecture) -> None:
        self._architecture = architecture

    def get_pki_arch(self, _: ArchLabel) -> PKIArchitecture:
        return self._architecture


class _Server(CSCWithCertomancer):  # type: ignore[misc]
    """Certomancer's server: one authorisation is good for ten signatures."""

    def __init__(self, architecture: PKIArchitecture) -> None:
        super().__init__(_Config(architecture))
        self.register_routes()

    @property
    def service_params(self) -> DummyServiceParams:
        return DummyServiceParams(hash_pinning_required=False, multisign=10)
