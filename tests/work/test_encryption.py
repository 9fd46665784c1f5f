"""Brokers over the network: encrypted, and only ones whose certificate is for their name and by a known authority."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import BrokerDown
from pipeline.settings import Broker
from pipeline.work.bell import Bell
from tests.fixtures.brokers import RABBITMQ, RabbitMQ, Redis, Server, listens
from tests.fixtures.tls import issue
from tests.work.workshop import Workshop, wait_for


class EncryptedRedis(Redis):
    """Redis that takes encrypted connections only."""

    @property
    def url(self) -> str:
        return f"rediss://localhost:{self.port}/0"

    def command(self) -> list[str]:
        made = issue(self.folder)
        files = ("--tls-cert-file", made.chain, "--tls-key-file", made.key, "--tls-ca-cert-file", made.authority)
        encrypted = ("--port", "0", "--tls-port", self.port, "--tls-auth-clients", "no", *files)
        return [*super().command(), *map(str, encrypted)]

    def answers(self) -> bool:
        return listens(self.port)


class EncryptedRabbitMQ(RabbitMQ):
    """RabbitMQ that takes encrypted connections only."""

    @property
    def url(self) -> str:
        return f"amqps://guest:guest@localhost:{self.port}//"

    def command(self) -> list[str]:
        made = issue(self.folder)
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp = none\nlisteners.ssl.1 = 127.0.0.1:{self.port}\n"
            f"ssl_options.cacertfile = {made.authority}\nssl_options.certfile = {made.chain}\n"
            f"ssl_options.keyfile = {made.key}\nssl_options.verify = verify_none\n"
        )
        return super().command()

    def answers(self) -> bool:
        return listens(self.port)


@pytest.fixture(scope="module", params=[EncryptedRedis, EncryptedRabbitMQ])
def encrypted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if request.param is EncryptedRabbitMQ and not RABBITMQ.is_file():
        pytest.skip("RabbitMQ is not installed")
    server: Server = request.param(tmp_path_factory.mktemp("encrypted"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def known(encrypted: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Its authority is known to this process and to those it starts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted.folder / "authority.pem"))
    return encrypted


def test_work_is_done_over_an_encrypted_connection(known: Server, tmp_path: Path):
    shop = Workshop(known.site(tmp_path), tmp_path)
    try:
        worker = shop.hire()
        shop.hand_in(*["paper"] * 6)
        shop.bell.ring(2)
        wait_for(lambda: shop.count() == 6, shop)
        assert worker.poll() is None
    finally:
        shop.close()


def test_a_certificate_for_another_name_is_refused(known: Server, tmp_path: Path):
    assert Bell(known.site(tmp_path)).depth() >= 0
    broker = Broker(url=known.url.replace("localhost", "127.0.0.1"))
    with pytest.raises(BrokerDown):
        Bell(known.site(tmp_path).model_copy(update={"broker": broker})).depth()


def test_a_certificate_by_an_unknown_authority_is_refused(
    encrypted: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(BrokerDown):
        Bell(encrypted.site(tmp_path)).depth()
    monkeypatch.setenv("SSL_CERT_FILE", str(issue(tmp_path).authority))
    with pytest.raises(BrokerDown):
        Bell(encrypted.site(tmp_path)).depth()
